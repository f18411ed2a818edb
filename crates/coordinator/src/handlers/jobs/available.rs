use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    scheduler::{self, Part},
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use veriframe_wire::{ErrorEnvelope, Page, job::AvailableJob};

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AvailableStatus {
    Pending,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AvailableQuery {
    /// `pending`, the only one there is; for clients of the first protocol.
    #[serde(rename = "status")]
    #[param(inline, rename = "status")]
    _status: Option<AvailableStatus>,
    /// Adds what the worker cannot take, each with the reason.
    #[serde(default)]
    explain: bool,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next_cursor` of the page before. Ranks change as time passes: a job may come twice, or be passed over.
    cursor: Option<String>,
}

/// What the calling worker can take, best first.
#[utoipa::path(get, path = "/api/v1/jobs/available", tag = "jobs", params(AvailableQuery), security(("token" = [])),
    responses((status = 200, body = Page<AvailableJob>), (status = "default", body = ErrorEnvelope)))]
pub async fn available(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Query(query): Query<AvailableQuery>,
) -> ApiResult<Json<Page<AvailableJob>>> {
    let limit = paging::limit(query.limit)?;
    let after: u32 = paging::cursor(query.cursor.as_deref())?.unwrap_or(0);
    let part = Part {
        after: after as usize,
        limit: limit as usize,
    };
    let items = scheduler::available(&app, caller, query.explain, part).await?;
    Ok(Json(paging::page(items, limit, |_| {
        after.saturating_add(limit).to_string()
    })))
}
