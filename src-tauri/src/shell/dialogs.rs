//! The desktop's own file dialogs. Each answers the chosen path, or nothing when it was closed.

use crate::shell::window;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{DialogExt as _, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

pub async fn scene_file(app: &AppHandle) -> Option<String> {
    let dialog = dialog(app)
        .set_title("Choose a scene")
        .add_filter("Blender scenes", &["blend"]);
    answer(|tell| dialog.pick_file(tell)).await
}

pub async fn file(app: &AppHandle, title: &str) -> Option<String> {
    let dialog = dialog(app).set_title(title);
    answer(|tell| dialog.pick_file(tell)).await
}

pub async fn folder(app: &AppHandle, title: &str) -> Option<String> {
    let dialog = dialog(app).set_title(title);
    answer(|tell| dialog.pick_folder(tell)).await
}

pub async fn save_as(app: &AppHandle, name: &str) -> Option<String> {
    let dialog = dialog(app).set_file_name(name);
    answer(|tell| dialog.save_file(tell)).await
}

fn dialog(app: &AppHandle) -> FileDialogBuilder<tauri::Wry> {
    let dialog = app.dialog().file();
    match app.get_webview_window(window::MAIN) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

type Tell = Box<dyn FnOnce(Option<FilePath>) + Send>;

async fn answer(show: impl FnOnce(Tell)) -> Option<String> {
    let (tell, told) = oneshot::channel();
    show(Box::new(move |path| {
        // The window may be gone by the time the dialog is answered.
        let _ = tell.send(path);
    }));
    let path = told.await.ok()??.into_path().ok()?;
    Some(path.to_string_lossy().into_owned())
}
