//! A true drag: another window offers a file, and the mouse carries it over.

use crate::display::Display;
use crate::program::Program;
use crate::root;
use crate::wait::{seconds, until};
use std::path::Path;
use std::time::Duration;

/// Carries `file` from a window of another program to the point `to` of the screen, and lets go of it there.
/// `over` is called while the file hangs over that point.
///
/// # Panics
/// When the other window does not appear, or the drag never begins or ends.
pub async fn drop_file(display: &Display, file: &Path, to: (i32, i32), over: impl AsyncFnOnce()) {
    let from = (2400, 1400);
    // Debian's own interpreter: the binding of GTK belongs to it.
    let mut source = display.plain_command("/usr/bin/python3");
    source.arg(root().join("tests/e2e/drag_source.py")).arg(file);
    source.args([from.0.to_string(), from.1.to_string()]);
    let source = Program::start("drag-source", source);
    let said = async |word: &str| {
        let what = format!("the drag source says “{word}”");
        until(&what, seconds(20), async || {
            source.stdout().contains(word).then_some(())
        })
        .await;
    };
    said("shown").await;
    let mouse = Mouse { display };
    let start = (from.0 + 60, from.1 + 50);
    mouse.move_to(start).await;
    mouse.act(&["mousedown", "1"]).await;
    // GTK begins a drag only after a few pixels with the button held.
    for step in 1..=4 {
        mouse.move_to((start.0 - 8 * step, start.1 - 6 * step)).await;
    }
    said("began").await;
    for step in 1..=8 {
        let part = |a: i32, b: i32| a + (b - a) * step / 8;
        mouse.move_to((part(start.0, to.0), part(start.1, to.1))).await;
    }
    mouse.move_to((to.0 + 2, to.1 + 2)).await;
    over().await;
    mouse.act(&["mouseup", "1"]).await;
    said("ended").await;
}

struct Mouse<'a> {
    display: &'a Display,
}

impl Mouse<'_> {
    async fn move_to(&self, (x, y): (i32, i32)) {
        self.act(&["mousemove", &x.to_string(), &y.to_string()]).await;
        // X delivers the movement to the programs only after xdotool was answered: the pace of a quick hand.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    async fn act(&self, arguments: &[&str]) {
        let status = self
            .display
            .plain_command("xdotool")
            .args(arguments)
            .status()
            .await
            .expect("xdotool is here");
        assert!(status.success(), "xdotool {arguments:?}");
    }
}
