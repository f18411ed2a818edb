use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Json, Query},
    handlers::paging,
    store,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{
    AddressText, ErrorEnvelope, Page,
    admin::{AuditAction, AuditEntry},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    who: Option<AddressText>,
    action: Option<AuditAction>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Who did what, newest first.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", params(AuditQuery), security(("token" = [])),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = ErrorEnvelope)))]
pub async fn audit(State(app): State<AppState>, Query(query): Query<AuditQuery>) -> ApiResult<Json<Page<AuditEntry>>> {
    let limit = paging::limit(query.limit)?;
    let before = paging::cursor(query.cursor.as_deref())?;
    let who = query.who.map(|who| who.0.to_string());
    let mut db = app.store.read().await?;
    let items = store::audit_log::page(&mut db, who.as_deref(), query.action, before, limit).await?;
    Ok(Json(paging::page(items, limit, |last| last.seq.to_string())))
}
