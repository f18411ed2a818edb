//! The window: how soon it is there, and what it takes while nobody uses it, beside a bare one of the same system.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::Command;
use veriframe_peers::Figure;
use veriframe_tests::display::Display;
use veriframe_tests::processes;
use veriframe_tests::program::{self, Program};
use veriframe_tests::root;
use veriframe_tests::wait::{seconds, until};

const STARTS: usize = 3;
const LOOK_EVERY: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread")]
async fn the_window_at_rest() {
    let display = Display::open().await;
    let bare = Opened::measure(&display, "bench-bare-window", bare_window, |_, program| {
        program.stdout().contains("painted")
    })
    .await;
    let ours = Opened::measure(&display, "bench-window", our_window, |home, _| {
        fs::read_to_string(home.join("logs/desktop.log")).is_ok_and(|log| log.contains("first paint"))
    })
    .await;
    let peer = "a bare WebKit window";
    Figure::new("cold start of the window to first paint", ours.paint, "ms").at_most(1.2, peer, bare.paint);
    Figure::new("memory at rest, with WebKit's processes (PSS)", ours.memory, "MB").at_most(1.25, peer, bare.memory);
    let size = |path: &Path| fs::metadata(path).expect("built").len() as f64 / 1e6;
    Figure::new("the window's program", size(&program::window()), "MB").tell();
    Figure::new("the command line's program", size(&program::command()), "MB").tell();
}

/// A window on a home of its own.
struct Opened {
    /// Milliseconds, the shortest of a few.
    paint: f64,
    /// Megabytes at rest.
    memory: f64,
}

impl Opened {
    async fn measure(
        display: &Display,
        name: &str,
        command: impl Fn(&Display, &Path) -> Command,
        is_painted: impl Fn(&Path, &Program) -> bool,
    ) -> Self {
        let (mut paint, mut memory) = (f64::MAX, 0.0);
        for _ in 0..STARTS {
            let home = TempDir::new().expect("a folder");
            let started = Instant::now();
            let window = Program::start(name, command(display, home.path()));
            while !is_painted(home.path(), &window) {
                assert!(started.elapsed() < seconds(60), "no first paint\n{}", window.tail());
                tokio::time::sleep(LOOK_EVERY).await;
            }
            paint = paint.min(started.elapsed().as_secs_f64() * 1000.0);
            memory = at_rest(home.path()).await;
        }
        Self { paint, memory }
    }
}

fn our_window(display: &Display, home: &Path) -> Command {
    let mut command = display.command(&program::window().to_string_lossy());
    command
        .env("VERIFRAME_HOME", home)
        .env("HOME", home)
        .env("LOG_LEVEL", "info");
    program::alone(&mut command);
    command
}

fn bare_window(display: &Display, home: &Path) -> Command {
    // The system's own: others do not see its packages.
    let mut command = display.command("/usr/bin/python3");
    command.arg(root().join("tests/bench/bare.py")).env("HOME", home);
    command
}

/// Megabytes: the same figure twice, two seconds apart.
async fn at_rest(home: &Path) -> f64 {
    let mut before = 0;
    let kilobytes = until("memory is steady", seconds(60), async || {
        tokio::time::sleep(seconds(2)).await;
        let now = memory_of(home);
        let steady = now.abs_diff(before) < 1024;
        before = now;
        steady.then_some(now)
    })
    .await;
    kilobytes as f64 / 1024.0
}

/// Kilobytes that the app and WebKit's processes for it hold, shared pages counted in parts.
fn memory_of(home: &Path) -> u64 {
    let processes = processes::that_use(home);
    let ours = processes.iter().filter(|(_, name)| {
        ["veriframe", "WebKit", "python3"]
            .iter()
            .any(|start| name.starts_with(start))
    });
    ours.filter_map(|(id, _)| {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    })
    .sum()
}
