use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    jobs,
    limits::Asking,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::Job};

/// Ends the job. What nobody was paid for goes back to its creator.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs",
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = Job), (status = "default", body = ErrorEnvelope)))]
pub async fn cancel(
    State(app): State<AppState>,
    asking: Asking,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Job>> {
    jobs::cancel(&app, &asking, &id, caller).await.map(Json)
}
