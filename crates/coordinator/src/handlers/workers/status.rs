use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    workers,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    worker::{StatusRequest, Worker},
};

/// The worker is online or paused, and why.
#[utoipa::path(put, path = "/api/v1/workers/me/status", tag = "workers", request_body = StatusRequest,
    security(("token" = [])), responses((status = 200, body = Worker), (status = "default", body = ErrorEnvelope)))]
pub async fn status(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Json(request): Json<StatusRequest>,
) -> ApiResult<Json<Worker>> {
    workers::set_status(&app, caller, request).await.map(Json)
}
