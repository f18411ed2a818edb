use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    webhooks,
};
use axum::{extract::State, http::StatusCode};
use veriframe_wire::{
    ErrorEnvelope,
    webhook::{CreateWebhookRequest, CreatedWebhook},
};

/// Has events of some topics sent to a server, from now on. The answer holds the secret that signs them; it is not shown again.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = CreateWebhookRequest,
    security(("token" = [])),
    responses((status = 201, body = CreatedWebhook), (status = "default", body = ErrorEnvelope)))]
pub async fn create(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Json(request): Json<CreateWebhookRequest>,
) -> ApiResult<(StatusCode, Json<CreatedWebhook>)> {
    let created = webhooks::create(&app, caller, &request).await?;
    Ok((StatusCode::CREATED, Json(created)))
}
