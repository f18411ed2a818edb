//! Programs that are run to their end, and programs that run beside a test.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// Starts what follows it, and kills its own process group once nobody holds its standard input any more: the test
/// ended, in whatever way. Its own output is closed, so that the end of the output is the end of the program.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null & exec >/dev/null 2>&1; read -r _; kill -KILL 0"#;

/// Characters of a program's output that are kept for the message of a failed test.
const LOG: usize = 64 << 10;

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command, at_most: Duration) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let group = child.id();
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(at_most) else {
        kill_group(group);
        panic!("{command:?} did not end in {} s", at_most.as_secs());
    };
    output.expect("the output can be read")
}

/// Runs a program that is expected to succeed; its standard output.
pub(crate) fn run_well(command: &mut Command, at_most: Duration) -> String {
    let output = run(command, at_most);
    assert!(
        output.status.success(),
        "{command:?} failed with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("peers write UTF-8")
}

/// A program that runs until it is killed or dropped, with all that it started.
pub(crate) struct Daemon {
    supervisor: Child,
    /// Held open for as long as the program may run.
    _input: Option<ChildStdin>,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
    killed: bool,
}

/// The program ended before it said what was waited for.
#[derive(Debug)]
pub(crate) struct Ended;

impl Daemon {
    /// Program, arguments and environment are taken from `command`.
    pub fn start(command: &Command) -> Self {
        let mut supervised = Command::new("sh");
        supervised
            .args(["-c", UNTIL_INPUT_ENDS, "sh"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => supervised.env(name, value),
                None => supervised.env_remove(name),
            };
        }
        let mut supervisor = supervised
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let (sender, lines) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        let stdout = supervisor.stdout.take().expect("it is piped");
        let stderr = supervisor.stderr.take().expect("it is piped");
        follow(stdout, log.clone(), sender.clone());
        follow(stderr, log.clone(), sender);
        Self {
            _input: supervisor.stdin.take(),
            supervisor,
            lines,
            log,
            killed: false,
        }
    }

    /// The first line of the output, either stream, of which `find` makes something.
    pub fn wait_for<T>(&self, at_most: Duration, mut find: impl FnMut(&str) -> Option<T>) -> Result<T, Ended> {
        let deadline = Instant::now() + at_most;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    if let Some(found) = find(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Ended),
                Err(RecvTimeoutError::Timeout) => panic!("no answer in {} s\n{}", at_most.as_secs(), self.log()),
            }
        }
    }

    /// `kill -9` for the whole group; returns when none of it can write any more.
    pub fn kill(&mut self) {
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        kill_group(self.supervisor.id());
        let _ = self.supervisor.wait();
        let deadline = Instant::now() + Duration::from_secs(10);
        while self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
    }

    /// The end of what it wrote.
    pub fn log(&self) -> String {
        self.log.lock().expect("no reader panics").clone()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads on after nobody asks for lines any more, so that the program never waits for its pipe.
fn follow(stream: impl Read + Send + 'static, log: Arc<Mutex<String>>, lines: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).into_owned();
            let mut log = log.lock().expect("no reader panics");
            if log.len() > LOG {
                log.clear();
            }
            log.push_str(&line);
            log.push('\n');
            drop(log);
            let _ = lines.send(line);
        }
    });
}

fn kill_group(group: u32) {
    // The program of this name: the call itself would need `unsafe`.
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{group}")])
        .output();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_daemon_dies_with_all_that_it_started() {
        let mut daemon = Daemon::start(&shell("sleep 600 & echo id $!; wait"));
        let id = daemon
            .wait_for(PATIENCE, |line| line.strip_prefix("id ").map(str::to_owned))
            .unwrap();
        daemon.kill();
        let file = Path::new("/proc").join(id).join("stat");
        let deadline = Instant::now() + PATIENCE;
        // Gone, or a zombie that nobody has waited for; its pipe is closed a moment before.
        while let Ok(state) = std::fs::read_to_string(&file)
            && !state.contains(") Z ")
        {
            assert!(Instant::now() < deadline, "{state}");
            thread::yield_now();
        }
    }

    #[test]
    fn the_end_of_the_program_is_seen() {
        let daemon = Daemon::start(&shell("echo last words"));
        assert!(daemon.wait_for(PATIENCE, |_| None::<()>).is_err());
        assert_eq!(daemon.log(), "last words\n");
    }

    #[test]
    #[should_panic(expected = "did not end in 0 s")]
    fn patience_has_an_end() {
        run(&mut shell("sleep 600"), Duration::from_millis(50));
    }
}
