use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Json, Query},
    handlers::paging,
    store,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{ErrorEnvelope, Page, admin::Transfer};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransfersQuery {
    /// Only from or to this one: `faucet`, `chain`, `user:ADDRESS` or `escrow:JOB`.
    account: Option<String>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Money that moved, newest first.
#[utoipa::path(get, path = "/api/v1/admin/transfers", tag = "admin", params(TransfersQuery), security(("token" = [])),
    responses((status = 200, body = Page<Transfer>), (status = "default", body = ErrorEnvelope)))]
pub async fn transfers(
    State(app): State<AppState>,
    Query(query): Query<TransfersQuery>,
) -> ApiResult<Json<Page<Transfer>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let mut db = app.store.read().await?;
    let items = store::accounts::transfers(&mut db, query.account.as_deref(), before, limit).await?;
    Ok(Json(paging::page(items, limit, |last| last.seq.to_string())))
}
