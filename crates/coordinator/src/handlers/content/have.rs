use crate::{
    app::AppState,
    content,
    error::ApiResult,
    extract::{Caller, Json},
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    content::{HaveRequest, HaveResponse},
};

/// Which blocks need not be sent.
#[utoipa::path(post, path = "/api/v1/content/have", tag = "content", request_body = HaveRequest,
    security(("token" = [])),
    responses((status = 200, body = HaveResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn have(
    State(app): State<AppState>,
    _: Caller,
    Json(request): Json<HaveRequest>,
) -> ApiResult<Json<HaveResponse>> {
    content::have(&app, request.cids).await.map(Json)
}
