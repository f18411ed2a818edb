//! The window: where it stands, what is dropped on it, what closing it means.

use crate::{backend::Backend, shell::events};
use std::path::Path;
use tauri::{App, AppHandle, DragDropEvent, Manager as _, WebviewWindowBuilder, Window, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;
use veriframe_app::{Home, view::AppEvent};

pub const MAIN: &str = "main";

/// Opens the window that `tauri.conf.json` describes. What the web view stores goes into the home with the rest.
pub fn open(app: &App, home: &Home) -> tauri::Result<()> {
    for config in &app.config().app.windows {
        WebviewWindowBuilder::from_config(app.handle(), config)?
            .data_directory(home.root().join("window"))
            .initialization_script(include_str!("report.js"))
            .initialization_script(include_str!("locale.js"))
            .build()?;
    }
    Ok(())
}

/// Restores place and size of the last run; kept in the home, because the plugin joins its file to a folder of its
/// own, and joining an absolute path gives that path.
pub fn remember_place(home: &Home) -> tauri::plugin::TauriPlugin<Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_filename(home.root().join("window.json").to_string_lossy())
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build()
}

pub fn bring_to_front(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        for outcome in [window.show(), window.unminimize(), window.set_focus()] {
            if let Err(error) = outcome {
                tracing::warn!(%error, "the window does not come to the front");
            }
        }
    }
}

pub fn on_event(window: &Window, event: &WindowEvent) {
    match event {
        WindowEvent::DragDrop(drag) => {
            if let Some(event) = dragged(drag) {
                events::send(window.app_handle(), &event);
            }
        }
        WindowEvent::CloseRequested { api, .. } if works(window.app_handle()) => {
            // What was begun goes on, for others or for oneself; the tray brings the window back, and quits.
            api.prevent_close();
            if let Err(error) = window.hide() {
                tracing::warn!(%error, "the window does not hide");
            }
        }
        _ => {}
    }
}

fn works(app: &AppHandle) -> bool {
    crate::shell::tray::is_shown(app)
        && app
            .state::<Backend>()
            .context_now()
            .is_some_and(|context| context.provider.is_on())
}

/// What the window is told about a drag.
fn dragged(drag: &DragDropEvent) -> Option<AppEvent> {
    match drag {
        DragDropEvent::Enter { paths, .. } => Some(AppEvent::DragEnter {
            names: paths.iter().filter_map(|path| file_name(path)).collect(),
        }),
        DragDropEvent::Leave => Some(AppEvent::DragLeave),
        // Several files at once: the scene among them, otherwise the first, so that its refusal can be read.
        DragDropEvent::Drop { paths, .. } => Some(match scene_among(paths) {
            Some(path) => AppEvent::OpenFile {
                path: path.to_string_lossy().into_owned(),
            },
            None => AppEvent::DragLeave,
        }),
        _ => None,
    }
}

fn scene_among(paths: &[std::path::PathBuf]) -> Option<&std::path::PathBuf> {
    paths
        .iter()
        .find(|path| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("blend")))
        .or(paths.first())
}

fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn dropped(paths: &[&str]) -> Option<AppEvent> {
        let paths = paths.iter().map(PathBuf::from).collect();
        dragged(&DragDropEvent::Drop {
            paths,
            position: (0.0, 0.0).into(),
        })
    }

    #[test]
    fn of_several_files_the_scene_is_opened() {
        let expected = AppEvent::OpenFile {
            path: "/a/b.BLEND".into(),
        };
        assert_eq!(dropped(&["/a/wood.png", "/a/b.BLEND"]), Some(expected));
    }

    #[test]
    fn a_file_that_is_no_scene_is_opened_to_be_refused_with_words() {
        assert_eq!(
            dropped(&["/a/wood.png"]),
            Some(AppEvent::OpenFile {
                path: "/a/wood.png".into()
            })
        );
    }

    #[test]
    fn an_empty_drop_only_ends_the_drag() {
        assert_eq!(dropped(&[]), Some(AppEvent::DragLeave));
    }
}
