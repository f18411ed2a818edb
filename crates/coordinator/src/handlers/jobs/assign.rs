use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    scheduler,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    lease::{AssignRequest, AssignResponse},
};

/// Takes a batch of the job's tasks under a lease.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/assign", tag = "work", request_body = AssignRequest,
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = AssignResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn assign(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(request): Json<AssignRequest>,
) -> ApiResult<Json<AssignResponse>> {
    scheduler::measured_claim(&app, caller, &id, &request).await.map(Json)
}
