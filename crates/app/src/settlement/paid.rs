//! What the market contract has paid to this account, transaction by transaction.

use super::money;
use crate::{
    Context,
    jobs::text::moment,
    view::{CommandError, PaidView},
};
use veriframe_chain::{
    events::{ContractEvent, MarketEvent},
    node::{BlockRef, EmittedEvent},
    number,
};
use veriframe_wire::{Money, PageQuery, chain::ChainEvent};

/// Pages that are read, so that an account with a long history does not wait for all of it.
const PAGES_AT_MOST: usize = 20;

/// Newest first; nothing where jobs are not paid on the chain.
pub async fn paid(ctx: &Context) -> Result<Vec<PaidView>, CommandError> {
    if money(ctx).await? != Money::Strk {
        return Ok(Vec::new());
    }
    let contracts = ctx.chain()?.deployment.contracts();
    let mut found = Vec::new();
    let mut page = PageQuery {
        limit: Some(veriframe_wire::page::PAGE_MAX),
        cursor: None,
    };
    for _ in 0..PAGES_AT_MOST {
        let answer = ctx.api.chain_events("Paid", ctx.address, &page).await?;
        for told in &answer.items {
            if let Some(event) = emitted(told, contracts.market)
                && let Ok(Some(ContractEvent::Market(MarketEvent::Paid { amount, .. }))) =
                    ContractEvent::decode(&contracts, &event)
            {
                found.push(PaidView {
                    at: moment(told.at.0.0),
                    amount: amount.to_string(),
                    hash: told.transaction_hash.clone(),
                });
            }
        }
        let Some(cursor) = answer.next_cursor else { break };
        page.cursor = Some(cursor);
    }
    found.reverse();
    Ok(found)
}

/// As the chain told it, so that it can be read here instead of trusting somebody else's reading.
fn emitted(told: &ChainEvent, market: veriframe_chain::Felt) -> Option<EmittedEvent> {
    let felts = |texts: &[String]| {
        texts
            .iter()
            .map(|text| number::parse(text).ok())
            .collect::<Option<Vec<_>>>()
    };
    Some(EmittedEvent {
        block: BlockRef {
            number: told.block_number,
            hash: number::parse(&told.block_hash).ok()?,
        },
        transaction: number::parse(&told.transaction_hash).ok()?,
        transaction_index: told.transaction_index,
        event_index: told.event_index,
        from: market,
        keys: felts(&told.keys)?,
        data: felts(&told.data)?,
    })
}
