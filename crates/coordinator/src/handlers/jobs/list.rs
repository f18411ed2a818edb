use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Query},
    handlers::paging,
    jobs,
    store::{
        self,
        jobs::{Filter, Start},
    },
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use veriframe_wire::{
    AddressText, ErrorEnvelope, Page,
    job::{Job, JobStatus},
};

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobsSort {
    #[default]
    Newest,
    Oldest,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    status: Option<JobStatus>,
    creator: Option<AddressText>,
    /// Somebody who holds or did a task of the job.
    worker: Option<AddressText>,
    /// `cycles`, `eevee`, `workbench`, or an add-on's own identifier.
    engine: Option<String>,
    #[serde(default)]
    #[param(inline, required = false)]
    sort: JobsSort,
    /// Rows wanted: 1 to 1000, 100 unless said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Jobs, newest first unless said.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(JobsQuery), security(("token" = [])),
    responses((status = 200, body = Page<Job>), (status = "default", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Query(query): Query<JobsQuery>,
) -> ApiResult<Json<Page<Job>>> {
    let limit = paging::limit(query.limit)?;
    let cursor: Option<i64> = paging::cursor(query.cursor.as_deref())?;
    let start = match query.sort {
        JobsSort::Newest => Start::Before(cursor.unwrap_or(i64::MAX)),
        JobsSort::Oldest => Start::After(cursor.unwrap_or(0)),
    };
    let filter = Filter {
        status: query.status,
        creator: query.creator.map(|address| address.0),
        worker: query.worker.map(|address| address.0),
        engine: query.engine,
        seen_by: (!app.is_operator(caller)).then_some(caller),
    };
    let mut db = app.store.read().await?;
    let rows = store::jobs::page(&mut db, &filter, start, limit).await?;
    let last = rows.last().map(|row| row.seq.to_string());
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        items.push(jobs::job_view(&mut db, row).await?);
    }
    Ok(Json(paging::page(items, limit, |_| last.unwrap_or_default())))
}
