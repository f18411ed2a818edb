//! How fast this computer renders, in one number.
//!
//! The score is millions of camera samples a second on a fixed scene, divided by what a small two-core computer reaches and
//! times 100: a score of 200 renders the same frame in half the time. See [`score`].

use crate::{
    Device, Installation, SandboxPolicy,
    blender_command::{blender, empty_write_dir},
    disk::Scratch,
    log_tail::LogTail,
    process::ProcessTree,
    progress::{Stage, parse},
    sandbox::{self, Access, NoSandbox, Sandbox},
};
use serde::{Deserialize, Serialize};
use std::{io, path::Path, time::Duration};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

const SCRIPT: &str = include_str!("benchmark.py");

/// Pixels of the benchmark's picture.
const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;
/// How long the measured render is meant to take.
const SECONDS: f64 = 4.0;
/// With start-up and scene building on a slow computer that has other work too.
const PATIENCE: Duration = Duration::from_mins(3);

/// The share of the benchmark before the measured render, as its script announces it.
const BEFORE: f32 = 0.4;

/// Samples a second that count as a score of 100: measured with Blender 3.4.1 on a virtual computer with two cores of an AMD EPYC.
pub(crate) const REFERENCE_SAMPLES_PER_SECOND: f64 = 600_000.0;

/// What the benchmark found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// 100 is a small two-core computer.
    pub score: u32,
    pub samples_per_second: f64,
    /// Of the whole benchmark.
    pub seconds: f64,
}

#[derive(Debug, thiserror::Error)]
pub enum BenchmarkError {
    #[error("cancelled")]
    Cancelled,
    #[error("the benchmark took longer than three minutes")]
    TimedOut,
    #[error("renders are not possible without a sandbox here: {0}")]
    NoSandbox(NoSandbox),
    #[error("Blender could not be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("Blender could not render the benchmark")]
    Failed { log_tail: String },
}

/// `100 × samples a second / REFERENCE_SAMPLES_PER_SECOND`, at least 1. A sample is one camera ray with all its bounces; a
/// picture of w × h pixels with n samples has w × h × n. For a processor the seconds are those of its threads divided by their
/// number, so that other work at the time of the benchmark does not count against the computer.
pub fn score(samples_per_second: f64) -> u32 {
    (samples_per_second / REFERENCE_SAMPLES_PER_SECOND * 100.0)
        .round()
        .max(1.0) as u32
}

#[derive(Serialize)]
struct Order<'a> {
    marker: &'a str,
    out_dir: &'a Path,
    width: u32,
    height: u32,
    seconds: f64,
    threads: Option<u32>,
    device_kind: &'static str,
    device_ids: Vec<&'a str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Progress { progress: f32 },
    Measured { samples: u32, seconds: f64 },
    Failed { error: String },
}

/// Renders the benchmark scene with Cycles. Takes about ten seconds. `devices` empty: the processor; `threads` `None`: all.
pub async fn benchmark(
    installation: &Installation,
    devices: &[Device],
    threads: Option<u32>,
    policy: SandboxPolicy,
    mut progress: impl FnMut(f32) + Send,
    cancel: CancellationToken,
) -> Result<Benchmark, BenchmarkError> {
    let sandbox = sandbox::choose(policy, installation).map_err(BenchmarkError::NoSandbox)?;
    let started = Instant::now();
    let folder = Scratch::new().map_err(BenchmarkError::NotStarted)?;
    let (mut process, marker) = start(installation, devices, threads, &*sandbox, folder.path()).await?;
    let deadline = started + PATIENCE;
    let mut log = LogTail::hiding(&[(&folder.path().to_owned(), "(work)")]);
    let mut measures = false;
    loop {
        let line = tokio::select! {
            biased;
            () = cancel.cancelled() => {
                process.kill().await;
                return Err(BenchmarkError::Cancelled);
            }
            line = timeout_at(deadline, process.line()) => line,
        };
        let Ok(line) = line else {
            process.kill().await;
            return Err(BenchmarkError::TimedOut);
        };
        let Some(line) = line else {
            process.kill().await;
            return Err(BenchmarkError::Failed { log_tail: log.text() });
        };
        let Some((_, message)) = line.split_once(&marker) else {
            // The last of the renders is the long one.
            if let Some(Stage::Sampling(share)) = parse(&line).map(|stats| stats.stage).filter(|_| measures) {
                progress(BEFORE + (1.0 - BEFORE) * share);
            }
            log.push(&line);
            continue;
        };
        match serde_json::from_str(message) {
            Ok(Message::Progress { progress: share }) => {
                measures = share >= BEFORE;
                progress(share);
            }
            Ok(Message::Measured { samples, seconds }) => {
                process.kill().await;
                let samples_per_second = f64::from(WIDTH * HEIGHT) * f64::from(samples) / seconds;
                progress(1.0);
                return Ok(Benchmark {
                    score: score(samples_per_second),
                    samples_per_second,
                    seconds: started.elapsed().as_secs_f64(),
                });
            }
            Ok(Message::Failed { error }) => log.push(&error),
            Err(error) => log.push(&error.to_string()),
        }
    }
}

async fn start(
    installation: &Installation,
    devices: &[Device],
    threads: Option<u32>,
    sandbox: &dyn Sandbox,
    write_dir: &Path,
) -> Result<(ProcessTree, String), BenchmarkError> {
    let program = installation.path.canonicalize().map_err(BenchmarkError::NotStarted)?;
    empty_write_dir(write_dir).map_err(BenchmarkError::NotStarted)?;
    let kind = devices.iter().map(|device| device.kind).find(|kind| kind.is_gpu());
    let access = Access {
        program: &program,
        scene_dir: None,
        also: &[],
        write_dir,
        gpu: kind.is_some(),
    };
    let (mut command, confined) = blender(sandbox, access, false).map_err(BenchmarkError::NotStarted)?;
    command.args(["--python-expr", SCRIPT]);
    let mut process = ProcessTree::start(command).await.map_err(BenchmarkError::NotStarted)?;
    let marker = uuid::Uuid::new_v4().simple().to_string();
    let order = Order {
        marker: &marker,
        out_dir: &confined.out_dir,
        width: WIDTH,
        height: HEIGHT,
        seconds: SECONDS,
        threads,
        device_kind: kind.map_or("CPU", crate::DeviceKind::blender_name),
        device_ids: devices
            .iter()
            .filter(|device| Some(device.kind) == kind)
            .map(|device| device.id.as_str())
            .collect(),
    };
    let order = serde_json::to_string(&order).unwrap_or_default();
    // When Blender is gone already its output tells why.
    let _ = process.send(&order).await;
    Ok((process, marker))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_proportional() {
        assert_eq!(score(REFERENCE_SAMPLES_PER_SECOND), 100);
        assert_eq!(score(2.5 * REFERENCE_SAMPLES_PER_SECOND), 250);
        assert_eq!(score(0.0), 1);
    }
}
