use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    jobs,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    job::{OrderJobsRequest, OrderJobsResponse},
};

/// Puts jobs of the caller into an order. Frames that are being rendered go on; the next one is of the foremost job.
#[utoipa::path(put, path = "/api/v1/jobs/order", tag = "jobs", request_body = OrderJobsRequest, security(("token" = [])),
    responses((status = 200, body = OrderJobsResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn order(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Json(request): Json<OrderJobsRequest>,
) -> ApiResult<Json<OrderJobsResponse>> {
    jobs::order(&app, caller, &request).await.map(Json)
}
