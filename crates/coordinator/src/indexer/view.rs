//! What the indexer shows.

use super::{Deployment, overlay};
use crate::{
    app::App,
    error::ApiResult,
    escrow::Escrow,
    handlers::paging,
    store::{
        chain_blocks, chain_differences,
        chain_differences::{DifferenceRow, Subject},
        chain_events,
        chain_events::{ChainEventRow, Filter, Place},
        chain_source,
    },
};
use veriframe_chain::{Felt, number};
use veriframe_core::Timestamp;
use veriframe_wire::{
    AddressText, Time,
    chain::{ChainDifference, ChainEvent, ChainEventStats, ContractName, Contracts, DifferenceOf},
};

/// Cursors are places: block, transaction and event, with dots between them.
pub fn cursor(event: &ChainEvent) -> String {
    format!(
        "{}.{}.{}",
        event.block_number, event.transaction_index, event.event_index
    )
}

/// The place after which a list goes on.
pub fn after(cursor: Option<&str>) -> ApiResult<Option<Place>> {
    cursor
        .map(|cursor| place(cursor).ok_or_else(paging::bad_cursor))
        .transpose()
}

fn place(cursor: &str) -> Option<Place> {
    let mut parts = cursor.split('.').map(|part| part.parse().ok());
    let place = Place {
        block: parts.next()??,
        transaction: parts.next()??,
        event: parts.next()??,
    };
    parts.next().is_none().then_some(place)
}

/// What a list of events is asked for.
#[derive(Default)]
pub struct Asked {
    pub contract: Option<ContractName>,
    pub filter: Filter,
    /// With the block that is being made, at the end.
    pub pre_confirmed: bool,
    pub after: Option<Place>,
    pub limit: u32,
}

/// In the order of the chain; nothing without a chain.
pub async fn events(app: &App, asked: Asked) -> ApiResult<Vec<ChainEvent>> {
    let mut db = app.store.read().await?;
    let Some(deployment) = chain_source::find(&mut db).await? else {
        return Ok(Vec::new());
    };
    let contract = asked.contract.map(|name| match name {
        ContractName::Market => deployment.contracts.market,
        ContractName::Registry => deployment.contracts.registry,
    });
    let filter = Filter {
        contract,
        ..asked.filter
    };
    let before = chain_blocks::newest(&mut db).await?;
    let rows = chain_events::page(&mut db, &filter, asked.after, asked.limit).await?;
    let at = chain_blocks::newest(&mut db).await?;
    drop(db);
    let mut events: Vec<ChainEvent> = rows.into_iter().map(|row| event(row, &deployment)).collect();
    // A list that is full has a next one, and goes on from an event that is kept.
    let room = (asked.limit as usize).saturating_sub(events.len() + 1);
    if asked.pre_confirmed && room > 0 && before == at {
        let indexed = at.map(|at| at.number);
        let rows = overlay::events(app, &deployment, indexed, &filter, asked.after, room).await;
        events.extend(rows.into_iter().map(|row| ChainEvent {
            pre_confirmed: true,
            ..event(row, &deployment)
        }));
    }
    Ok(events)
}

