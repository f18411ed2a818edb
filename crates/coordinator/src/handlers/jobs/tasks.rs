use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path, Query},
    handlers::paging::{self, bad_cursor},
    jobs, store,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use veriframe_wire::{
    ErrorEnvelope, Page,
    job::{Task, TaskKind},
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TasksQuery {
    kind: Option<TaskKind>,
    /// Only frames after this one.
    after: Option<i32>,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// The tasks of a job in order of their frame.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/tasks", tag = "jobs",
    params(("id" = String, Path, description = "Job"), TasksQuery), security(("token" = [])),
    responses((status = 200, body = Page<Task>), (status = "default", body = ErrorEnvelope)))]
pub async fn tasks(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Query(query): Query<TasksQuery>,
) -> ApiResult<Json<Page<Task>>> {
    let limit = paging::limit(query.limit)?;
    let after = start(&query)?;
    let mut db = app.store.read().await?;
    let job = jobs::find_within(&app, &mut db, &id, caller).await?;
    let rows = store::tasks::page(&mut db, &job.id, query.kind, after, limit).await?;
    let last = rows.last().map(|row| format!("{}:{}", row.frame, row.seq));
    let items = rows.into_iter().map(|row| jobs::task_view(&app, &job, row)).collect();
    Ok(Json(paging::page(items, limit, |_| last.unwrap_or_default())))
}

/// The place `(frame, number of the task)` after which the page begins. A cursor wins over `after`.
fn start(query: &TasksQuery) -> ApiResult<(i32, i64)> {
    let Some(cursor) = &query.cursor else {
        return Ok(query.after.map_or((i32::MIN, -1), |frame| (frame, i64::MAX)));
    };
    let (frame, seq) = cursor.split_once(':').ok_or_else(bad_cursor)?;
    Ok((
        frame.parse().map_err(|_| bad_cursor())?,
        seq.parse().map_err(|_| bad_cursor())?,
    ))
}
