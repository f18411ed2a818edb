use crate::{
    accounts,
    app::AppState,
    error::ApiResult,
    extract::{Caller, IdempotencyKey, Json},
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    account::{Account, TransferRequest},
};

/// Gives credits to another account.
#[utoipa::path(post, path = "/api/v1/ledger/transfer", tag = "ledger", request_body = TransferRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key is answered once")),
    security(("token" = [])), responses((status = 200, body = Account), (status = "default", body = ErrorEnvelope)))]
pub async fn transfer(
    State(app): State<AppState>,
    Caller(caller): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(request): Json<TransferRequest>,
) -> ApiResult<Json<Account>> {
    accounts::transfer(&app, caller, key, &request).await.map(Json)
}
