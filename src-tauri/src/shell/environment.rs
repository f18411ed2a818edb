//! What must be set before the first thread and the first window.

use anyhow::Context as _;

/// With NVIDIA's driver WebKitGTK shows a blank window unless its DMA-BUF renderer is off. Whoever sets the variable,
/// to whatever, knows better.
#[cfg(target_os = "linux")]
const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Setting a variable in a running process is unsound when another thread reads it, so the program replaces itself
/// once, by `execve`, with the variable set: the process keeps its number, its parent and its arguments.
///
/// # Errors
/// When the program cannot be started again.
#[cfg(target_os = "linux")]
pub fn prepare() -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt as _;
    if std::env::var_os(RENDERER).is_some() {
        return Ok(());
    }
    let program = std::env::current_exe().context("where is this program?")?;
    let error = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(RENDERER, "1")
        .exec();
    Err(error).context("the program cannot be started with the renderer switched")
}

#[cfg(not(target_os = "linux"))]
pub fn prepare() -> anyhow::Result<()> {
    Ok(())
}
