use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    jobs,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::Job};

/// Stops handing out the job's frames; those in hand may still come in.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/pause", tag = "jobs",
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = Job), (status = "default", body = ErrorEnvelope)))]
pub async fn pause(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Job>> {
    jobs::pause(&app, &id, caller).await.map(Json)
}
