use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    webhooks,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, PageQuery, webhook::Webhook};

/// The caller's webhooks, oldest first.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<Webhook>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Webhook>>> {
    let limit = paging::limit(query.limit)?;
    let after = paging::cursor(query.cursor.as_deref())?.unwrap_or(0);
    let rows = webhooks::list(&app, caller, after, limit).await?;
    let last = rows.last().map(|(place, _)| place.to_string());
    let items = rows.into_iter().map(|(_, hook)| hook).collect();
    Ok(Json(paging::page(items, limit, |_| last.unwrap_or_default())))
}
