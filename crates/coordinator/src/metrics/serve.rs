//! `GET /metrics`, on the public listener where an operator wants it there, and on one of its own.

use crate::{app::AppState, handlers::health, request_id};
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;
use tokio::net::TcpListener;

/// What OpenMetrics calls its text.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub async fn serve(State(app): State<AppState>) -> Response {
    let text = app.metrics.text(&app).await;
    ([(header::CONTENT_TYPE, TEXT)], text).into_response()
}

/// Serves what an operator's programs read until the coordinator has ended.
pub async fn listen(app: AppState, listener: TcpListener) {
    let routes = Router::new()
        .route("/metrics", get(serve))
        .route("/health", get(health::health))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(request_id::no_such_path)
        .with_state(Arc::clone(&app));
    let ended = app.shutdown.clone().cancelled_owned();
    if let Err(error) = axum::serve(listener, routes).with_graceful_shutdown(ended).await {
        tracing::error!(%error, "the listener of the metrics stopped");
    }
}
