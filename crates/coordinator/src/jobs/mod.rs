//! The life of a job: posted, worked on, ended, and what its creator may do about it.

mod frame_actions;
mod lifecycle;
mod money;
mod order;
mod outcome;
mod post;
mod reuse;
mod sight;
mod view;

pub use frame_actions::{accept, dispute, rerender};
pub use lifecycle::{cancel, pause, resume};
pub use money::{pay, room};
pub use order::order;
pub use outcome::{announce, decide, end_if_open, expire_overdue};
pub use post::post;
pub use sight::{find_leased, find_own, find_seen, find_within};
pub use view::{job_view, task_view};

use crate::{
    error::{ApiError, ApiResult},
    store::{self, jobs::JobRow},
};
use sqlx::AnyConnection;
use veriframe_core::schedule;
use veriframe_wire::job::{JobStatus, Priority};

pub async fn find(db: &mut AnyConnection, id: &str) -> ApiResult<JobRow> {
    store::jobs::find(db, id)
        .await?
        .ok_or_else(|| ApiError::not_found("job"))
}

pub fn has_ended(status: JobStatus) -> bool {
    domain(status).has_ended()
}

pub fn takes_workers(status: JobStatus) -> bool {
    domain(status).takes_workers()
}

/// How its creator orders it among its own.
pub fn priority(job: &JobRow) -> schedule::Priority {
    match job.request.priority {
        Priority::Low => schedule::Priority::Low,
        Priority::Normal => schedule::Priority::Normal,
        Priority::High => schedule::Priority::High,
    }
}

/// The domain's state of a job that the coordinator knows.
pub fn domain(status: JobStatus) -> veriframe_core::JobState {
    use veriframe_core::JobState as State;
    match status {
        JobStatus::Open => State::Open,
        JobStatus::Rendering => State::Rendering,
        JobStatus::Verifying => State::Verifying,
        JobStatus::Paused => State::Paused,
        JobStatus::Complete => State::Complete,
        JobStatus::Failed => State::Failed,
        JobStatus::Cancelled => State::Cancelled,
        JobStatus::Expired => State::Expired,
    }
}
