use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    indexer::view,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, chain::ChainEventStats};

/// How many events there are, and how far the indexer is.
#[utoipa::path(get, path = "/api/v1/events/summary/stats", tag = "chain", security(("token" = [])),
    responses((status = 200, body = ChainEventStats), (status = "default", body = ErrorEnvelope)))]
pub async fn stats(State(app): State<AppState>, _: Caller) -> ApiResult<Json<ChainEventStats>> {
    view::stats(&app).await.map(Json)
}
