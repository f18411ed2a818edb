use crate::{app::AppState, extract::Json, indexer::view};
use axum::extract::State;
use veriframe_wire::chain::Contracts;

/// What jobs are paid in, and which contracts this coordinator works with, on which chain. Nulls in local mode.
#[utoipa::path(get, path = "/api/v1/contracts", tag = "chain", responses((status = 200, body = Contracts)))]
pub async fn contracts(State(app): State<AppState>) -> Json<Contracts> {
    Json(view::contracts(&app))
}
