use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Json, Path, Query},
    handlers::paging,
    store::{
        self,
        workers::{After, Filter},
    },
    workers,
};
use axum::extract::State;
use sqlx::AnyConnection;
use veriframe_wire::{AddressText, ErrorEnvelope, Page, PageQuery, admin::AdminWorker};

/// All workers, in order of address.
#[utoipa::path(get, path = "/api/v1/admin/workers", tag = "admin", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = Page<AdminWorker>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(State(app): State<AppState>, Query(query): Query<PageQuery>) -> ApiResult<Json<Page<AdminWorker>>> {
    let limit = paging::limit(query.limit)?;
    let after = After::Address(paging::cursor(query.cursor.as_deref())?);
    let mut db = app.store.read().await?;
    let rows = store::workers::page(&mut db, &Filter::default(), after, limit).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(view(&mut db, row).await?);
    }
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
    view(&mut db, row).await.map(Json)
}

async fn view(db: &mut AnyConnection, row: store::workers::WorkerRow) -> ApiResult<AdminWorker> {
    let leases = store::leases::active_of_worker(db, row.address).await?.len();
    Ok(AdminWorker {
        leases: u32::try_from(leases).unwrap_or(u32::MAX),
        temperatures: store::workers::temperatures(db, row.address).await?,
        suspension: store::suspensions::find(db, row.address).await?,
        worker: workers::view(row),
    })
}
