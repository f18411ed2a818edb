//! Redis: a server of the test's own that keeps nothing.

use crate::process::Daemon;
use std::{net::TcpListener, process::Command, time::Duration};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server that ends when it is dropped.
pub struct Redis {
    port: u16,
    daemon: Option<Daemon>,
}

impl Redis {
    /// When there is no Redis, says so and the test is to return.
    pub fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            println!("SKIPPED: redis-server is not there (./dev installs it)");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut server = Self {
            port: port.expect("a free port").port(),
            daemon: None,
        };
        server.start_again();
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// On the same port, empty.
    pub fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no", "--dir", "/tmp"]);
        let daemon = Daemon::start(&command);
        daemon
            .wait_for(PATIENCE, |line| {
                line.contains("Ready to accept connections").then_some(())
            })
            .unwrap_or_else(|_| panic!("Redis ended: {}", daemon.log()));
        self.daemon = Some(daemon);
    }
}
