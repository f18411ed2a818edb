use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    jobs,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::Job};

/// One job, with its task counts, cost so far and timeline.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path, description = "Job")),
    security(("token" = [])), responses((status = 200, body = Job), (status = "default", body = ErrorEnvelope)))]
pub async fn show(State(app): State<AppState>, Caller(caller): Caller, Path(id): Path<String>) -> ApiResult<Json<Job>> {
    let mut db = app.store.read().await?;
    let job = jobs::find_seen(&app, &mut db, &id, caller).await?;
    jobs::job_view(&mut db, &job).await.map(Json)
}
