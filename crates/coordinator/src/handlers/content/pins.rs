use crate::{
    app::AppState,
    content,
    error::ApiResult,
    extract::{Caller, Json},
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    content::{PinRequest, PinResponse},
};

/// Keeps a tree, when it is complete; else says what is missing.
#[utoipa::path(post, path = "/api/v1/content/pins", tag = "content", request_body = PinRequest,
    security(("token" = [])),
    responses((status = 200, body = PinResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn pins(
    State(app): State<AppState>,
    _: Caller,
    Json(request): Json<PinRequest>,
) -> ApiResult<Json<PinResponse>> {
    content::try_pin(&app, &request.root).await.map(Json)
}
