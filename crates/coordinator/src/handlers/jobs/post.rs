use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    jobs,
};
use axum::{extract::State, http::StatusCode};
use veriframe_wire::{
    ErrorEnvelope,
    job::{Job, PostJobRequest},
};

/// Posts a job and puts its cap into escrow. Its content must be here and complete.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = PostJobRequest,
    security(("token" = [])), responses((status = 201, body = Job), (status = "default", body = ErrorEnvelope)))]
pub async fn post(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Json(request): Json<PostJobRequest>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    let job = jobs::post(&app, caller, request).await?;
    Ok((StatusCode::CREATED, Json(job)))
}
