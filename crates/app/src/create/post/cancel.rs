//! Giving up a draft.

use crate::{
    Context,
    db::jobs::{self as table, DraftRow, DraftStage},
    view::CommandError,
};
use std::sync::Arc;

/// Stops a draft. Up to funding nothing was paid; from there on the request may already be on its way, so the task that
/// works on it waits for the answer and cancels the job, which refunds it.
pub async fn cancel_draft(ctx: &Arc<Context>, draft: &DraftRow) -> Result<(), CommandError> {
    if let Some(run) = ctx.drafts.find(&draft.id) {
        run.cancel.cancel();
        return Ok(());
    }
    if draft.stage == DraftStage::Funding {
        return Err(CommandError::new(
            "invalid_state",
            "It is not known whether this job was posted already.",
            "It was begun on another network, or by another VeriFrame that still runs. Cancel it there.",
        ));
    }
    let id = draft.id.clone();
    let ended = ctx
        .db
        .call(move |conn| {
            Ok(table::end_draft(
                conn,
                &id,
                DraftStage::Cancelled,
                "cancelled",
                "Cancelled before it was posted.",
            )?)
        })
        .await?;
    if ended {
        Ok(())
    } else {
        Err(CommandError::new("invalid_state", "The job has already ended.", ""))
    }
}
