//! The coordinator as a process of its own.

use crate::pictures::put;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_coordinator::{Database, RedisAddress, Settings, launch_with_listener};
use veriframe_core::SystemClock;
use veriframe_ipfs::BlockStore;

/// The word that makes this program the coordinator.
pub const SERVE: &str = "serve-for-the-bench";

pub struct Server {
    child: Child,
    folder: TempDir,
    pub url: String,
    /// Root of a scene that it holds.
    pub scene: String,
}

impl Server {
    /// `redis`: its address, for replicas.
    pub fn start(database: Option<String>, redis: Option<String>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .arg(SERVE)
            .arg(folder.path())
            .args(database)
            .args(redis)
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let (url, scene) = (line(), line());
        Self {
            child,
            folder,
            url,
            scene,
        }
    }

    /// Megabytes in memory now.
    pub fn memory(&self) -> f64 {
        let said = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("a size");
        let kilobytes: f64 = line
            .split_whitespace()
            .next()
            .and_then(|text| text.parse().ok())
            .expect("a number");
        kilobytes / 1024.0
    }

    /// Bytes of SQLite's.
    pub fn write_ahead_log(&self) -> f64 {
        let path = self.folder.path().join("coordinator/coordinator.db-wal");
        fs::metadata(path).expect("a log").len() as f64
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until it is ended.
pub fn serve(folder: &str, database: Option<String>, redis: Option<&String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let folder = Path::new(folder);
        let blocks = BlockStore::open(folder.join("blocks")).expect("a store");
        let scene = put(&blocks, b"BLENDER-v304 a scene, as far as a coordinator can tell");
        let mut settings = Settings::new(folder.join("coordinator"));
        settings.database = database.map(Database::Postgres);
        settings.redis = redis.map(|url| RedisAddress::parse(url).expect("an address"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let clock = Arc::new(SystemClock);
        let running = launch_with_listener(settings, listener, blocks, clock, CancellationToken::new()).await;
        let running = running.expect("it starts");
        println!("{}\n{scene}", running.url());
        running.join.await.expect("it serves");
    });
}
