//! Making a job this coordinator's before a worker gets a frame of it: until then its creator could take the money back.

use crate::{
    app::App,
    error::{ApiError, ApiResult},
    store::escrows,
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use veriframe_core::Address;
use veriframe_wire::{ErrorCode, job::EscrowState};

/// How long a worker is kept waiting; after it the worker asks again.
const WITHIN: Duration = Duration::from_secs(15);

/// Returns at once for a job of local credits or one that is ours already; else has it assigned, and waits.
pub async fn taken(app: &App, job: &str, worker: Address) -> ApiResult<()> {
    let Some(escrow) = &app.escrow else { return Ok(()) };
    let mut changes = escrow.changed.subscribe();
    let ends = Instant::now() + WITHIN;
    let mut asked = false;
    loop {
        changes.borrow_and_update();
        let row = escrows::find(&mut *app.store.read().await?, job).await?;
        let Some(row) = row else { return Ok(()) };
        match row.state {
            EscrowState::Assigned => return Ok(()),
            EscrowState::Open => {}
            _ => return Err(ApiError::state("The job takes no workers now.")),
        }
        if !asked {
            let mut tx = app.store.write().await?;
            escrows::want(tx.db(), job, worker).await?;
            tx.commit().await?;
            escrow.wake();
            asked = true;
        }
        if timeout_at(ends, changes.changed()).await.is_err() {
            return Err(
                ApiError::new(ErrorCode::NotEligible, "The job is still being assigned on the chain.")
                    .hint("Ask again in a moment."),
            );
        }
    }
}
