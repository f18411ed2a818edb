//! The block that is being made, for whoever asks for it. It is never kept: the next look may find another one.

use super::{Deployment, meaning};
use crate::{
    app::App,
    store::chain_events::{ChainEventRow, Filter, Place, Readable},
};

/// What it says so far, at most `room` events after `after`. Nothing when it does not follow on `indexed`: events between
/// the two would be missing in the list; and nothing when the node does not tell.
pub(super) async fn events(
    app: &App,
    deployment: &Deployment,
    indexed: Option<u64>,
    filter: &Filter,
    after: Option<Place>,
    room: usize,
) -> Vec<ChainEventRow> {
    let Some(indexer) = &app.indexer else {
        return Vec::new();
    };
    let block = match indexer.settings.node.pre_confirmed().await {
        Ok(Some(block)) if indexed.map(|indexed| indexed + 1) == Some(block.head.at.number) => block,
        Ok(_) => return Vec::new(),
        Err(error) => {
            tracing::debug!(%error, "the block that is being made could not be read");
            return Vec::new();
        }
    };
    let contracts = &deployment.contracts;
    let rows = block.events.into_iter().filter_map(|told| {
        let ours = told.from == contracts.market || told.from == contracts.registry;
        let place = Place {
            block: told.block.number,
            transaction: told.transaction_index,
            event: told.event_index,
        };
        (ours && after.is_none_or(|after| after < place))
            .then(|| meaning::row(contracts, told, block.head.timestamp).0)
            .filter(|row| passes(row, filter))
    });
    rows.take(room).collect()
}

/// As the query of the table has it.
fn passes(row: &ChainEventRow, filter: &Filter) -> bool {
    filter.name.as_ref().is_none_or(|name| row.name.as_ref() == Some(name))
        && filter.job.is_none_or(|job| row.job == Some(job))
        && filter.account.is_none_or(|account| row.account == Some(account))
        && filter.contract.is_none_or(|contract| row.told.from == contract)
        && filter.from_block.is_none_or(|first| row.told.block.number >= first)
        && (filter.readable == Readable::All || row.reason.is_some())
}
