use super::{Answer, State};
use veriframe_app::{
    settings as topic, store,
    view::{DoctorReport, SettingsView, StorageView},
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

#[tauri::command]
#[specta::specta]
pub async fn storage(backend: State<'_>) -> Answer<StorageView> {
    store::storage(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn clean_storage(backend: State<'_>) -> Answer<String> {
    store::clean_storage(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_pinning_token(backend: State<'_>, url: String, token: String) -> Answer<bool> {
    store::set_pinning_token(&backend.context().await?, url, token).await
}

#[tauri::command]
#[specta::specta]
pub async fn forget_pinning_token(backend: State<'_>, url: String) -> Answer<()> {
    store::forget_pinning_token(&backend.context().await?, url).await
}

#[tauri::command]
#[specta::specta]
pub async fn test_pinning(backend: State<'_>, url: String) -> Answer<()> {
    store::test_pinning(&backend.context().await?, url).await
}
