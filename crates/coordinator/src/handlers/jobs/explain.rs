use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    scheduler,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::JobExplanation};

/// Why the job goes on, or does not: how many workers are online, and what keeps them from it.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/explain", tag = "jobs", params(("id" = String, Path, description = "Job")),
    security(("token" = [])),
    responses((status = 200, body = JobExplanation), (status = "default", body = ErrorEnvelope)))]
pub async fn explain(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<JobExplanation>> {
    scheduler::explain_job(&app, &id, caller).await.map(Json)
}
