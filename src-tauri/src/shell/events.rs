//! What the use cases say, passed on to the window as one event.

use crate::shell::{notify, tray, window};
use std::sync::Arc;
use tauri::{AppHandle, Emitter as _};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use veriframe_app::{Context, view::AppEvent};

const NAME: &str = "app-event";

pub fn send(app: &AppHandle, event: &AppEvent) {
    if let Err(error) = app.emit_to(window::MAIN, NAME, event) {
        tracing::warn!(%error, "the window was not told");
    }
}

/// Until `shutdown`.
pub async fn pass_on(app: &AppHandle, context: &Arc<Context>, shutdown: &CancellationToken) {
    let mut events = context.events.subscribe();
    loop {
        let event = tokio::select! {
            () = shutdown.cancelled() => return,
            event = events.recv() => event,
        };
        match event {
            Ok(event) => {
                send(app, &event);
                tray::follow(app, &event);
                notify::follow(app, context, &event).await;
            }
            // Each event holds the newest state of its subject, so the next one makes up for it.
            Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "the window is slower than its events"),
            Err(RecvError::Closed) => return,
        }
    }
}
