//! The gateway handler of boxo, on a port of its own.

use crate::{Boxo, process::Daemon};
use std::{path::Path, time::Duration};

/// Serves what a repo of [`Boxo`] holds at `{url}/ipfs/{cid}`: raw blocks, CARs, and files. Ends when it is dropped.
pub struct BoxoGateway {
    /// Such as `http://127.0.0.1:43725`, no slash at its end.
    pub url: String,
    daemon: Daemon,
}

impl BoxoGateway {
    pub fn start(boxo: &Boxo, repo: &Path) -> Self {
        let mut command = boxo.command("serve");
        command.arg("--repo").arg(repo).args(["--listen", "127.0.0.1:0"]);
        let daemon = Daemon::start(&command);
        let url = daemon
            .wait_for(Duration::from_mins(1), |line| {
                line.strip_prefix("listening ").map(str::to_owned)
            })
            .unwrap_or_else(|_| panic!("the gateway ended: {}", daemon.log()));
        Self { url, daemon }
    }

    /// `kill -9`: connections break, and new ones are refused.
    pub fn kill(&mut self) {
        self.daemon.kill();
    }
}
