use crate::{app::AppState, auth, error::ApiResult, extract::Json, limits::Asking};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    auth::{AuthenticateRequest, TokenResponse},
};

/// Tokens for a signed challenge.
#[utoipa::path(post, path = "/api/v1/auth/authenticate", tag = "auth", request_body = AuthenticateRequest, responses(
    (status = 200, body = TokenResponse), (status = "default", body = ErrorEnvelope)
))]
pub async fn authenticate(
    State(app): State<AppState>,
    asking: Asking,
    Json(request): Json<AuthenticateRequest>,
) -> ApiResult<Json<TokenResponse>> {
    auth::authenticate(&app, &asking, request).await.map(Json)
}
