use crate::{app::AppState, events::socket, limits::Asking};
use axum::{
    extract::{State, WebSocketUpgrade},
    response::Response,
};

/// Bytes of one message of a client.
const MESSAGE_BYTES: usize = 256 << 10;
/// Of each open socket; the library's own size is thirty times as much, for streams that never rest.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// The event stream: send `{"type": "authenticate", "token", "after_seq"?}`, then `{"type": "subscribe", "topics": [...]}`.
#[utoipa::path(get, path = "/api/v1/ws", tag = "events", responses(
    (status = 101, description = "A WebSocket of events; close code 4001 means: connect again with after_seq")
))]
pub async fn ws(State(app): State<AppState>, asking: Asking, upgrade: WebSocketUpgrade) -> Response {
    let tasks = app.tasks.clone();
    upgrade
        .max_message_size(MESSAGE_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(move |socket| tasks.track_future(socket::serve(app, asking, socket)))
}
