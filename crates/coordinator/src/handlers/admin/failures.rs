use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Json, Query},
    handlers::paging,
    store,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, PageQuery, admin::Failure};

/// Renders that failed, newest first. What Blender said is in the log of the job.
#[utoipa::path(get, path = "/api/v1/admin/failures", tag = "admin", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<Failure>), (status = "default", body = ErrorEnvelope)))]
pub async fn failures(State(app): State<AppState>, Query(query): Query<PageQuery>) -> ApiResult<Json<Page<Failure>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let items = store::failures::page(&mut *app.store.read().await?, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last| last.seq.to_string())))
}
