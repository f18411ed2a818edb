use crate::{
    accounts,
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, account::Account};

/// The caller's money.
#[utoipa::path(get, path = "/api/v1/ledger/account", tag = "ledger", security(("token" = [])),
    responses((status = 200, body = Account), (status = "default", body = ErrorEnvelope)))]
pub async fn account(State(app): State<AppState>, Caller(caller): Caller) -> ApiResult<Json<Account>> {
    let mut db = app.store.read().await?;
    accounts::view(&mut db, caller).await.map(Json)
}
