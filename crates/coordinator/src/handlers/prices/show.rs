use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Json, Path},
};
use axum::extract::State;
use veriframe_chain::prices::Coin;
use veriframe_wire::{ErrorEnvelope, price::Price};

/// What a coin costs in US dollars, who says so, and how long ago.
#[utoipa::path(get, path = "/api/v1/prices/{symbol}", tag = "prices", params(("symbol" = String, Path)), responses(
    (status = 200, body = Price), (status = "default", body = ErrorEnvelope)
))]
pub async fn show(State(app): State<AppState>, Path(symbol): Path<String>) -> ApiResult<Json<Price>> {
    let coin: Coin = symbol.parse().map_err(|_| ApiError::not_found("coin"))?;
    app.prices.of(coin).await.map(Json)
}
