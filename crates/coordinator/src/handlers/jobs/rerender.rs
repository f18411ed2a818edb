use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    jobs,
};
use axum::extract::State;
use veriframe_wire::{ErrorEnvelope, job::Task};

/// Has a paid frame rendered once more, for the price of a frame, within the cap.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/tasks/{task}/rerender", tag = "jobs",
    params(("id" = String, Path, description = "Job"), ("task" = String, Path, description = "Task of a frame")),
    security(("token" = [])), responses((status = 200, body = Task), (status = "default", body = ErrorEnvelope)))]
pub async fn rerender(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path((id, task)): Path<(String, String)>,
) -> ApiResult<Json<Task>> {
    jobs::rerender(&app, caller, &id, &task).await.map(Json)
}
