//! Opens a folder in the file manager of the desktop.

use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;
use veriframe_app::view::CommandError;

/// # Errors
/// `not_found` for what is no folder, so that a page can never start a program; `unreadable` when nothing opens it.
pub fn open(app: &AppHandle, path: &str) -> Result<(), CommandError> {
    let refused = |code: &str, message: String| CommandError {
        code: code.into(),
        message,
        hint: String::new(),
    };
    if !std::path::Path::new(path).is_dir() {
        return Err(refused(
            "not_found",
            format!("The folder “{path}” is not there any more."),
        ));
    }
    app.opener().open_path(path, None::<&str>).map_err(|error| {
        refused(
            "unreadable",
            format!("The folder “{path}” could not be opened: {error}."),
        )
    })
}
