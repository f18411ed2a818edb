//! Running a coordinator by the real program: its settings, its end, and its back-up.
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use veriframe_testkit::{TempHome, program::on_home};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

fn veriframe(home: &TempHome, arguments: &[&str]) -> Command {
    let mut command = on_home(Path::new(env!("CARGO_BIN_EXE_veriframe")), home.home.root());
    command.arg("coordinator").args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", text(&output.stdout), text(&output.stderr)))
}

/// A coordinator that ends with the test.
struct Serving {
    child: Child,
    addr: SocketAddr,
}

impl Serving {
    fn start(home: &TempHome, drain_seconds: &str) -> Self {
        let mut command = veriframe(home, &["serve", "--listen", "127.0.0.1:0", "--json"]);
        command
            .env("VERIFRAME_METRICS_PUBLIC", "true")
            .env("VERIFRAME_DRAIN_SECONDS", drain_seconds)
            .env("VERIFRAME_DRAIN_LIMIT_SECONDS", "20");
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).expect("it says where it listens");
        let addr = said["url"].as_str().unwrap().strip_prefix("http://").unwrap();
        Self {
            addr: addr.parse().unwrap(),
            child,
        }
    }

    fn signal(&self) {
        let done = Command::new("kill")
            .args(["-s", "TERM", &self.child.id().to_string()])
            .status();
        assert!(done.unwrap().success());
    }

    /// The exit code.
    fn ended(&mut self, within: Duration) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < within, "it goes on after {within:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection that is used for one request after the other.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &str) {
        self.0.get_mut().write_all(bytes.as_bytes()).unwrap();
    }

    /// The status, and whether the server will close the connection.
    fn answer(&mut self) -> (u16, bool) {
        let (status, closes, _) = self.whole_answer();
        (status, closes)
    }

    /// The same, and the body.
    fn whole_answer(&mut self) -> (u16, bool, String) {
        let (mut status, mut length, mut closes) = (0, 0, false);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the answer was cut");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(n) = line.strip_prefix("content-length: ") {
                length = n.parse().unwrap();
            } else if line == "connection: close" {
                closes = true;
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, closes, text(&body))
    }
}

/// Requests that the coordinator answers just now, this question among them.
fn under_way(addr: SocketAddr) -> u32 {
    let mut connection = Connection::open(addr);
    connection.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (_, _, metrics) = connection.whole_answer();
    let mut samples = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("veriframe_requests_open "));
    samples.next().expect("it is counted").parse().unwrap()
}

