//! The log in the home, and panics in it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::Mutex,
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use veriframe_app::Home;

/// A longer log is set aside at the next start; one older file is kept.
const BYTES_AT_MOST: u64 = 5_000_000;
/// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,veriframe_app=debug`.
const LEVEL: &str = "LOG_LEVEL";

/// Starts logging into `HOME/logs/NAME.log`. Standard error stays free for what people read.
pub fn start(home: &Home, name: &str) -> io::Result<()> {
    let folder = home.root().join("logs");
    fs::create_dir_all(&folder)?;
    let file = open(&folder.join(format!("{name}.log")))?;
    let filter = EnvFilter::try_from_env(LEVEL).unwrap_or_else(|_| EnvFilter::new("info"));
    let to_file = fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    tracing_subscriber::registry()
        .with(filter)
        .with(to_file)
        .try_init()
        .map_err(io::Error::other)?;
    log_panics();
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > BYTES_AT_MOST) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// A panic is a fault of ours: it goes into the log with its place, and then where it went before.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = std::backtrace::Backtrace::force_capture();
        tracing::error!(place, payload = panic.payload_as_str().unwrap_or_default(), %backtrace, "panicked");
        before(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cli.log");
        fs::write(&path, vec![b'x'; BYTES_AT_MOST as usize + 1]).unwrap();
        drop(open(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert!(dir.path().join("cli.log.1").exists());
    }
}
