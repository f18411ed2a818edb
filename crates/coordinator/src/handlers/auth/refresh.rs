use crate::{app::AppState, auth, error::ApiResult, extract::Json, limits::Asking};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    auth::{RefreshRequest, TokenResponse},
};

/// A new pair of tokens for a refresh token, which works once.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshRequest, responses(
    (status = 200, body = TokenResponse), (status = "default", body = ErrorEnvelope)
))]
pub async fn refresh(
    State(app): State<AppState>,
    asking: Asking,
    Json(request): Json<RefreshRequest>,
) -> ApiResult<Json<TokenResponse>> {
    auth::refresh(&app, &asking, &request.refresh_token).await.map(Json)
}
