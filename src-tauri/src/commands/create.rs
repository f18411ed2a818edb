use super::{Answer, State};
use veriframe_app::{
    create as topic,
    view::{CheckView, EstimateView, JobSettings, Located, QuoteView, RecentFile, SceneView, TestFrameView},
};

#[tauri::command]
#[specta::specta]
pub async fn inspect_scene(
    backend: State<'_>,
    path: String,
    scene: String,
    located: Vec<Located>,
) -> Answer<SceneView> {
    topic::inspect_scene(&backend.context().await?, path, scene, located).await
}

#[tauri::command]
#[specta::specta]
pub async fn search_missing(path: String, folder: String) -> Answer<Vec<Located>> {
    topic::search_missing(path, folder).await
}

#[tauri::command]
#[specta::specta]
pub async fn estimate(backend: State<'_>, settings: JobSettings) -> Answer<EstimateView> {
    topic::estimate(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn render_test_frame(backend: State<'_>, settings: JobSettings) -> Answer<TestFrameView> {
    topic::render_test_frame(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn time_scene(backend: State<'_>, settings: JobSettings) -> Answer<()> {
    topic::time_scene(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn check_packed(backend: State<'_>, settings: JobSettings) -> Answer<CheckView> {
    topic::check_packed(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn quote_job(backend: State<'_>, settings: JobSettings) -> Answer<QuoteView> {
    topic::quote_job(&backend.context().await?, settings).await
}

#[tauri::command]
#[specta::specta]
pub async fn post_job(backend: State<'_>, settings: JobSettings, fee_most: String) -> Answer<String> {
    topic::post_job(&backend.context().await?, settings, fee_most).await
}

#[tauri::command]
#[specta::specta]
pub async fn recent_files(backend: State<'_>) -> Answer<Vec<RecentFile>> {
    topic::recent_files(&backend.context().await?).await
}

#[tauri::command]
#[specta::specta]
pub async fn forget_recent(backend: State<'_>, path: String) -> Answer<()> {
    topic::forget_recent(&backend.context().await?, path).await
}

#[tauri::command]
#[specta::specta]
pub async fn sample_scene(backend: State<'_>) -> Answer<String> {
    topic::sample_scene(&backend.context().await?).await
}
