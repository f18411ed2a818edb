use crate::{admin, app::AppState, error::ApiResult, extract::Json};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, Page, admin::QueuedJob};

/// Jobs that are looked at: each asks which workers could take it.
const LOOKED_AT: u32 = 200;

/// Jobs with work that nobody has, oldest first: at most 200.
#[utoipa::path(get, path = "/api/v1/admin/queue", tag = "admin", security(("token" = [])),
    responses((status = 200, body = Page<QueuedJob>), (status = "default", body = ErrorEnvelope)))]
pub async fn queue(State(app): State<AppState>) -> ApiResult<Json<Page<QueuedJob>>> {
    let items = admin::queue(&app, LOOKED_AT).await?;
    Ok(Json(Page {
        items,
        next_cursor: None,
    }))
}
