use crate::{
    accounts,
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, account::Account};

/// Local mode: fills an account that has less than 10 credits up to 100.
#[utoipa::path(post, path = "/api/v1/ledger/faucet", tag = "ledger", security(("token" = [])),
    responses((status = 200, body = Account), (status = "default", body = ErrorEnvelope)))]
pub async fn faucet(State(app): State<AppState>, Caller(caller): Caller) -> ApiResult<Json<Account>> {
    accounts::fill(&app, caller).await.map(Json)
}
