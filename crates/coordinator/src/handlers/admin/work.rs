use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path, Query},
    handlers::paging,
    limits::Asking,
    work,
};
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{
    ErrorEnvelope, Page,
    work::{WorkItem, WorkState},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkQuery {
    /// `queued`: it waits for its time. `dead`: it was given up.
    #[param(inline)]
    state: Option<WorkState>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What follows from changes and is done later, newest first: webhooks, folders of results, looking after pins.
#[utoipa::path(get, path = "/api/v1/admin/work", tag = "admin", params(WorkQuery), security(("token" = [])),
    responses((status = 200, body = Page<WorkItem>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(State(app): State<AppState>, Query(query): Query<WorkQuery>) -> ApiResult<Json<Page<WorkItem>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let items = work::list(&app, query.state, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last| last.seq.to_string())))
}

/// Puts what was given up back into the queue, as a new item that is done at once.
#[utoipa::path(post, path = "/api/v1/admin/work/{seq}/retry", tag = "admin", security(("token" = [])),
    params(("seq" = i64, Path, minimum = 0, description = "The item's number")),
    responses((status = 204), (status = "default", body = ErrorEnvelope)))]
pub async fn retry(
    State(app): State<AppState>,
    asking: Asking,
    Caller(operator): Caller,
    Path(seq): Path<i64>,
) -> ApiResult<StatusCode> {
    work::retry(&app, &asking, operator, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
