use crate::{admin, app::AppState, error::ApiResult, extract::Json};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, admin::Money};

/// The books as a whole, and whether they are right.
#[utoipa::path(get, path = "/api/v1/admin/money", tag = "admin", security(("token" = [])),
    responses((status = 200, body = Money), (status = "default", body = ErrorEnvelope)))]
pub async fn money(State(app): State<AppState>) -> ApiResult<Json<Money>> {
    admin::books(&mut *app.store.read().await?).await.map(Json)
}
