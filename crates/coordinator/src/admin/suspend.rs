//! Keeping a worker from work.

use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    leases,
    limits::Asking,
    store,
};
use veriframe_core::Address;
use veriframe_wire::admin::AuditAction;

const REASON_CHARS: usize = 200;

/// It gets no new lease, and what it holds goes back into the queue. What it handed in stays, and is paid if it is right.
pub async fn suspend(app: &App, asking: &Asking, operator: Address, worker: Address, reason: &str) -> ApiResult<()> {
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS {
        return Err(ApiError::invalid("A suspension has a reason of 1 to 200 characters."));
    }
    let mut tx = app.store.write().await?;
    let now = tx.now;
    if store::workers::find(tx.db(), worker).await?.is_none() {
        return Err(ApiError::not_found("worker"));
    }
    store::suspensions::insert(tx.db(), worker, reason, operator, now).await?;
    leases::release_all(&mut tx, worker).await?;
    let action = AuditAction::WorkerSuspended;
    audit::write(&mut tx, asking, operator, action, &worker.to_string(), reason).await?;
    Ok(tx.commit().await?)
}

pub async fn lift(app: &App, asking: &Asking, operator: Address, worker: Address) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    if !store::suspensions::delete(tx.db(), worker).await? {
        return Err(ApiError::not_found("suspension"));
    }
    let action = AuditAction::SuspensionLifted;
    audit::write(&mut tx, asking, operator, action, &worker.to_string(), "").await?;
    Ok(tx.commit().await?)
}
