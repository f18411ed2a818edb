//! Leases: who holds which tasks, for how long, and how that ends.

mod awake;
mod copies;
mod fail;
mod heartbeat;
mod release;

pub use awake::{Awake, wake};
pub use copies::first_of_two;
pub use fail::{fail, task_failed};
pub use heartbeat::{Beat, heartbeat};
pub use release::{expire, finish_if_empty, release_all, release_earlier_runs, release_forgotten, release_job, sweep};

use crate::{
    error::{ApiError, ApiResult},
    store::{self, leases::LeaseRow},
};
use sqlx::AnyConnection;
use veriframe_core::Address;

/// What a request says of its lease.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    pub fence: u64,
}

/// The name of a lease holds its fence.
pub fn id_text(fence: i64) -> String {
    format!("l{fence}")
}

/// Refuses a name and a fence that do not belong together.
pub fn parse(id: &str, fence: u64) -> ApiResult<Claimed> {
    match i64::try_from(fence) {
        Ok(number) if id_text(number) == id => Ok(Claimed { fence }),
        _ => Err(ApiError::lease_lost()),
    }
}

/// The lease, when it is of this worker and job. Whether it is still good is for [`LeaseRow::holding`] to say.
pub async fn held_by(
    db: &mut AnyConnection,
    claimed: Claimed,
    worker: Address,
    job: &str,
) -> Result<Option<LeaseRow>, sqlx::Error> {
    let lease = store::leases::find(db, claimed.fence.cast_signed()).await?;
    Ok(lease.filter(|lease| lease.worker == worker && lease.job == job))
}
