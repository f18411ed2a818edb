use super::{Answer, State};
use crate::shell::{dialogs, folder};
use tauri::AppHandle;
use veriframe_app::{status as topic, view::StatusView};

#[tauri::command]
#[specta::specta]
pub async fn status(backend: State<'_>) -> Answer<StatusView> {
    topic::status(&backend.context().await?).await
}

/// The scene the app was started with; given once.
#[tauri::command]
#[specta::specta]
pub async fn startup_file(backend: State<'_>) -> Answer<Option<String>> {
    Ok(backend.take_asked_to_open())
}

/// The window shows its first page.
#[tauri::command]
#[specta::specta]
pub async fn first_paint(backend: State<'_>) -> Answer<()> {
    tracing::info!(milliseconds = backend.age().as_millis(), "first paint");
    Ok(())
}

/// Something went wrong inside the page; see `shell/report.js`.
#[tauri::command]
#[specta::specta]
pub async fn report_page_error(message: String) -> Answer<()> {
    tracing::error!(message, "the page reports an error");
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn open_folder(app: AppHandle, path: String) -> Answer<()> {
    folder::open(&app, &path)
}

#[tauri::command]
#[specta::specta]
pub async fn choose_scene_file(app: AppHandle) -> Answer<Option<String>> {
    Ok(dialogs::scene_file(&app).await)
}

#[tauri::command]
#[specta::specta]
pub async fn choose_file(app: AppHandle, title: String) -> Answer<Option<String>> {
    Ok(dialogs::file(&app, &title).await)
}

#[tauri::command]
#[specta::specta]
pub async fn choose_folder(app: AppHandle, title: String) -> Answer<Option<String>> {
    Ok(dialogs::folder(&app, &title).await)
}
