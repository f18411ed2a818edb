use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    webhooks,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    webhook::{ReplayRequest, Webhook},
};

/// Sends again what was given up, or everything after an event. A paused webhook goes on.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", request_body = ReplayRequest,
    params(("id" = String, Path, description = "Webhook")), security(("token" = [])),
    responses((status = 200, body = Webhook), (status = "default", body = ErrorEnvelope)))]
pub async fn replay(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(request): Json<ReplayRequest>,
) -> ApiResult<Json<Webhook>> {
    webhooks::replay(&app, caller, &id, &request).await.map(Json)
}
