//! Time and memory of whole programs, and how they are told.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A figure that is a text.
pub fn report(name: &str, value: &str) {
    println!("{name:<60} {value}");
}

/// The shortest of a few runs: what the work takes, without what else the computer does.
pub async fn best_of(runs: usize, mut once: impl AsyncFnMut()) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        once().await;
        best = best.min(started.elapsed());
    }
    best
}

/// How long each of several runs took.
#[derive(Default)]
pub struct Runs(Vec<f64>);

impl Runs {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64());
        self.0.sort_by(f64::total_cmp);
    }

    /// Seconds.
    pub fn shortest(&self) -> f64 {
        self.0[0]
    }

    /// Seconds.
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 {
            self.0[middle]
        } else {
            f64::midpoint(self.0[middle - 1], self.0[middle])
        }
    }

    pub fn tell(&self, name: &str) {
        let (shortest, median) = (self.shortest(), self.median());
        let runs = self.0.len();
        report(name, &format!("{shortest:.2} s, median {median:.2} s of {runs}"));
    }
}

pub fn run_quietly(mut command: Command) {
    let status = command.stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success());
}

/// Runs a program to its end; how long that took, and what it said.
pub fn timed(mut command: Command) -> (Duration, String) {
    let started = Instant::now();
    let output = command.output().expect("it starts");
    let took = started.elapsed();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (took, said)
}

/// Runs a program to its end; megabytes that it had in memory at the most, as far as a look every 2 ms tells.
pub fn peak_memory_of(mut command: Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
    let mut peak = 0;
    let status = loop {
        let said = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or_default());
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(status.success());
    peak / 1024
}
