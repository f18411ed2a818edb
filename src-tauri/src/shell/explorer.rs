//! Shows a transaction in the browser.

use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt as _;
use veriframe_app::view::CommandError;

/// `address` is made by the program, never by a page.
pub fn open(app: &AppHandle, address: &str) -> Result<(), CommandError> {
    app.opener()
        .open_url(address, None::<&str>)
        .map_err(|error| CommandError {
            code: "unreadable".into(),
            message: format!("The browser could not be opened: {error}."),
            hint: address.to_owned(),
        })
}
