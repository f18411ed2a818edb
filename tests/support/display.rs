//! A screen that nobody sees: Xvfb with a window manager, and a D-Bus session for the app.

use crate::program::Program;
use crate::wait::{seconds, until};
use std::{path::Path, time::Duration};
use tokio::process::Command;

/// Larger than the largest window that is photographed.
const SCREEN: &str = "2720x1600x24";

pub struct Display {
    /// Such as `:3`.
    pub name: String,
    _window_manager: Program,
    server: Program,
}

impl Display {
    /// Starts a server on a free display.
    pub async fn open() -> Self {
        let mut server = Command::new("Xvfb");
        server.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            SCREEN,
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        let server = Program::start("xvfb", server);
        let number = until("Xvfb says its display", seconds(20), async || {
            server
                .stdout()
                .lines()
                .next()
                .and_then(|line| line.trim().parse::<u32>().ok())
        })
        .await;
        let name = format!(":{number}");
        let mut window_manager = Command::new("openbox");
        window_manager.env("DISPLAY", &name);
        let window_manager = Program::start("openbox", window_manager);
        Self {
            name,
            _window_manager: window_manager,
            server,
        }
    }

    /// Types a path into a file dialog of the system and confirms it.
    ///
    /// # Panics
    /// When no window with that title appears, or it stays.
    pub async fn type_into_dialog(&self, title: &str, path: &Path) {
        let window = until(&format!("a dialog “{title}”"), seconds(30), async || {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", title]).await;
            found.lines().next().map(str::to_owned)
        })
        .await;
        let path = path.to_string_lossy();
        until("the dialog is gone", seconds(60), async || {
            self.xdotool(&["windowactivate", "--sync", &window]).await;
            // A slash opens the field for the path, which takes the whole of it only once it is there.
            for keys in [
                &["key", "slash"][..],
                &["key", "ctrl+a"],
                &["type", "--delay", "20", &path],
                &["key", "Return"],
            ] {
                self.xdotool(keys).await;
                tokio::time::sleep(Duration::from_millis(400)).await;
            }
            let left = self.xdotool(&["search", "--onlyvisible", "--name", title]).await;
            left.is_empty().then_some(())
        })
        .await;
    }

    async fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command = self.plain_command("xdotool");
        let output = command.args(arguments).output().await.expect("xdotool starts");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A command on this display, with a D-Bus session of its own, and no sign of the tester's own desktop.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("dbus-run-session");
        command.args(["--", program]);
        self.prepare(&mut command);
        command
    }

    /// A command on this display.
    pub fn plain_command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            // Pictures of pages are the same everywhere, and no frame of software rendering is lost to a GPU that is not there.
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("GDK_BACKEND", "x11")
            .env("LANG", "C.UTF-8")
            .env("NO_AT_BRIDGE", "1");
    }

    /// # Panics
    /// When the server has ended.
    pub fn assert_alive(&mut self) {
        assert!(self.server.ended().is_none(), "Xvfb ended\n{}", self.server.tail());
    }
}
