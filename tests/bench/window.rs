//! The window: how soon it is there, and what it takes while nobody uses it.

use crate::measure::report;
use std::fs;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;
use veriframe_tests::display::Display;
use veriframe_tests::processes;
use veriframe_tests::program::{self, Program};
use veriframe_tests::wait::{seconds, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_window_at_rest() {
    let home = TempDir::new().expect("a folder");
    let display = Display::open().await;
    let mut window = display.command(&program::window().to_string_lossy());
    window
        .env("VERIFRAME_HOME", home.path())
        .env("HOME", home.path())
        .env("LOG_LEVEL", "info");
    let started = Instant::now();
    let _window = Program::start("bench-window", window);
    let log = home.path().join("logs/desktop.log");
    let painted = async || fs::read_to_string(&log).ok()?.contains("first paint").then_some(());
    until("the first paint", seconds(60), painted).await;
    report(
        "cold start of the window to first paint",
        &format!("{} ms", started.elapsed().as_millis()),
    );
    // At rest: the same figure twice, two seconds apart.
    let mut before = 0;
    let memory = until("memory is steady", seconds(60), async || {
        tokio::time::sleep(seconds(2)).await;
        let now = memory_of(home.path());
        let steady = now.abs_diff(before) < 1024;
        before = now;
        steady.then_some(now)
    })
    .await;
    report(
        "memory at rest, with WebKit's processes (PSS)",
        &format!("{} MB", memory / 1024),
    );
    let size = |path: &Path| fs::metadata(path).expect("built").len() / 1_000_000;
    report("the window's program", &format!("{} MB", size(&program::window())));
    report(
        "the command line's program",
        &format!("{} MB", size(&program::command())),
    );
    drop(display);
}

/// Kilobytes that the app and WebKit's processes for it hold, shared pages counted in parts.
fn memory_of(home: &Path) -> u64 {
    let processes = processes::that_use(home);
    let ours = processes
        .iter()
        .filter(|(_, name)| name.starts_with("veriframe") || name.starts_with("WebKit"));
    ours.filter_map(|(id, _)| {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    })
    .sum()
}
