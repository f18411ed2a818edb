//! Desktop notifications: a job ended while the window was not looked at.

use crate::shell::window;
use std::sync::Arc;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_notification::NotificationExt as _;
use veriframe_app::{Context, settings, view::AppEvent};

pub async fn follow(app: &AppHandle, context: &Arc<Context>, event: &AppEvent) {
    let AppEvent::Notice { title, detail, job, .. } = event else {
        return;
    };
    if job.is_empty() || is_looked_at(app) {
        return;
    }
    match settings::settings(context).await {
        Ok(settings) if settings.notify_job_ended => show(app, title, detail),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the settings cannot be read"),
    }
}

fn is_looked_at(app: &AppHandle) -> bool {
    app.get_webview_window(window::MAIN)
        .is_some_and(|window| window.is_focused().unwrap_or(false))
}

fn show(app: &AppHandle, title: &str, detail: &str) {
    if let Err(error) = app.notification().builder().title(title).body(detail).show() {
        tracing::info!(%error, "this desktop shows no notifications");
    }
}
