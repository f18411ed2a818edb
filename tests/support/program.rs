//! A program under test: its output goes to a log, and it ends with the test.

use crate::http::answers;
use crate::output;
use crate::wait::{seconds, until};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// The `veriframe` under test; `./dev` says where it is.
pub fn command() -> PathBuf {
    built("VERIFRAME_COMMAND", "veriframe")
}

/// The window under test.
pub fn window() -> PathBuf {
    built("VERIFRAME_WINDOW", "veriframe-desktop")
}

fn built(variable: &str, name: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(
        || {
            // The test itself lies in TARGET/PROFILE/deps.
            let test = std::env::current_exe().expect("this test has a path");
            test.ancestors().nth(2).expect("the folder of its profile").join(name)
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "{} is not built: run `./dev only` or `./dev test`",
        path.display()
    );
    path
}

pub struct Program {
    name: String,
    child: Child,
    /// Everything that it starts is in it.
    group: u32,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Program {
    /// Starts `command` with its output in `NAME.{out,err}`, in the folder of the running test.
    pub fn start(name: &str, mut command: Command) -> Self {
        // Tests of the same programs run side by side, each in a process of its own; a plain `cargo test` has none of this.
        let test = std::env::var("NEXTEST_TEST_NAME").unwrap_or_default();
        let folder = output(&format!("programs/{}", test.replace("::", "-")));
        let (stdout, stderr) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.err")));
        let open = |path: &Path| File::create(path).expect("tests/output is writable");
        let child = command
            .stdin(Stdio::null())
            .stdout(open(&stdout))
            .stderr(open(&stderr))
            // A group of its own, so that everything it starts can be ended with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self {
            name: name.to_owned(),
            group: child.id().expect("it was just started"),
            child,
            stdout,
            stderr,
        }
    }

    /// # Panics
    /// When the program was waited for already.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the program was not waited for yet")
    }

    /// Sends a signal by its name, such as `KILL` or `STOP`, to this process only.
    pub fn signal(&self, name: &str) {
        send(name, &self.id().to_string());
    }

    /// `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the program can be asked")
    }

    /// # Panics
    /// With the end of its output, when it does not end in time.
    pub async fn end(&mut self, at_most: Duration) -> ExitStatus {
        let Ok(status) = tokio::time::timeout(at_most, self.child.wait()).await else {
            panic!("{} did not end in {} s\n{}", self.name, at_most.as_secs(), self.tail());
        };
        status.expect("the program can be waited for")
    }

    /// `kill -9`, and waits until it is gone. Nothing happens to one that ended by itself.
    pub async fn kill(&mut self) {
        if self.ended().is_some() {
            return;
        }
        self.signal("KILL");
        self.end(Duration::from_secs(10)).await;
    }

    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// The end of what it wrote, for the message of a failed test.
    pub fn tail(&self) -> String {
        let end = |text: String| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(30)..].join("\n")
        };
        format!(
            "--- {} out\n{}\n--- {} err\n{}",
            self.name,
            end(self.stdout()),
            self.name,
            end(self.stderr())
        )
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Also when it has ended itself: what it started may go on.
        send("KILL", &format!("-{}", self.group));
    }
}

/// `kill -NAME TARGET`; a minus in front of the target means the whole group. Gone already is fine.
fn send(name: &str, target: &str) {
    let outcome = std::process::Command::new("kill")
        .args(["-s", name, "--", target])
        .stderr(Stdio::null())
        .status();
    assert!(outcome.is_ok(), "there is no `kill`");
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// `veriframe` on a home, with what a test wants to be the same on every machine.
pub fn veriframe(home: &Path, arguments: &[&str]) -> Command {
    let mut veriframe = Command::new(command());
    veriframe
        .args(arguments)
        .env("VERIFRAME_HOME", home)
        .env("LOG_LEVEL", "info");
    alone(&mut veriframe);
    veriframe
}

/// A coordinator on a home, and its address once it answers.
pub async fn serve(name: &str, home: &Path, listen: &str, around: &[(&str, &str)]) -> (Program, String) {
    let mut command = veriframe(home, &["coordinator", "serve", "--listen", listen]);
    command.envs(around.iter().copied());
    let coordinator = Program::start(name, command);
    let address = home.join("coordinator.url");
    let url = until("the coordinator says where it listens", seconds(20), async || {
        let url = std::fs::read_to_string(&address).ok()?.trim().to_owned();
        answers(&url, "/health").then_some(url)
    })
    .await;
    (coordinator, url)
}

/// Nobody's keychain is asked, and no store that the test did not start.
pub fn alone(command: &mut Command) {
    command
        .env("VERIFRAME_KEYCHAIN", "file")
        .env("VERIFRAME_KUBO", "off")
        .env("VERIFRAME_GATEWAYS", "off")
        .env_remove("VERIFRAME_COORDINATOR_STORE")
        .env_remove("VERIFRAME_MONEY")
        .env_remove("BACKEND_API_URL");
}

/// What a program that ran to its end left.
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// # Panics
    /// With everything it said, when it failed.
    #[expect(clippy::return_self_not_must_use, reason = "often only the success matters")]
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, Some(0), "--- out\n{}\n--- err\n{}", self.stdout, self.stderr);
        self
    }

    /// # Panics
    /// When standard output is not one JSON value.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{}\n{}", self.stdout, self.stderr))
    }
}

/// Runs `veriframe` to its end.
pub async fn run(name: &str, home: &Path, arguments: &[&str], at_most: Duration) -> Finished {
    run_command(name, veriframe(home, arguments), at_most).await
}

/// Runs a command to its end.
pub async fn run_command(name: &str, command: Command, at_most: Duration) -> Finished {
    let mut program = Program::start(name, command);
    let status = program.end(at_most).await;
    Finished {
        code: status.code(),
        stdout: program.stdout(),
        stderr: program.stderr(),
    }
}
