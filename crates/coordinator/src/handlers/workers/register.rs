use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    workers,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    worker::{RegisterRequest, Worker},
};

/// Registers the caller as a worker, or renews what it says about itself.
#[utoipa::path(post, path = "/api/v1/workers/register", tag = "workers", request_body = RegisterRequest,
    security(("token" = [])), responses((status = 200, body = Worker), (status = "default", body = ErrorEnvelope)))]
pub async fn register(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Json(request): Json<RegisterRequest>,
) -> ApiResult<Json<Worker>> {
    workers::register(&app, caller, &request).await.map(Json)
}
