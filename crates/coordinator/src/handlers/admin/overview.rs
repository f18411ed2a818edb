use crate::{admin, app::AppState, error::ApiResult, extract::Json};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, admin::Overview};

/// Everything at a glance.
#[utoipa::path(get, path = "/api/v1/admin/overview", tag = "admin", security(("token" = [])),
    responses((status = 200, body = Overview), (status = "default", body = ErrorEnvelope)))]
pub async fn overview(State(app): State<AppState>) -> ApiResult<Json<Overview>> {
    admin::overview(&app).await.map(Json)
}
