//! A coordinator as a process of its own.

use std::{
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use veriframe_coordinator::{Database, RedisAddress, Settings, launch_with_listener};
use veriframe_core::SystemClock;
use veriframe_ipfs::BlockStore;

/// The port to listen on.
pub const SERVE: &str = "VERIFRAME_KILLS_SERVE";
const HOME: &str = "VERIFRAME_KILLS_HOME";
const BLOCKS: &str = "VERIFRAME_KILLS_BLOCKS";
const PATIENCE: Duration = Duration::from_mins(1);

/// Serves until the standard input ends: then gently.
pub async fn serve() {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"));
    let mut settings = Settings::new(Path::new(&told(HOME)).join("coordinator"));
    settings.origin = Some("http://coordinator.test".to_owned());
    settings.sweep_interval = Duration::from_millis(200);
    settings.database = std::env::var("DATABASE_URL")
        .ok()
        .map(|url| Database::parse(&url).expect("a database"));
    settings.redis = std::env::var("REDIS_URL")
        .ok()
        .map(|url| RedisAddress::parse(&url).expect("a Redis"));
    let blocks = BlockStore::open(PathBuf::from(told(BLOCKS))).expect("the blocks");
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{}", told(SERVE)));
    let listener = listener.await.expect("the port is free");
    let shutdown = CancellationToken::new();
    let running = launch_with_listener(settings, listener, blocks, Arc::new(SystemClock), shutdown.clone());
    let running = running.await.expect("it starts");
    // On a thread of its own: a read of the standard input cannot be called off.
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        shutdown.cancel();
    });
    running.join.await.expect("it ends well");
}

pub struct Coordinator {
    home: PathBuf,
    blocks: PathBuf,
    environment: Vec<(&'static str, String)>,
    port: u16,
    child: Option<Child>,
}

impl Coordinator {
    pub async fn start(home: PathBuf, blocks: PathBuf, environment: Vec<(&'static str, String)>) -> Self {
        std::fs::create_dir_all(home.join("coordinator")).expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut coordinator = Self {
            home,
            blocks,
            environment,
            port: port.expect("a free port").port(),
            child: None,
        };
        coordinator.start_again().await;
        coordinator
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns when it answers.
    pub async fn start_again(&mut self) {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .env(SERVE, self.port.to_string())
            .env(HOME, &self.home)
            .env(BLOCKS, &self.blocks)
            .env_remove("DATABASE_URL")
            .env_remove("REDIS_URL")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped());
        self.child = Some(command.spawn().expect("it starts"));
        self.answers().await;
    }

    /// Returns when it and its database answer.
    pub async fn answers(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let http = reqwest::Client::new();
        loop {
            let asked = http
                .get(format!("{}/health", self.url()))
                .timeout(Duration::from_secs(2));
            if let Ok(answer) = asked.send().await
                && let Ok(health) = answer.json::<serde_json::Value>().await
                && health["components"]["database"]["status"] != "down"
            {
                return;
            }
            if let Some(child) = &mut self.child {
                let ended = child.try_wait().expect("its state");
                assert!(ended.is_none(), "the coordinator ended by itself: {ended:?}");
            }
            assert!(Instant::now() < deadline, "the coordinator does not answer");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    /// As an operator stops it.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        drop(child.stdin.take());
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().expect("its state") {
                break status;
            }
            assert!(Instant::now() < deadline, "the coordinator does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert!(status.success(), "{status}");
    }
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        self.kill();
    }
}
