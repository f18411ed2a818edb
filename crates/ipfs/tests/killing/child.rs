//! A program under way, and the moment at which it is killed.

use super::{Job, Remote, Trip};
use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// For one program, killed or not.
const DEADLINE: Duration = Duration::from_mins(1);
/// Between two looks at how much a program has written; a line or the other side's word comes at once.
const LOOK_EVERY: Duration = Duration::from_micros(100);

#[derive(Debug, Clone, Copy)]
pub enum Point {
    /// When the other side has seen this.
    Trip(Trip),
    /// When the program has made so many calls of the system that write.
    Writes(u64),
    /// When it has said so many lines and then this time has gone by.
    After(usize, Duration),
    /// It may come to its end.
    Never,
}

#[derive(Debug)]
pub enum Ending {
    Killed,
    /// It was done before.
    Finished,
}

enum Event {
    Line(String),
    Closed,
    Tripped,
}

/// Killed when dropped.
pub struct Running {
    child: Child,
    events: Receiver<Event>,
    sender: Sender<Event>,
    reader: Option<JoinHandle<()>>,
    /// What it has said.
    pub lines: Vec<String>,
    began: Instant,
}

impl Running {
    pub fn start(test: &str, job: &Job) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(Job::VARIABLE, serde_json::to_string(job).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, events) = mpsc::channel();
        let told = sender.clone();
        let reader = Some(thread::spawn(move || read_lines(output, &told)));
        Self {
            child,
            events,
            sender,
            reader,
            lines: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Waits until it has said this, or something that begins so.
    pub fn wait_for(&mut self, line: &str) {
        while !self.lines.iter().any(|said| said.starts_with(line)) {
            match self.events.recv_timeout(self.left()) {
                Ok(Event::Line(said)) => self.lines.push(said),
                Ok(Event::Tripped) => {}
                Ok(Event::Closed) | Err(_) => panic!("it never said {line:?}: {:?}", self.lines),
            }
        }
    }

    /// Kills it. Whatever it said before is known then.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.finish();
    }

    fn finish(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        let said = self.events.try_iter().filter_map(|event| match event {
            Event::Line(line) => Some(line),
            _ => None,
        });
        self.lines.extend(said);
        status
    }

    fn left(&self) -> Duration {
        DEADLINE.saturating_sub(self.began.elapsed())
    }

    fn is_at(&self, point: Point, said: Option<Instant>) -> bool {
        match point {
            Point::Trip(_) | Point::Never => false,
            Point::Writes(count) => writes_of(&self.child).is_none_or(|made| made >= count),
            Point::After(_, time) => said.is_some_and(|said| said.elapsed() >= time),
        }
    }

    /// How long until there is something to look at.
    fn patience(&self, point: Point, said: Option<Instant>) -> Duration {
        match (point, said) {
            (Point::Writes(_), _) => LOOK_EVERY,
            (Point::After(_, time), Some(said)) => time.saturating_sub(said.elapsed()),
            _ => self.left(),
        }
    }

    /// Waits for the point, and kills it there.
    pub fn until(&mut self, point: Point) -> Ending {
        let mut said = None;
        loop {
            if self.is_at(point, said) {
                self.kill();
                return Ending::Killed;
            }
            assert!(self.left() > Duration::ZERO, "stuck before {point:?}: {:?}", self.lines);
            match self.events.recv_timeout(self.patience(point, said)) {
                Ok(Event::Line(line)) => self.lines.push(line),
                Ok(Event::Tripped) => {
                    self.kill();
                    return Ending::Killed;
                }
                Ok(Event::Closed) => {
                    let status = self.finish();
                    assert!(status.success(), "it failed by itself: {:?}", self.lines);
                    return Ending::Finished;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("one sender is our own"),
            }
            if let Point::After(lines, _) = point
                && said.is_none()
                && self.lines.len() >= lines
            {
                said = Some(Instant::now());
            }
        }
    }

    pub fn time(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it up to the point. When this returns, the other side is done with all it was sent.
pub fn run_until(test: &str, job: &Job, remote: &Remote, point: Point) -> (Ending, Running) {
    let mut running = Running::start(test, job);
    if let Point::Trip(trip) = point {
        let sender = running.sender.clone();
        remote.arm(trip, move || {
            let _ = sender.send(Event::Tripped);
        });
    }
    let ending = running.until(point);
    remote.release();
    (ending, running)
}

/// Only what was said to the end counts. The harness of the tests says things, too; ours begin after a sign.
fn read_lines(output: impl Read, told: &Sender<Event>) {
    let mut output = BufReader::new(output);
    let mut line = String::new();
    while output.read_line(&mut line).is_ok_and(|length| length > 0) {
        if let Some(said) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("> ")) {
            let _ = told.send(Event::Line(said.to_owned()));
        }
        line.clear();
    }
    let _ = told.send(Event::Closed);
}

/// Calls that wrote something: `syscw` in `proc_pid_io(5)`. Where no such number is to be had, `None`.
fn writes_of(child: &Child) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/io", child.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("syscw:"))?;
    line.trim().parse().ok()
}
