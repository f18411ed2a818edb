//! Taking a lease.

use super::{
    hand_out::{hand_out, nothing_left},
    known::{ready, takes},
};
use crate::{
    app::{App, AppState},
    counter::{self, Asked, Counter},
    error::{ApiError, ApiResult},
    escrow, idempotent, jobs, leases,
    store::{self, WriteTx},
};
use veriframe_core::Address;
use veriframe_wire::{
    ErrorCode,
    lease::{AssignRequest, AssignResponse, Lease},
};

/// What a worker asks for. Claims of many workers are served together.
#[derive(Clone, Debug)]
pub struct Claim {
    pub worker: Address,
    pub job: String,
    /// The most tasks wanted.
    pub asked: Option<u32>,
}

impl Asked for Claim {
    type Answer = Lease;

    fn counter(app: &App) -> &Counter<Self> {
        &app.claims
    }

    async fn serve(app: &App, tx: &mut WriteTx, claims: &[Self]) -> ApiResult<Vec<ApiResult<Lease>>> {
        hand_out(app, tx, claims).await
    }
}

/// Gives the worker a batch of the job's tasks.
pub async fn claim(app: &AppState, caller: Address, job: &str, request: &AssignRequest) -> ApiResult<AssignResponse> {
    if request.worker_address.0 != caller {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "A worker takes work for itself only.",
        ));
    }
    // Whoever claims next ends leases that ran out.
    leases::wake(app).await?;
    if app.escrow.is_some() {
        could_take(app, caller, job).await?;
        // Not while others wait for the database: the chain may take a while.
        escrow::taken(app, job, caller).await?;
    }
    let claim = Claim {
        worker: caller,
        job: job.to_owned(),
        asked: request.max_tasks,
    };
    let answer = if idempotent::is_keyed() {
        alone(app, claim).await
    } else {
        let lease = counter::ask(app, claim).await;
        lease.map(|lease| AssignResponse { success: true, lease })
    };
    match answer {
        Err(error) if error.code == ErrorCode::InvalidState => Err(or_unknown(app, caller, job, error).await?),
        answer => answer,
    }
}

/// That a job takes no workers is said to those who may know of it.
async fn or_unknown(app: &App, caller: Address, job: &str, error: ApiError) -> ApiResult<ApiError> {
    jobs::find_seen(app, &mut *app.store.read().await?, job, caller).await?;
    Ok(error)
}

/// A claim whose answer is kept in its own transaction.
async fn alone(app: &App, claim: Claim) -> ApiResult<AssignResponse> {
    let mut tx = app.store.write().await?;
    let mut answers = hand_out(app, &mut tx, &[claim]).await?;
    let lease = answers.pop().unwrap_or_else(|| Err(nothing_left()))?;
    idempotent::commit(tx, AssignResponse { success: true, lease }).await
}

/// Refuses early what would be refused late: nothing is moved on the chain for a worker that does not get the job.
async fn could_take(app: &AppState, caller: Address, job: &str) -> ApiResult<()> {
    let mut db = app.store.read().await?;
    let worker = store::workers::find(&mut db, caller).await?;
    let held = store::leases::held_by(&mut db, &[caller]).await?.remove(&caller);
    let worker = ready(worker.as_ref(), held.unwrap_or_default())?;
    let job = jobs::find_seen(app, &mut db, job, caller).await?;
    takes(worker, &job)
}
