use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    events::socket,
    limits::Asking,
};
use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use veriframe_wire::ErrorEnvelope;

/// Bytes of one message of a client.
const MESSAGE_BYTES: usize = 256 << 10;
/// Of each open socket; the library's own size is thirty times as much, for streams that never rest.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// The event stream: send `{"type": "authenticate", "token", "after_seq"?}`, then `{"type": "subscribe", "topics": [...]}`.
#[utoipa::path(get, path = "/api/v1/ws", tag = "events", responses(
    (status = 101, description = "A WebSocket of events; close code 4001 means: connect again with after_seq"),
    (status = "default", body = ErrorEnvelope),
))]
pub async fn ws(
    State(app): State<AppState>,
    asking: Asking,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = upgrade.map_err(|rejection| {
        ApiError::invalid(rejection.body_text()).hint("Connect as a client of WebSockets, over HTTP/1.1.")
    })?;
    let tasks = app.tasks.clone();
    Ok(upgrade
        .max_message_size(MESSAGE_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(move |socket| tasks.track_future(socket::serve(app, asking, socket))))
}
