use crate::{app::AppState, extract::Json, health};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use veriframe_wire::health::{Health, Level, Probe};

/// Whether the parts answer, and how fast.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
pub async fn health(State(app): State<AppState>) -> Json<Health> {
    Json(health::look(&app).await)
}

/// Whether the program runs: for whoever starts it again when it does not.
#[utoipa::path(get, path = "/health/live", tag = "service", responses((status = 200, body = Probe)))]
pub async fn live() -> Json<Probe> {
    Json(Probe { status: Level::Ok })
}

/// Whether requests may be sent here: not without the database, and not while the coordinator ends.
#[utoipa::path(get, path = "/health/ready", tag = "service",
    responses((status = 200, body = Probe), (status = 503, body = Probe, description = "Send requests elsewhere")))]
pub async fn ready(State(app): State<AppState>) -> Response {
    let level = health::ready(&app).await;
    let status = if level == Level::Down {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    (status, Json(Probe { status: level })).into_response()
}
