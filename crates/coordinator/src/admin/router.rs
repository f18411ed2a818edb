//! Which path goes where on the operators' listener.

use super::{openapi, page};
use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::Caller,
    handlers::{admin, auth, jobs, workers, ws},
    router::guarded,
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use std::sync::Arc;
use veriframe_wire::{API_BASE, ErrorCode};

/// Bytes of a request.
const JSON_BYTES: usize = 64 << 10;

/// None of these paths is known to the public listener, but those of signing in and those that show the public things.
pub fn build(app: AppState) -> Router {
    let router = Router::new()
        .nest(API_BASE, for_operators(&app).merge(for_all()))
        .route("/openapi.json", get(openapi::serve))
        .fallback(page::serve);
    guarded(router, app, JSON_BYTES)
}

/// To become an operator's session; a socket asks for its token itself.
fn for_all() -> Router<AppState> {
    Router::new()
        .route("/auth/challenge", post(auth::challenge::challenge))
        .route("/auth/authenticate", post(auth::authenticate::authenticate))
        .route("/auth/refresh", post(auth::refresh::refresh))
        .route("/ws", get(ws::ws))
}

fn for_operators(app: &AppState) -> Router<AppState> {
    Router::new()
        .route("/admin/overview", get(admin::overview::overview))
        .route("/admin/queue", get(admin::queue::queue))
        .route("/admin/failures", get(admin::failures::failures))
        .route("/admin/money", get(admin::money::money))
        .route("/admin/transfers", get(admin::transfers::transfers))
        .route("/admin/workers", get(admin::workers::list))
        .route("/admin/workers/{address}", get(admin::workers::show))
        .route("/admin/workers/{address}/suspend", post(admin::suspend::suspend))
        .route("/admin/workers/{address}/lift", post(admin::suspend::lift))
        .route("/admin/work", get(admin::work::list))
        .route("/admin/work/{seq}/retry", post(admin::work::retry))
        .route("/admin/keys", get(admin::keys::list))
        .route("/admin/keys/rotate", post(admin::keys::rotate))
        .route("/admin/audit", get(admin::audit::audit))
        // What the public listener has too; an operator sees all of it.
        .route("/jobs", get(jobs::list::list))
        .route("/jobs/{id}", get(jobs::show::show))
        .route("/jobs/{id}/tasks", get(jobs::tasks::tasks))
        .route("/jobs/{id}/log", get(jobs::log::log))
        .route("/workers/stats/overview", get(workers::overview::overview))
        .route_layer(middleware::from_fn_with_state(Arc::clone(app), require))
}

async fn require(
    State(app): State<AppState>,
    Caller(caller): Caller,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    if app.is_operator(caller) {
        Ok(next.run(request).await)
    } else {
        Err(ApiError::new(ErrorCode::Forbidden, "This account is not an operator.")
            .hint("The coordinator's settings name the operators."))
    }
}
