//! Work as an operator sees it, and what an operator may do about it.

use super::{Work, enqueue};
use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    idempotent,
    limits::Asking,
    store::{self, work::WorkRow},
};
use veriframe_core::Address;
use veriframe_wire::{
    Time,
    admin::AuditAction,
    work::{WorkItem, WorkState},
};

/// Newest first, older than item `before`; only those in `state`, if it is named.
pub async fn list(app: &App, state: Option<WorkState>, before: Option<i64>, limit: u32) -> ApiResult<Vec<WorkItem>> {
    let mut db = app.store.read().await?;
    let rows = store::work::page(&mut db, state, before, limit).await?;
    Ok(rows.into_iter().map(view).collect())
}

/// Puts an item that was given up back into the queue, as a new one. Why it was given up is in the audit log from then on.
pub async fn retry(app: &App, asking: &Asking, operator: Address, seq: i64) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    let row = store::work::find(tx.db(), seq)
        .await?
        .ok_or_else(|| ApiError::not_found("work"))?;
    if !store::work::delete_dead(tx.db(), seq).await? {
        return Err(ApiError::state("Only work that was given up can be tried again."));
    }
    let work: Work = serde_json::from_str(&row.payload)?;
    enqueue(&mut tx, &work).await?;
    let note = format!("{}: {}", row.kind, row.last_error);
    audit::write(&mut tx, asking, operator, AuditAction::WorkRetried, &row.subject, &note).await?;
    idempotent::commit_nothing(tx).await
}

fn view(row: WorkRow) -> WorkItem {
    WorkItem {
        seq: row.seq.cast_unsigned(),
        kind: row.kind,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts,
        run_at: Time(row.run_at),
        last_error: row.last_error,
        created_at: Time(row.created_at),
        updated_at: Time(row.updated_at),
    }
}
