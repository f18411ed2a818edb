//! The loop that settles: one job after the other, because one account sends one transaction at a time.

use super::{
    Escrow,
    step::{Moved, step},
};
use crate::{
    app::App,
    error::ApiResult,
    jobs,
    store::{self, chain_jobs::ChainJobState, escrows, escrows::EscrowRow},
};
use std::sync::Arc;
use tokio::time;
use veriframe_wire::job::EscrowState;

/// Steps of one job in one look; more than any job has, so that one that goes in circles does not stop the others.
const STEPS: usize = 12;

/// Runs until the coordinator stops. A step that is cut off in the middle goes on at the next start.
pub async fn run(app: Arc<App>) {
    let (Some(escrow), Some(indexer)) = (&app.escrow, &app.indexer) else {
        return;
    };
    loop {
        let Some(()) = app.shutdown.run_until_cancelled(pass(&app, escrow)).await else {
            return;
        };
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            () = escrow.wake.notified() => {}
            () = time::sleep(indexer.settings.poll_interval) => {}
        }
    }
}

async fn pass(app: &App, escrow: &Escrow) {
    let rows = match unfinished(app).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "the escrows could not be read");
            return;
        }
    };
    for row in rows {
        match is_due(app, &row).await {
            Ok(true) => look(app, escrow, row).await,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, job = %row.job, "an escrow could not be looked at"),
        }
    }
}

async fn unfinished(app: &App) -> ApiResult<Vec<EscrowRow>> {
    Ok(escrows::unfinished(&mut *app.store.read().await?).await?)
}

/// Whether there may be something to do, as far as the database knows: the chain is asked only then.
async fn is_due(app: &App, row: &EscrowRow) -> ApiResult<bool> {
    let mut db = app.store.read().await?;
    let told = store::chain_jobs::find(&mut db, row.chain_job).await?;
    if told
        .as_ref()
        .is_some_and(|told| state_of(told.state) != Some(row.state))
    {
        return Ok(true);
    }
    let now = u64::try_from(app.clock.now().0 / 1000).unwrap_or_default();
    let overdue = told
        .and_then(|told| told.deadline)
        .is_some_and(|deadline| now > deadline);
    let ended = jobs::has_ended(jobs::find(&mut db, &row.job).await?.status);
    Ok(match row.state {
        EscrowState::Open => overdue || (row.wanted_by.is_some() && !ended),
        EscrowState::Assigned => overdue || ended,
        EscrowState::Challengeable | EscrowState::Disputed => row.ends_at.is_none_or(|ends_at| now > ends_at),
        EscrowState::Committed | EscrowState::Finalised | EscrowState::Cancelled | EscrowState::Expired => true,
    })
}

/// `None`: between two states.
fn state_of(told: ChainJobState) -> Option<EscrowState> {
    Some(match told {
        ChainJobState::Open => EscrowState::Open,
        ChainJobState::Assigned => EscrowState::Assigned,
        ChainJobState::Committed => EscrowState::Committed,
        ChainJobState::Challengeable => EscrowState::Challengeable,
        ChainJobState::Disputed => EscrowState::Disputed,
        ChainJobState::Resolved => return None,
        ChainJobState::Finalised => EscrowState::Finalised,
        ChainJobState::Cancelled => EscrowState::Cancelled,
        ChainJobState::Expired => EscrowState::Expired,
    })
}

async fn look(app: &App, escrow: &Escrow, mut row: EscrowRow) {
    for _ in 0..STEPS {
        match step(app, escrow, &row).await {
            Ok(Moved::Yes) => {}
            Ok(Moved::No) => return,
            Err(error) => {
                tracing::warn!(%error, job = %row.job, "a job could not be settled further yet");
                if let Err(error) = note(app, &row, &error.note()).await {
                    tracing::error!(%error, job = %row.job, "a note could not be written");
                }
                return;
            }
        }
        match reread(app, &row).await {
            Ok(Some(now)) if !now.closed => row = now,
            Ok(_) => return,
            Err(error) => {
                tracing::error!(%error, job = %row.job, "an escrow could not be read again");
                return;
            }
        }
    }
}

async fn reread(app: &App, row: &EscrowRow) -> ApiResult<Option<EscrowRow>> {
    Ok(escrows::find(&mut *app.store.read().await?, &row.job).await?)
}

async fn note(app: &App, row: &EscrowRow, note: &str) -> ApiResult<()> {
    if row.note == note {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    escrows::set_note(tx.db(), &row.job, note).await?;
    tx.commit().await?;
    Ok(())
}
