//! A job by either of its ids.

use crate::{
    Context,
    create::post::DRAFT_PREFIX,
    db::jobs::{self as table, DraftRow},
    view::CommandError,
};

/// Where a job is.
pub enum Found {
    /// Not posted: only this computer knows of it.
    Draft(DraftRow),
    /// The coordinator's id, and what this computer remembers of posting it.
    Posted { job: String, draft: Option<DraftRow> },
}

/// Finds by the id that `post_job` gave or by the coordinator's. Whether the coordinator knows the job is not asked.
pub async fn find(ctx: &Context, id: &str) -> Result<Found, CommandError> {
    let wanted = id.to_owned();
    if !id.starts_with(DRAFT_PREFIX) {
        let draft = ctx
            .db
            .call(move |conn| Ok(table::find_draft_of_job(conn, &wanted)?))
            .await?;
        return Ok(Found::Posted {
            job: id.to_owned(),
            draft,
        });
    }
    let row = ctx.db.call(move |conn| Ok(table::find_draft(conn, &wanted)?)).await?;
    let row = row.ok_or_else(|| no_such_job(id))?;
    Ok(match row.job.clone() {
        Some(job) => Found::Posted { job, draft: Some(row) },
        None => Found::Draft(row),
    })
}

/// The coordinator's id.
pub async fn posted(ctx: &Context, id: &str) -> Result<String, CommandError> {
    match find(ctx, id).await? {
        Found::Posted { job, .. } => Ok(job),
        Found::Draft(_) => Err(CommandError::new(
            "invalid_state",
            "The job is not posted yet.",
            "Wait until it is posted.",
        )),
    }
}

pub fn no_such_job(id: &str) -> CommandError {
    CommandError::new(
        "not_found",
        format!("There is no job “{id}”."),
        "It may belong to another account or another network.",
    )
}
