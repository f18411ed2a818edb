use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Caller, Json, Path},
    store, workers,
};
use axum::extract::State;
use veriframe_wire::{AddressText, ErrorEnvelope, worker::Worker};

/// One worker.
#[utoipa::path(get, path = "/api/v1/workers/{address}", tag = "workers",
    params(("address" = String, Path, description = "The worker's address")), security(("token" = [])),
    responses((status = 200, body = Worker), (status = "default", body = ErrorEnvelope)))]
pub async fn show(
    State(app): State<AppState>,
    _: Caller,
    Path(AddressText(address)): Path<AddressText>,
) -> ApiResult<Json<Worker>> {
    let mut db = app.store.read().await?;
    let row = store::workers::find(&mut db, address).await?;
    row.map(|row| Json(workers::view(row)))
        .ok_or_else(|| ApiError::not_found("worker"))
}
