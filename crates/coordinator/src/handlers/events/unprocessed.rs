use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    indexer::view::{self, Asked},
    store::chain_events::{Filter, Readable},
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, PageQuery, chain::ChainEvent};

/// Events that could not be read, each with the reason: of a newer contract, or not laid out as they should be.
#[utoipa::path(get, path = "/api/v1/events/unprocessed", tag = "chain", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<ChainEvent>), (status = "default", body = ErrorEnvelope)))]
pub async fn unprocessed(
    State(app): State<AppState>,
    _: Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<ChainEvent>>> {
    let limit = paging::limit(query.limit)?;
    let asked = Asked {
        after: view::after(query.cursor.as_deref())?,
        filter: Filter {
            readable: Readable::Unread,
            ..Filter::default()
        },
        limit,
        ..Asked::default()
    };
    let items = view::events(&app, asked).await?;
    Ok(Json(paging::page(items, limit, view::cursor)))
}
