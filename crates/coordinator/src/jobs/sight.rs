//! Who sees which job.
//!
//! A job that takes workers is on the market: every signed-in account sees it, not its frames. After that, and beyond that, it
//! is the business of its creator, of whoever rendered for it, and of operators. For everybody else it does not exist.

use super::{find, takes_workers};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    store::{self, jobs::JobRow},
};
use sqlx::AnyConnection;
use veriframe_core::Address;
use veriframe_wire::ErrorCode;

/// The job, if the caller may see it.
pub async fn find_seen(app: &App, db: &mut AnyConnection, id: &str, caller: Address) -> ApiResult<JobRow> {
    let job = find(db, id).await?;
    if takes_workers(job.status) || takes_part(app, db, &job, caller).await? {
        Ok(job)
    } else {
        Err(ApiError::not_found("job"))
    }
}

/// The job, if the caller may see its frames and its log.
pub async fn find_within(app: &App, db: &mut AnyConnection, id: &str, caller: Address) -> ApiResult<JobRow> {
    let job = find(db, id).await?;
    if takes_part(app, db, &job, caller).await? {
        Ok(job)
    } else {
        Err(ApiError::not_found("job"))
    }
}

/// The job, if the caller created it.
pub async fn find_own(app: &App, db: &mut AnyConnection, id: &str, caller: Address) -> ApiResult<JobRow> {
    let job = find_seen(app, db, id, caller).await?;
    if job.creator == caller {
        Ok(job)
    } else {
        Err(ApiError::new(
            ErrorCode::Forbidden,
            "Only the creator of the job may do this.",
        ))
    }
}

/// The job that somebody says to hold a lease of. Without it there is no lease either, and nobody learns more.
pub async fn find_leased(db: &mut AnyConnection, id: &str) -> ApiResult<JobRow> {
    store::jobs::find(db, id).await?.ok_or_else(ApiError::lease_lost)
}

async fn takes_part(app: &App, db: &mut AnyConnection, job: &JobRow, caller: Address) -> ApiResult<bool> {
    let close = job.creator == caller || app.is_operator(caller);
    Ok(close || store::tasks::any_of_worker(db, &job.id, caller).await?)
}
