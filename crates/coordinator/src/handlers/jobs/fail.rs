use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    leases,
};
use axum::{extract::State, http::StatusCode};
use veriframe_wire::{ErrorEnvelope, lease::FailRequest};

/// Gives tasks back that could not be done.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/fail", tag = "work", request_body = FailRequest,
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 204), (status = "default", body = ErrorEnvelope)))]
pub async fn fail(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(request): Json<FailRequest>,
) -> ApiResult<StatusCode> {
    leases::fail(&app, caller, &id, request).await?;
    Ok(StatusCode::NO_CONTENT)
}
