use crate::{app::AppState, auth, error::ApiResult, extract::Json, limits::Asking};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    auth::{ChallengeRequest, ChallengeResponse},
};

/// A challenge to sign, good for one use within five minutes.
#[utoipa::path(post, path = "/api/v1/auth/challenge", tag = "auth", request_body = ChallengeRequest, responses(
    (status = 200, body = ChallengeResponse), (status = "default", body = ErrorEnvelope)
))]
pub async fn challenge(
    State(app): State<AppState>,
    asking: Asking,
    Json(request): Json<ChallengeRequest>,
) -> ApiResult<Json<ChallengeResponse>> {
    auth::challenge(&app, &asking, request.address.0).await.map(Json)
}