fn event(row: ChainEventRow, deployment: &Deployment) -> ChainEvent {
    let hex = |felts: &[Felt]| felts.iter().map(|felt| format!("{felt:#x}")).collect();
    let told = row.told;
    // A block's time comes from the chain; past the year 9999 it has no text.
    let seconds = i64::try_from(row.timestamp).unwrap_or(i64::MAX).min(LAST_SECOND);
    ChainEvent {
        block_number: told.block.number,
        block_hash: number::format(&told.block.hash),
        at: Time(Timestamp(seconds * 1000)),
        transaction_hash: number::format(&told.transaction),
        transaction_index: told.transaction_index,
        event_index: told.event_index,
        contract: if told.from == deployment.contracts.market {
            ContractName::Market
        } else {
            ContractName::Registry
        },
        name: row.name,
        job: row.job,
        account: row.account.map(AddressText),
        keys: hex(&told.keys),
        data: hex(&told.data),
        reason: row.reason,
        pre_confirmed: false,
    }
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

pub async fn stats(app: &App) -> ApiResult<ChainEventStats> {
    let mut db = app.store.read().await?;
    let counts = chain_events::counts(&mut db).await?;
    let (first_block, last_block) = chain_events::span(&mut db).await?;
    let repairs = chain_source::repairs(&mut db).await?;
    let status = app
        .indexer
        .as_ref()
        .map(|indexer| (indexer.status(), &indexer.settings));
    let compared = status.as_ref().map_or(0, |(status, _)| status.looks);
    Ok(ChainEventStats {
        total: counts.iter().map(|(_, count)| count).sum(),
        counts: counts
            .into_iter()
            .filter_map(|(name, count)| Some((name?, count)))
            .collect(),
        unprocessed: chain_events::count_unread(&mut db).await?,
        first_block,
        last_block,
        indexed_block: chain_blocks::newest(&mut db).await?.map(|at| at.number),
        head_block: status.as_ref().and_then(|(status, _)| status.head),
        lag_blocks: status
            .as_ref()
            .and_then(|(status, settings)| status.lag(settings.deployment.start_block)),
        audited_ranges: status.map_or(0, |(status, _)| status.audits),
        missed_ranges: repairs.misses,
        reorgs: repairs.reorgs,
        compared,
        differences: chain_differences::count(&mut db).await?,
    })
}

/// By subject and field.
pub async fn differences(app: &App, cursor: Option<&str>, limit: u32) -> ApiResult<Vec<ChainDifference>> {
    let after = match cursor {
        Some(cursor) => Some(difference_place(cursor).ok_or_else(paging::bad_cursor)?),
        None => None,
    };
    let after = after.as_ref().map(|(subject, field)| (subject, *field));
    let rows = chain_differences::page(&mut *app.store.read().await?, after, limit).await?;
    Ok(rows.into_iter().filter_map(difference).collect())
}

/// Subject, id and field, with slashes between them: none of them has one.
pub fn difference_cursor(difference: &ChainDifference) -> String {
    format!("{}/{}/{}", kind(difference.of), difference.id, difference.field)
}

fn difference_place(cursor: &str) -> Option<(Subject, &str)> {
    let mut parts = cursor.split('/');
    let subject = Subject {
        kind: parts.next()?.to_owned(),
        id: parts.next()?.to_owned(),
    };
    let field = parts.next()?;
    parts.next().is_none().then_some((subject, field))
}

fn kind(of: DifferenceOf) -> &'static str {
    KINDS
        .iter()
        .find(|(known, _)| *known == of)
        .map_or("", |(_, word)| *word)
}

const KINDS: [(DifferenceOf, &str); 4] = [
    (DifferenceOf::Job, "job"),
    (DifferenceOf::Worker, "worker"),
    (DifferenceOf::Market, "market"),
    (DifferenceOf::Registry, "registry"),
];

fn difference(row: DifferenceRow) -> Option<ChainDifference> {
    Some(ChainDifference {
        of: KINDS.iter().find(|(_, word)| *word == row.subject.kind)?.0,
        id: row.subject.id,
        field: row.field,
        kept: row.kept,
        told: row.told,
        block_number: row.block,
        first_seen: Time(row.first_seen),
        last_seen: Time(row.last_seen),
    })
}

pub fn contracts(app: &App) -> Contracts {
    let Some(indexer) = &app.indexer else {
        return Contracts {
            money: Some(app.money()),
            ..Contracts::default()
        };
    };
    let deployment = &indexer.settings.deployment;
    let classes = indexer.status().classes;
    Contracts {
        chain_id: Some(number::short_text(&deployment.chain_id)),
        market: Some(number::format(&deployment.contracts.market)),
        market_class_hash: classes.map(|classes| number::format(&classes.market)),
        registry: Some(number::format(&deployment.contracts.registry)),
        registry_class_hash: classes.map(|classes| number::format(&classes.registry)),
        start_block: Some(deployment.start_block),
        scheduler: app.escrow.as_ref().map(Escrow::scheduler_text),
        money: Some(app.money()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_cursors_are_read() {
        let place = place("7.0.3").unwrap();
        assert_eq!((place.block, place.transaction, place.event), (7, 0, 3));
        for text in ["", "7", "7.0", "7.0.3.1", "7.0.x", "-1.0.0", "7..3"] {
            assert!(super::place(text).is_none(), "{text}");
        }
    }
}
