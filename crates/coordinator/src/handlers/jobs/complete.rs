use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    verification,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    lease::{CompleteRequest, CompleteResponse},
};

/// Hands in finished frames, whose files must be in the content store. The same again is answered as before.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/complete", tag = "work", request_body = CompleteRequest,
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = CompleteResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn complete(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(request): Json<CompleteRequest>,
) -> ApiResult<Json<CompleteResponse>> {
    verification::complete(&app, caller, &id, request).await.map(Json)
}
