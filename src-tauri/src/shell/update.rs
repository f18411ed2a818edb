//! Updates: only in builds whose configuration names a signing key and an address (see docs/SECURITY.md). The
//! repository has neither, so a build from source never looks for updates.

use tauri::AppHandle;

/// Looks once, in the background, and tells the window when there is a newer version.
pub fn start(app: &AppHandle) -> anyhow::Result<()> {
    if !is_configured(app) {
        tracing::debug!("this build has no update key: it does not look for updates");
        return Ok(());
    }
    app.plugin(tauri_plugin_updater::Builder::new().build())?;
    let app = app.clone();
    // Ends by itself after one request; nothing depends on it.
    tauri::async_runtime::spawn(async move {
        match look(&app).await {
            Ok(Some(version)) => crate::shell::events::send(
                &app,
                &veriframe_app::view::AppEvent::Notice {
                    tone: "info".into(),
                    title: format!("VeriFrame {version} is there"),
                    detail: "Install it when no job runs on this computer.".into(),
                    job: String::new(),
                },
            ),
            Ok(None) => {}
            Err(error) => tracing::info!(%error, "no answer about updates"),
        }
    });
    Ok(())
}

async fn look(app: &AppHandle) -> tauri_plugin_updater::Result<Option<String>> {
    use tauri_plugin_updater::UpdaterExt as _;
    Ok(app.updater()?.check().await?.map(|update| update.version))
}

fn is_configured(app: &AppHandle) -> bool {
    let updater = app.config().plugins.0.get("updater");
    updater
        .and_then(|config| config["pubkey"].as_str())
        .is_some_and(|key| !key.is_empty())
}
