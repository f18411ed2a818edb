use super::{Answer, State};
use crate::shell::dialogs;
use tauri::AppHandle;
use veriframe_app::{earnings as topic, view::EarningsView};

#[tauri::command]
#[specta::specta]
pub async fn earnings(backend: State<'_>, days: u32) -> Answer<EarningsView> {
    topic::earnings(&backend.context().await?, days).await
}

/// The path of the file, or nothing when the dialog was closed.
#[tauri::command]
#[specta::specta]
pub async fn export_earnings(app: AppHandle, backend: State<'_>) -> Answer<Option<String>> {
    let Some(path) = dialogs::save_as(&app, "veriframe-earnings.csv").await else {
        return Ok(None);
    };
    topic::export_earnings(&backend.context().await?, path.clone()).await?;
    Ok(Some(path))
}
