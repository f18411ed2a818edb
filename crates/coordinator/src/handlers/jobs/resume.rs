use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    jobs,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::Job};

/// Hands out the frames of a paused job again.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/resume", tag = "jobs",
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = Job), (status = "default", body = ErrorEnvelope)))]
pub async fn resume(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Job>> {
    jobs::resume(&app, &id, caller).await.map(Json)
}
