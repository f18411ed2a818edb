use crate::{
    app::AppState,
    earnings,
    error::{ApiError, ApiResult},
    extract::{Caller, Json, Path, Query},
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{AddressText, ErrorEnvelope, worker::Earnings};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EarningsQuery {
    /// Days to look back, 1 to 3660; 30 unless said.
    #[param(minimum = 1, maximum = 3660)]
    days: Option<u32>,
}

/// What a worker earned; its own business.
#[utoipa::path(get, path = "/api/v1/workers/{address}/earnings", tag = "workers",
    params(("address" = String, Path, description = "The worker's address"), EarningsQuery), security(("token" = [])),
    responses((status = 200, body = Earnings), (status = "default", body = ErrorEnvelope)))]
pub async fn earnings(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(AddressText(address)): Path<AddressText>,
    Query(query): Query<EarningsQuery>,
) -> ApiResult<Json<Earnings>> {
    if caller != address {
        // Whether there is such a worker is nobody else's business here.
        return Err(ApiError::not_found("worker"));
    }
    let days @ 1..=3660 = query.days.unwrap_or(30) else {
        return Err(ApiError::invalid("Earnings are of the last 1 to 3660 days."));
    };
    earnings::of_worker(&app, address, days).await.map(Json)
}
