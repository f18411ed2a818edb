use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path, Query},
    handlers::paging,
    store,
};
use axum::extract::State;
use veriframe_wire::{AddressText, ErrorEnvelope, Page, PageQuery, worker::ReputationChange};

/// How a worker's reputation came to be what it is, newest first.
#[utoipa::path(get, path = "/api/v1/workers/{address}/reputation-history", tag = "workers",
    params(("address" = String, Path, description = "The worker's address"), PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<ReputationChange>), (status = "default", body = ErrorEnvelope)))]
pub async fn reputation_history(
    State(app): State<AppState>,
    _: Caller,
    Path(AddressText(address)): Path<AddressText>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<ReputationChange>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let mut db = app.store.read().await?;
    let items = store::reputation_history::page(&mut db, address, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last: &ReputationChange| {
        last.seq.to_string()
    })))
}
