use crate::{
    accounts,
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, PageQuery, account::Entry};

/// The history of the caller's account, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/entries", tag = "ledger", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<Entry>), (status = "default", body = ErrorEnvelope)))]
pub async fn entries(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Entry>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let mut db = app.store.read().await?;
    let items = accounts::history(&mut db, caller, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last: &Entry| last.seq.to_string())))
}
