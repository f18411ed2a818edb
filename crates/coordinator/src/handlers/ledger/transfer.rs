use crate::{
    accounts,
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    limits::Asking,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    account::{Account, TransferRequest},
};

/// Gives credits to another account.
#[utoipa::path(post, path = "/api/v1/ledger/transfer", tag = "ledger", request_body = TransferRequest,
    security(("token" = [])), responses((status = 200, body = Account), (status = "default", body = ErrorEnvelope)))]
pub async fn transfer(
    State(app): State<AppState>,
    asking: Asking,
    Caller(caller): Caller,
    Json(request): Json<TransferRequest>,
) -> ApiResult<Json<Account>> {
    accounts::transfer(&app, &asking, caller, &request).await.map(Json)
}
