use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json, Path},
    verification,
};
use axum::extract::State;
use veriframe_wire::{
    ErrorEnvelope,
    lease::{CompleteResponse, Completion},
};

/// Hands in finished frames, whose files must be in the content store: those of one lease, or one folder with a picture for
/// every task that the worker holds of the job. The same again is answered as before.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/complete", tag = "work", request_body = Completion,
    params(("id" = String, Path, description = "Job")), security(("token" = [])),
    responses((status = 200, body = CompleteResponse), (status = "default", body = ErrorEnvelope)))]
pub async fn complete(
    State(app): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    Json(completion): Json<Completion>,
) -> ApiResult<Json<CompleteResponse>> {
    let taken = match completion {
        Completion::Frames(request) => verification::complete(&app, caller, &id, request).await,
        Completion::Job(request) => verification::complete_job(&app, caller, &id, &request.result_cid).await,
    };
    taken.map(Json)
}
