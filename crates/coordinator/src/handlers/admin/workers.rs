use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Json, Path, Query},
    handlers::paging,
    store::{
        self,
        workers::{After, Filter, WorkerRow},
    },
    workers,
};
use axum::extract::State;
use sqlx::AnyConnection;
use veriframe_core::Address;
use veriframe_wire::{AddressText, ErrorEnvelope, Page, PageQuery, admin::AdminWorker};

/// All workers, in order of address.
#[utoipa::path(get, path = "/api/v1/admin/workers", tag = "admin", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<AdminWorker>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(State(app): State<AppState>, Query(query): Query<PageQuery>) -> ApiResult<Json<Page<AdminWorker>>> {
    let limit = paging::limit(query.limit)?;
    let after = After::Address(paging::cursor(query.cursor.as_deref())?);
    let mut db = app.store.read().await?;
    let rows = store::workers::page(&mut db, &Filter::default(), after, limit).await?;
    let items = views(&mut db, rows).await?;
    Ok(Json(paging::page(items, limit, |last| {
        last.worker.address.0.to_string()
    })))
}

/// One worker.
#[utoipa::path(get, path = "/api/v1/admin/workers/{address}", tag = "admin",
    params(("address" = String, Path, description = "The worker's address")), security(("token" = [])),
    responses((status = 200, body = AdminWorker), (status = "default", body = ErrorEnvelope)))]
pub async fn show(
    State(app): State<AppState>,
    Path(AddressText(address)): Path<AddressText>,
) -> ApiResult<Json<AdminWorker>> {
    let mut db = app.store.read().await?;
    let row = store::workers::find(&mut db, address).await?;
    let row = row.ok_or_else(|| ApiError::not_found("worker"))?;
    let mut views = views(&mut db, vec![row]).await?;
    views.pop().map(Json).ok_or_else(|| ApiError::not_found("worker"))
}

/// In the same order.
async fn views(db: &mut AnyConnection, rows: Vec<WorkerRow>) -> ApiResult<Vec<AdminWorker>> {
    let addresses: Vec<Address> = rows.iter().map(|row| row.address).collect();
    let leases = store::leases::held_by(db, &addresses).await?;
    let mut temperatures = store::workers::temperatures(db, &addresses).await?;
    let mut suspensions = store::suspensions::find_all(db, &addresses).await?;
    let views = rows.into_iter().map(|row| AdminWorker {
        leases: leases.get(&row.address).copied().unwrap_or_default(),
        temperatures: temperatures.remove(&row.address).unwrap_or_default(),
        suspension: suspensions.remove(&row.address),
        worker: workers::view(row),
    });
    Ok(views.collect())
}