/// Looks again until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn no_request_that_was_accepted_is_cut() {
    let home = TempHome::new();
    let mut serving = Serving::start(&home, "1");
    let addr = serving.addr;
    // Half of a request that the rest of comes after the listener was closed.
    let idle = under_way(addr);
    let mut slow = Connection::open(addr);
    let body = r#"{"address": "0x1"}"#;
    let head = "POST /api/v1/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    slow.send(&format!("{head}Content-Length: {}\r\n\r\n{}", body.len(), &body[..5]));
    until("the half is not waited on", || under_way(addr) > idle);
    let (told_to_go, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (told, answered) = (Arc::clone(&told_to_go), Arc::clone(&answered));
            thread::spawn(move || {
                let mut connection = Connection::open(addr);
                loop {
                    connection.send(GET);
                    let (status, closes) = connection.answer();
                    assert_eq!(status, 200);
                    answered.fetch_add(1, Ordering::SeqCst);
                    if closes {
                        return told.store(true, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    until("the load does not come", || answered.load(Ordering::SeqCst) > 100);
    serving.signal();
    for thread in load {
        thread.join().unwrap();
    }
    assert!(told_to_go.load(Ordering::SeqCst));
    until("it still listens", || TcpStream::connect(addr).is_err());
    slow.send(&body[5..]);
    assert_eq!(slow.answer().0, 200);
    assert_eq!(serving.ended(PATIENCE), Some(0));
}

#[test]
fn the_second_signal_ends_it_at_once() {
    let home = TempHome::new();
    let mut serving = Serving::start(&home, "300");
    serving.signal();
    let start = Instant::now();
    while {
        let mut connection = Connection::open(serving.addr);
        connection.send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.answer().0 == 200
    } {
        assert!(start.elapsed() < PATIENCE, "it stays ready");
    }
    serving.signal();
    serving.ended(Duration::from_secs(10));
}

#[test]
fn what_is_set_is_checked_without_a_secret_in_sight() {
    let home = TempHome::new();
    let good = veriframe(&home, &["serve", "--check", "--json", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stdout));
    let report = json(&good);
    assert_eq!(report["ok"], true);
    assert!(
        !home.home.coordinator().join("coordinator.db").exists(),
        "a check makes nothing"
    );

    let file = home.beside().join("coordinator.toml");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let settings = format!(
        "version = 1\n[listen]\nport = {port}\n[database]\nurl = \"postgres://me:secret@127.0.0.1:9/x\"\n\
         [content]\nkubo = \"http://me:secret@127.0.0.1:9\"\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n\
         [operators]\nlisten = \"127.0.0.1:0\"\n"
    );
    std::fs::write(&file, settings).unwrap();
    let config = file.to_str().unwrap();
    let bad = veriframe(&home, &["serve", "--check", "--json", "--config", config])
        .output()
        .unwrap();
    assert_eq!(bad.status.code(), Some(1));
    let report = json(&bad);
    for name in ["listener", "operators", "metrics", "database", "kubo"] {
        let checks = report["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name).unwrap();
        // The environment of the tests says that there is no Kubo, and goes before the file.
        let expected = if name == "kubo" { "off" } else { "failed" };
        assert_eq!(found["status"], expected, "{found}");
    }
    assert!(!text(&bad.stdout).contains("secret") && !text(&bad.stderr).contains("secret"));
    let people = veriframe(&home, &["serve", "--check", "--config", config])
        .output()
        .unwrap();
    assert!(text(&people.stdout).contains("database.url = postgres://me:***@127.0.0.1:9/x (file)"));

    std::fs::write(&file, "version = 1\n[listen]\nprot = 1\n").unwrap();
    let wrong = veriframe(&home, &["serve", "--check", "--config", config])
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stderr).contains("line 3: listen.prot is not a setting"),
        "{}",
        text(&wrong.stderr)
    );
}

#[test]
fn a_back_up_of_a_running_coordinator_starts_elsewhere() {
    let (home, other) = (TempHome::new(), TempHome::new());
    let serving = Serving::start(&home, "0");
    let file = home.beside().join("backup.tar");
    let file = file.to_str().unwrap();
    let made = veriframe(&home, &["backup", file, "--json"]).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let refused = veriframe(&home, &["restore", file, "--force"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stderr).contains("stop it first"),
        "{}",
        text(&refused.stderr)
    );
    let restored = veriframe(&other, &["restore", file, "--json"]).output().unwrap();
    assert_eq!(json(&restored), json(&made));
    drop(serving);
    let mut again = Serving::start(&other, "0");
    let mut connection = Connection::open(again.addr);
    connection.send(GET);
    assert_eq!(connection.answer().0, 200);
    again.signal();
    assert_eq!(again.ended(PATIENCE), Some(0));
}

#[test]
fn the_log_is_json_with_a_line_for_each_request_and_no_secret() {
    let home = TempHome::new();
    let log = home.beside().join("log");
    let mut command = veriframe(&home, &["serve", "--listen", "127.0.0.1:0", "--json"]);
    command
        .envs([("LOG_FORMAT", "json"), ("LOG_TO", "stderr"), ("LOG_LEVEL", "info")])
        .stderr(std::fs::File::create(&log).unwrap());
    let mut serving = Serving::of(command);
    let mut connection = Connection::open(serving.addr);
    connection.send(
        "GET /api/v1/ledger/account?token=secret HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: trace-7\r\n\
         Authorization: Bearer secret\r\n\r\n",
    );
    assert_eq!(connection.answer().0, 401);
    serving.signal();
    assert_eq!(serving.ended(PATIENCE), Some(0));
    let lines = std::fs::read_to_string(&log).unwrap();
    assert!(!lines.contains("secret"), "{lines}");
    let line = lines
        .lines()
        .find(|line| line.contains("trace-7"))
        .expect("a line of the request");
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["id"], &line["route"], &line["status"], &line["method"]),
        (
            &"trace-7".into(),
            &"/api/v1/ledger/account".into(),
            &401.into(),
            &"GET".into()
        )
    );
    assert!(line["latency_ms"].is_f64());
}
