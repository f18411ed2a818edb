use super::{Answer, State};
use veriframe_app::{
    settings as topic,
    view::{DoctorReport, SettingsView},
};

#[tauri::command]
#[specta::specta]
pub async fn settings(backend: State<'_>) -> Answer<SettingsView> {
    topic::settings(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_settings(backend: State<'_>, settings: SettingsView) -> Answer<SettingsView> {
    topic::save_settings(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn doctor(backend: State<'_>) -> Answer<DoctorReport> {
    topic::doctor(&backend.context().await?).await
}
