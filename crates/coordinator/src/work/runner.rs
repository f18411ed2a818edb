//! The task that takes items and does them.

use super::{Work, WorkError, perform::perform};
use crate::{
    app::App,
    chance::Chance,
    store::{
        self,
        work::{Ending, WorkRow},
    },
};
use std::{collections::BTreeMap, error::Error as _, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{self, MissedTickBehavior},
};
use veriframe_core::Timestamp;

/// Items that one replica does at the same time.
const AT_ONCE: usize = 8;
/// An item that takes longer is broken off; it may be just as slow the next time, so it counts as a failure.
const WITHIN: Duration = Duration::from_mins(10);
/// Seconds after which whoever took an item is thought dead. More than [`WITHIN`].
const LOCK_SECONDS: i64 = 660;
const ATTEMPTS: u32 = 10;
/// Seconds before the second attempt; three times as long before each further one.
const FIRST_PAUSE: u64 = 5;
const LONGEST_PAUSE: u64 = 3600;

/// Runs until the coordinator stops. What is under way then goes back into the queue.
pub async fn run(app: Arc<App>) {
    let mut timer = time::interval(app.settings.sweep_interval);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Tasks of their own: an item that waits for the turn to write must not wait for this loop, which waits for it, too.
    let mut running = JoinSet::new();
    let mut taken: BTreeMap<i64, WorkRow> = BTreeMap::new();
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => break,
            Some(ended) = running.join_next(), if !running.is_empty() => {
                // One that panicked comes again when its lock has run out.
                if let Ok(seq) = ended {
                    taken.remove(&seq);
                }
            }
            _ = timer.tick() => {}
        }
        // The next tick tries again, so a failure is worth a line and no more.
        let more = take(&app, AT_ONCE - running.len(), &taken)
            .await
            .unwrap_or_else(|error| {
                tracing::error!(%error, "no work could be taken");
                Vec::new()
            });
        for row in more {
            taken.insert(row.seq, row.clone());
            running.spawn(attempt(Arc::clone(&app), row));
        }
    }
    running.shutdown().await;
    if let Err(error) = release(&app, taken.into_values()).await {
        tracing::warn!(%error, "work under way goes on when its lock has run out");
    }
}

/// `running` are held on to: a clock that jumps must not have them done twice at a time.
async fn take(app: &App, limit: usize, running: &BTreeMap<i64, WorkRow>) -> Result<Vec<WorkRow>, sqlx::Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut db = app.store.read().await?;
    let next = store::work::next_at(&mut db).await?;
    drop(db);
    if next.is_none_or(|next| next > app.clock.now()) {
        return Ok(Vec::new());
    }
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let until = now.plus_seconds(LOCK_SECONDS);
    for row in running.values() {
        store::work::hold(tx.db(), row, until).await?;
    }
    let rows = store::work::take(tx.db(), app.store.skip_locked(), now, until, limit).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Does one item and writes down how that went. Returns its number.
async fn attempt(app: Arc<App>, row: WorkRow) -> i64 {
    let outcome = match serde_json::from_str::<Work>(&row.payload) {
        Ok(work) => time::timeout(WITHIN, perform(&app, &work))
            .await
            .unwrap_or(Err(WorkError::TooLong)),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = settle(&app, &row, outcome).await {
        tracing::error!(%error, work = row.seq, "how work ended could not be written; it will be done again");
    }
    row.seq
}

async fn settle(app: &App, row: &WorkRow, outcome: Result<(), WorkError>) -> Result<(), sqlx::Error> {
    let error = outcome.err().map(|error| why(&error)).unwrap_or_default();
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let ending = if error.is_empty() {
        Ending::Done
    } else if row.attempts < ATTEMPTS {
        let at = later(&app.chance, row.attempts, now);
        tracing::info!(
            work = row.seq,
            kind = row.kind,
            subject = row.subject,
            error,
            "work failed and comes again"
        );
        Ending::Again { at, error: &error }
    } else {
        tracing::error!(
            work = row.seq,
            kind = row.kind,
            subject = row.subject,
            error,
            "work was given up"
        );
        Ending::Dead { error: &error }
    };
    store::work::end(tx.db(), row, ending, now).await?;
    tx.commit().await
}

/// The sentence and what really happened; for an operator's eyes.
fn why(error: &WorkError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.chars().take(500).collect()
}

async fn release(app: &App, rows: impl Iterator<Item = WorkRow>) -> Result<(), sqlx::Error> {
    let rows: Vec<WorkRow> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    let now = tx.now;
    for row in &rows {
        store::work::end(tx.db(), row, Ending::Released, now).await?;
    }
    tx.commit().await
}

/// When the next attempt is, after so many: growing, and drawn from the later half, so that what failed together does not
/// come again together.
pub fn later(chance: &Chance, attempts: u32, now: Timestamp) -> Timestamp {
    let pause = FIRST_PAUSE
        .saturating_mul(3_u64.saturating_pow(attempts.saturating_sub(1)))
        .min(LONGEST_PAUSE)
        * 1000;
    let drawn = pause / 2 + chance.below(pause / 2 + 1);
    Timestamp(now.0.saturating_add_unsigned(drawn))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_differ() {
        let chance = Chance::new(Some(1));
        let pause = |attempts| later(&chance, attempts, Timestamp(0)).0;
        for attempts in [1, 2, 5, 9, u32::MAX] {
            let longest = 5000_i64
                .saturating_mul(3_i64.saturating_pow(attempts - 1))
                .min(3_600_000);
            let drawn: Vec<i64> = (0..100).map(|_| pause(attempts)).collect();
            assert!(
                drawn.iter().all(|pause| (longest / 2..=longest).contains(pause)),
                "{drawn:?}"
            );
            assert!(drawn.iter().any(|pause| *pause != drawn[0]));
        }
    }
}
