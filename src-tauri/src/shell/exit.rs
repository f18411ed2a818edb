//! The end: Blender is stopped and leases are given back before the process goes.

use crate::backend::Backend;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Manager as _, RunEvent};

/// A Blender that does not end, or a coordinator that does not answer, must not keep the app open.
const AT_MOST: Duration = Duration::from_secs(10);

pub fn on_event(app: &AppHandle, event: RunEvent) {
    if let RunEvent::ExitRequested { api, .. } = event {
        if app.state::<Closed>().0.load(Ordering::Acquire) {
            return;
        }
        api.prevent_exit();
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if tokio::time::timeout(AT_MOST, app.state::<Backend>().shutdown())
                .await
                .is_err()
            {
                tracing::warn!("the app ends although something still runs");
            }
            app.state::<Closed>().0.store(true, Ordering::Release);
            app.exit(0);
        });
    }
}

/// Whether everything has ended, so that the second request to exit goes through.
#[derive(Default)]
pub struct Closed(AtomicBool);
