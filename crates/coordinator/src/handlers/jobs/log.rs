use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path, Query},
    handlers::paging,
    jobs, store,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{ErrorEnvelope, Page, job::LogLine};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Only of this frame.
    frame: Option<i32>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// The ends of Blender's output for each render, oldest first.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/log", tag = "jobs",
    params(("id" = String, Path, description = "Job"), LogQuery), security(("token" = [])),
    responses((status = 200, body = Page<LogLine>), (status = "default", body = ErrorEnvelope)))]
pub async fn log(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<LogQuery>,
) -> ApiResult<Json<Page<LogLine>>> {
    let limit = paging::limit(query.limit)?;
    let after = paging::cursor(query.cursor.as_deref())?.unwrap_or(0);
    let mut db = app.store.read().await?;
    let job = jobs::find_within(&app, &mut db, &id, caller).await?;
    let rows = store::job_log::page(&mut db, &job.id, query.frame, after, limit).await?;
    let last = rows.last().map(|(seq, _)| seq.to_string());
    let items = rows.into_iter().map(|(_, line)| line).collect();
    Ok(Json(paging::page(items, limit, |_| last.unwrap_or_default())))
}
