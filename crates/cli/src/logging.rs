//! The log in the home, and panics in it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::Mutex,
};
use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, fmt::writer::BoxMakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use veriframe_app::Home;

/// A longer log is set aside at the next start; one older file is kept.
const BYTES_AT_MOST: u64 = 5_000_000;

/// The coordinator's line for each request.
const REQUESTS: &str = "veriframe_coordinator::requests=debug";

/// How much is logged, as what, and whither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,veriframe_app=debug`.
    pub level: String,
    /// One JSON object a line.
    pub json: bool,
    /// One line for each request that a coordinator answered.
    pub requests: bool,
    /// To standard error instead of a file.
    pub to_stderr: bool,
}

impl Log {
    /// Reads `LOG_LEVEL`, `LOG_FORMAT` and `LOG_TO`.
    pub fn chosen(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name| variable(name).unwrap_or_default();
        Self {
            level: read("LOG_LEVEL"),
            json: read("LOG_FORMAT") == "json",
            requests: read("LOG_REQUESTS") == "true",
            to_stderr: read("LOG_TO") == "stderr",
        }
    }
}

/// Starts logging into `HOME/logs/NAME.log`, so that standard error stays free for what people read.
pub fn start(home: &Home, name: &str, log: &Log) -> io::Result<()> {
    let filter = EnvFilter::try_new(&log.level).ok().filter(|_| !log.level.is_empty());
    let mut filter = filter.unwrap_or_else(|| EnvFilter::new("info"));
    if log.requests
        && let Ok(requests) = REQUESTS.parse()
    {
        filter = filter.add_directive(requests);
    }
    let writer = if log.to_stderr {
        BoxMakeWriter::new(io::stderr)
    } else {
        let folder = home.root().join("logs");
        fs::create_dir_all(&folder)?;
        BoxMakeWriter::new(Mutex::new(open(&folder.join(format!("{name}.log")))?))
    };
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    let lines = if log.json {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        lines.boxed()
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
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
