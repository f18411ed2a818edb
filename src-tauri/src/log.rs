//! The log of the app: standard error, and a file in the home that the doctor's report points at.

use anyhow::Context as _;
use std::fs::{self, OpenOptions};
use std::sync::Mutex;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};
use veriframe_app::Home;

/// Above this the log of earlier runs is set aside; one older file is kept.
const MAX_BYTES: u64 = 5_000_000;

pub fn start(home: &Home) -> anyhow::Result<()> {
    let folder = home.root().join("logs");
    fs::create_dir_all(&folder).context("the folder for the log cannot be made")?;
    let path = folder.join("desktop.log");
    if fs::metadata(&path).is_ok_and(|found| found.len() > MAX_BYTES) {
        fs::rename(&path, path.with_extension("log.1")).context("the log cannot be set aside")?;
    }
    let file = OpenOptions::new().create(true).append(true).open(&path).context("the log cannot be opened")?;
    let filter = EnvFilter::try_from_env("LOG_LEVEL").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(std::io::stderr))
        .with(fmt::layer().with_ansi(false).with_writer(Mutex::new(file)))
        .init();
    Ok(())
}
