use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Path},
    webhooks,
};
use axum::{extract::State, http::StatusCode};
use veriframe_wire::ErrorEnvelope;

/// Sends nothing more, and forgets what was sent.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Webhook")), security(("token" = [])),
    responses((status = 204), (status = "default", body = ErrorEnvelope)))]
pub async fn delete(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    webhooks::delete(&app, caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
