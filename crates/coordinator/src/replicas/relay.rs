//! Tells this replica's sockets what is new in the log, whoever wrote it.
//!
//! The order is the log's: writers take turns, so events commit in the order of their numbers, and what was read up to a
//! number is complete. A socket listens here before it reads the log, and passes over what it found there.

use crate::{app::App, store};
use std::{sync::Arc, time::Duration};
use tokio::time;

/// The log is looked at without a bell as well: a connection may break without a word.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
const PAGE: u32 = 500;

/// Runs until the coordinator stops. `told` is the last event of the log before anybody could listen here.
pub async fn run(app: Arc<App>, mut told: u64) {
    if !app.store.is_shared() {
        return;
    }
    loop {
        let looked = app.shutdown.run_until_cancelled(hand_on(&app, &mut told));
        match looked.await {
            None => return,
            Some(Ok(())) => {}
            // The next look begins where this one ended.
            Some(Err(error)) => tracing::warn!(%error, "the log could not be read"),
        }
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = app.bus.wait_for_log() => {}
            () = time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// What the log has after what was told.
async fn hand_on(app: &App, told: &mut u64) -> Result<(), sqlx::Error> {
    let mut db = app.store.read().await?;
    loop {
        let page = store::events::after(&mut db, *told, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        for event in page {
            *told = event.seq.unwrap_or(*told);
            app.bus.send(&Arc::new(event));
        }
        if is_last {
            return Ok(());
        }
    }
}
