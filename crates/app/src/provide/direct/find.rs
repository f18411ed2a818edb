//! Reading the market's events for jobs that workers may take by themselves.

use super::{
    Direct,
    offer::{NoOffer, Offer},
};
use crate::{chain, db::direct_offers, view::CommandError};
use veriframe_chain::{
    events::ContractEvent,
    node::{EmittedEvent, EventQuery, MAX_PAGE, Node as _, NodeError},
};

/// Read again each time, in case the chain took some of it back.
const BLOCKS_AGAIN: u64 = 20;
/// Pages in one look: the rest comes with the next.
const PAGES_AT_MOST: u32 = 50;

/// Brings the known offers up to the newest block. What a node does not tell now it may tell later: nothing is concluded
/// from what is missing.
pub(super) async fn look(direct: &Direct) -> Result<(), CommandError> {
    let market = direct.market.clone();
    let known = direct
        .ctx
        .db
        .call(move |conn| Ok(direct_offers::next_block(conn, &market)?))
        .await?;
    let start = direct.access.deployment.start_block;
    let head = direct.access.node.head().await.map_err(chain::of_node)?.number;
    let from = known.map_or(start, |next| next.min(head + 1).saturating_sub(BLOCKS_AGAIN).max(start));
    if from > head {
        return Ok(());
    }
    let (offers, next) = read(direct, from, head).await?;
    let market = direct.market.clone();
    direct
        .ctx
        .db
        .call(move |conn| Ok(direct_offers::add(conn, &market, &offers, next)?))
        .await?;
    Ok(())
}

/// Offers as they are kept, and the block to begin with next time.
async fn read(direct: &Direct, from: u64, head: u64) -> Result<(Vec<(u64, String)>, u64), CommandError> {
    let mut query = EventQuery {
        from_block: from,
        to_block: head,
        contract: direct.access.deployment.market,
        page_size: MAX_PAGE,
        token: None,
    };
    let mut offers = Vec::new();
    let mut last = from;
    for _ in 0..PAGES_AT_MOST {
        let page = match direct.access.node.events(&query).await {
            Ok(page) => page,
            // The chain was reorganised: what was read until then counts, and is read again.
            Err(NodeError::StalePage) => return Ok((offers, last)),
            Err(error) => return Err(chain::of_node(error)),
        };
        for event in &page.events {
            last = event.block.number.max(last);
            offers.extend(offer(direct, event));
        }
        match page.next {
            None => return Ok((offers, head + 1)),
            next => query.token = next,
        }
    }
    Ok((offers, last))
}

fn offer(direct: &Direct, event: &EmittedEvent) -> Option<(u64, String)> {
    let contracts = direct.access.deployment.contracts();
    let Ok(Some(ContractEvent::Market(event))) = ContractEvent::decode(&contracts, event) else {
        return None;
    };
    match Offer::of_event(&event)? {
        Ok(offer) => Some((offer.job, offer.to_json().ok()?)),
        Err(NoOffer::SelfAssign) => None,
        Err(why) => {
            tracing::debug!(%why, "a job on the chain is none for workers");
            None
        }
    }
}
