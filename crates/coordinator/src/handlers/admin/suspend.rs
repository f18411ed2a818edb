use crate::{
    admin,
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    limits::Asking,
};
use axum::{extract::State, http::StatusCode};
use veriframe_wire::{AddressText, ErrorEnvelope, admin::SuspendRequest};

/// Keeps a worker from taking work; what it holds goes to others.
#[utoipa::path(post, path = "/api/v1/admin/workers/{address}/suspend", tag = "admin", request_body = SuspendRequest,
    params(("address" = String, Path, description = "The worker's address")), security(("token" = [])),
    responses((status = 204), (status = "default", body = ErrorEnvelope)))]
pub async fn suspend(
    State(app): State<AppState>,
    asking: Asking,
    Caller(operator): Caller,
    Path(AddressText(worker)): Path<AddressText>,
    Json(request): Json<SuspendRequest>,
) -> ApiResult<StatusCode> {
    admin::suspend(&app, &asking, operator, worker, &request.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a suspended worker take work again.
#[utoipa::path(post, path = "/api/v1/admin/workers/{address}/lift", tag = "admin",
    params(("address" = String, Path, description = "The worker's address")), security(("token" = [])),
    responses((status = 204), (status = "default", body = ErrorEnvelope)))]
pub async fn lift(
    State(app): State<AppState>,
    asking: Asking,
    Caller(operator): Caller,
    Path(AddressText(worker)): Path<AddressText>,
) -> ApiResult<StatusCode> {
    admin::lift(&app, &asking, operator, worker).await?;
    Ok(StatusCode::NO_CONTENT)
}
