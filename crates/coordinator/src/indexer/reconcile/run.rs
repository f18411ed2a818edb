//! The task that looks, owned by the coordinator that was launched.

use super::{Rounds, look};
use crate::{
    app::App,
    indexer::{Limits, PassError, Reading},
};
use std::sync::Arc;
use tokio::time::{self, MissedTickBehavior};

/// Looks until the coordinator stops. A look that is cut off leaves nothing.
pub async fn run(app: Arc<App>) {
    let Some(indexer) = &app.indexer else { return };
    let mut timer = time::interval(app.settings.reconcile_interval);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rounds = Rounds::default();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = timer.tick() => {}
        }
        let reading = Reading {
            node: &*indexer.settings.node,
            store: &app.store,
            chance: &app.chance,
            deployment: &indexer.settings.deployment,
            limits: Limits::default(),
            status: indexer.watched(),
        };
        let Some(looked) = app.shutdown.run_until_cancelled(look(&reading, &mut rounds)).await else {
            return;
        };
        match looked {
            Ok(_) => {}
            // The next tick finds us at another block.
            Err(PassError::Moved) => tracing::debug!("the chain went on while it was compared"),
            Err(error) => tracing::warn!(%error, "the chain could not be compared with the database"),
        }
    }
}
