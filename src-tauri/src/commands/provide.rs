use super::{Answer, State};
use veriframe_app::{
    provide as topic,
    view::{LimitsView, ProviderView, StopMode},
};

#[tauri::command]
#[specta::specta]
pub async fn provider(backend: State<'_>) -> Answer<ProviderView> {
    topic::provider(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn start_providing(backend: State<'_>) -> Answer<()> {
    topic::start_providing(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn stop_providing(backend: State<'_>, mode: StopMode) -> Answer<()> {
    topic::stop_providing(&backend.context().await?, mode).await
}

#[tauri::command]
#[specta::specta]
pub async fn snooze_providing(backend: State<'_>, minutes: u32) -> Answer<()> {
    topic::snooze_providing(&backend.context().await?, minutes).await
}

#[tauri::command]
#[specta::specta]
pub async fn consent_to_providing(backend: State<'_>) -> Answer<()> {
    topic::consent_to_providing(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_device(backend: State<'_>, id: String, enabled: bool) -> Answer<()> {
    topic::set_device(&backend.context().await?, &id, enabled).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_limits(backend: State<'_>, limits: LimitsView) -> Answer<()> {
    topic::set_limits(&backend.context().await?, limits).await
}

#[tauri::command]
#[specta::specta]
pub async fn rescan_blenders(backend: State<'_>) -> Answer<()> {
    topic::rescan_blenders(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn run_benchmark(backend: State<'_>) -> Answer<()> {
    topic::run_benchmark(&backend.context().await?).await
}
