//! Scenes that come from outside: a program argument, *open with*, or a second start while the app runs.

use crate::shell::{events, window};
use std::path::Path;
use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use veriframe_app::{Home, view::AppEvent};

/// The first argument that is not an option, as an absolute path. `file://` addresses come from file managers.
pub fn scene_in(arguments: impl Iterator<Item = String>, folder: &Path) -> Option<String> {
    let argument = arguments
        .into_iter()
        .find(|argument| !argument.is_empty() && !argument.starts_with('-'))?;
    let path = match tauri::Url::parse(&argument) {
        Ok(address) if address.scheme() == "file" => address.to_file_path().ok()?,
        _ => folder.join(argument),
    };
    Some(path.to_string_lossy().into_owned())
}

/// One app per home: a second start hands its scene over to the first and ends.
pub fn single_instance(home: &Home) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(format!("org.veriframe.desktop.home_{}", name_of(home.root())))
        .callback(|app, arguments, folder| {
            window::bring_to_front(app);
            if let Some(path) = scene_in(arguments.into_iter().skip(1), Path::new(&folder)) {
                open(app, path);
            }
        })
        .build()
}

/// Tells the window to open a scene.
pub fn open(app: &AppHandle, path: String) {
    events::send(app, &AppEvent::OpenFile { path });
}

/// A word that is the same for the same folder, made of what a D-Bus name may hold: 64-bit FNV-1a.
fn name_of(folder: &Path) -> String {
    let hash = folder
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(arguments: &[&str]) -> Option<String> {
        scene_in(arguments.iter().map(ToString::to_string), Path::new("/home/ada"))
    }

    #[test]
    fn a_relative_path_is_relative_to_where_the_app_was_called() {
        assert_eq!(
            scene(&["scenes/Bowling.blend"]).as_deref(),
            Some("/home/ada/scenes/Bowling.blend")
        );
    }

    #[test]
    fn an_absolute_path_stays() {
        assert_eq!(scene(&["/data/a b.blend"]).as_deref(), Some("/data/a b.blend"));
    }

    #[test]
    fn a_file_address_becomes_a_path() {
        assert_eq!(scene(&["file:///data/a%20b.blend"]).as_deref(), Some("/data/a b.blend"));
    }

    #[test]
    fn options_are_not_scenes() {
        assert_eq!(scene(&["--flag"]), None);
        assert_eq!(scene(&[]), None);
    }

    #[test]
    fn two_homes_have_two_names() {
        assert_ne!(name_of(Path::new("/a")), name_of(Path::new("/b")));
    }
}
