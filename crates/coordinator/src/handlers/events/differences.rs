use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    indexer::view,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, PageQuery, chain::ChainDifference};

/// Where the contracts answer something else than what follows from their events.
#[utoipa::path(get, path = "/api/v1/events/differences", tag = "chain", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<ChainDifference>), (status = "default", body = ErrorEnvelope)))]
pub async fn differences(
    State(app): State<AppState>,
    _: Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<ChainDifference>>> {
    let limit = paging::limit(query.limit)?;
    let items = view::differences(&app, query.cursor.as_deref(), limit).await?;
    Ok(Json(paging::page(items, limit, view::difference_cursor)))
}
