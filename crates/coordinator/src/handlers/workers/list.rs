use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    store, workers,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_core::Address;
use veriframe_wire::{
    ErrorEnvelope, Page,
    worker::{Worker, WorkerStatus},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkersQuery {
    status: Option<WorkerStatus>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Workers in order of their address.
#[utoipa::path(get, path = "/api/v1/workers", tag = "workers", params(WorkersQuery), security(("token" = [])),
    responses((status = 200, body = Page<Worker>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<AppState>,
    _: Caller,
    Query(query): Query<WorkersQuery>,
) -> ApiResult<Json<Page<Worker>>> {
    let limit = paging::limit(query.limit)?;
    let cursor: Option<Address> = paging::cursor(query.cursor.as_deref())?;
    let cursor = cursor.map(|address| address.to_string());
    let mut db = app.store.read().await?;
    let rows = store::workers::page(&mut db, query.status, cursor.as_deref(), limit).await?;
    let items = rows.into_iter().map(workers::view).collect();
    Ok(Json(paging::page(items, limit, |last: &Worker| {
        last.address.0.to_string()
    })))
}
