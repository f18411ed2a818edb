//! The icon beside the clock: open, pause providing, quit.

use crate::{backend::Backend, shell::window};
use std::sync::Arc;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Wry};
use veriframe_app::{Context, provide, view::AppEvent, view::CommandError, view::ProviderState, view::StopMode};

const ID: &str = "veriframe";

/// The menu item whose words follow what the computer does.
struct PauseItem(MenuItem<Wry>);

/// A desktop without a tray is no reason not to start.
pub fn show(app: &AppHandle) {
    if let Err(error) = build(app) {
        tracing::info!(%error, "this desktop has no tray");
    }
}

pub fn is_shown(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, "open", "Open VeriFrame", true, None::<&str>)?;
    let pause = MenuItem::with_id(app, "pause", "Start providing", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let mut tray = TrayIconBuilder::with_id(ID)
        .tooltip("VeriFrame")
        .menu(&Menu::with_items(app, &[&open, &pause, &line, &quit])?)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => window::bring_to_front(app),
            "pause" => pause_or_start(app),
            "quit" => app.exit(0),
            _ => {}
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    app.manage(PauseItem(pause));
    Ok(())
}

/// Keeps the words of the menu true.
pub fn follow(app: &AppHandle, event: &AppEvent) {
    let (AppEvent::Provider(provider), Some(item)) = (event, app.try_state::<PauseItem>()) else {
        return;
    };
    let words = if provider.state == ProviderState::Off {
        "Start providing"
    } else {
        "Pause providing"
    };
    if let Err(error) = item.0.set_text(words) {
        tracing::debug!(%error, "the tray's menu keeps its old words");
    }
}

fn pause_or_start(app: &AppHandle) {
    let Some(context) = app.state::<Backend>().context_now() else {
        return;
    };
    let app = app.clone();
    context.clone().tasks.spawn_on(
        async move {
            if let Err(error) = toggle(&context).await {
                // Consent, for one, can only be given in the window.
                tracing::info!(%error, "providing was not switched from the tray");
                window::bring_to_front(&app);
            }
        },
        tauri::async_runtime::handle().inner(),
    );
}

async fn toggle(context: &Arc<Context>) -> Result<(), CommandError> {
    if context.provider.provides() {
        provide::stop_providing(context, StopMode::AfterFrame).await
    } else {
        provide::start_providing(context).await
    }
}
