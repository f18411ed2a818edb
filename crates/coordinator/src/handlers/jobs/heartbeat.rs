use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    leases,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    lease::{HeartbeatRequest, HeartbeatResponse},
};

/// Extends a lease, and tells how far its tasks are.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/heartbeat", tag = "work", request_body = HeartbeatRequest,
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = HeartbeatResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn heartbeat(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(request): Json<HeartbeatRequest>,
) -> ApiResult<Json<HeartbeatResponse>> {
    leases::heartbeat(&app, caller, &id, request).await.map(Json)
}
