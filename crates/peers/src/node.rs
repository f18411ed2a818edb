//! Whole IPFS nodes with their RPC, of two makers, cut off from every network.

use crate::{
    copy_all, kept,
    process::{Daemon, Ended, run_well},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// js-ipfs takes four seconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Starts of one node: a port, or the lock of a store, may take a moment to become free after a kill.
const ATTEMPTS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// js-ipfs 0.66.1. It ignores `max-file-links`, writes `Size` as a number and CIDs in base58.
    JsIpfs,
    /// Whatever `ipfs` is on the `PATH`.
    Kubo,
}

impl NodeKind {
    pub const ALL: [Self; 2] = [Self::JsIpfs, Self::Kubo];

    /// Those that are here; a line that begins with `SKIPPED:` for each that is not.
    pub fn all_present() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_present()).collect()
    }

    /// Says so when it is not.
    pub fn is_present(self) -> bool {
        match (self, self.program()) {
            (_, Some(_)) => return true,
            (Self::JsIpfs, None) => {
                println!("SKIPPED: js-ipfs is not installed (./dev does it, and names its folder in VERIFRAME_JSIPFS)");
            }
            (Self::Kubo, None) => println!("SKIPPED: Kubo: there is no `ipfs` on the PATH"),
        }
        false
    }

    /// The program, and what comes before its own arguments.
    fn program(self) -> Option<Command> {
        match self {
            Self::JsIpfs => {
                let folder = PathBuf::from(std::env::var_os("VERIFRAME_JSIPFS")?);
                let script = folder.join("node_modules/ipfs/src/cli.js");
                let polyfill =
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/js-ipfs/promise-with-resolvers.cjs");
                let mut command = Command::new("node");
                command.arg("--require").arg(polyfill).arg(&script);
                script.is_file().then_some(command)
            }
            Self::Kubo => {
                let path = std::env::var_os("PATH")?;
                let found = std::env::split_paths(&path)
                    .map(|folder| folder.join("ipfs"))
                    .find(|file| file.is_file());
                found.map(Command::new)
            }
        }
    }

    fn command(self, repo: &Path) -> Command {
        let mut command = self.program().unwrap_or_else(|| panic!("{self:?} is not here"));
        command
            .env("IPFS_PATH", repo)
            .env("IPFS_TELEMETRY", "off")
            .env_remove("NODE_OPTIONS");
        command
    }
}

/// A node and its repo. Killed when it is dropped; the repo stays.
pub struct RpcNode {
    /// Such as `http://127.0.0.1:5001`; the RPC is at `{api_url}/api/v0/`.
    pub api_url: String,
    /// Such as `http://127.0.0.1:8080`.
    pub gateway_url: String,
    kind: NodeKind,
    repo: PathBuf,
    daemon: Option<Daemon>,
}

impl RpcNode {
    /// Makes an empty repo in a folder that is not there yet, or takes the one that is, and waits until the node
    /// answers.
    pub fn start(kind: NodeKind, repo: &Path) -> Self {
        if !repo.join("config").is_file() {
            // An empty repo is like any other: making its key takes longer than starting the node.
            let program = kind.program().map(|program| format!("{program:?}")).unwrap_or_default();
            let made = kept("repo", &[&program], |folder| {
                let repo = folder.join("repo");
                fs::create_dir(&repo).expect("the repo can be made");
                run_well(kind.command(&repo).args(["init", "--empty-repo"]), PATIENCE);
            });
            fs::create_dir_all(repo).expect("the repo can be made");
            copy_all(&made.join("repo"), repo);
            change_config(repo, |config| cut_off(kind, config));
        }
        let mut node = Self {
            api_url: String::new(),
            gateway_url: String::new(),
            kind,
            repo: repo.to_owned(),
            daemon: None,
        };
        node.restart();
        node
    }

    pub fn kind(&self) -> NodeKind {
        self.kind
    }

    /// `kill -9`; [`Self::restart`] brings it back.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Starts the node again on its repo, at the addresses that it had; kills it before when it runs.
    pub fn restart(&mut self) {
        self.kill();
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            // What a killed js-ipfs leaves behind is taken for a running one.
            let _ = fs::remove_file(self.repo.join("api"));
            let _ = fs::remove_dir_all(self.repo.join("repo.lock"));
            let daemon = Daemon::start(self.kind.command(&self.repo).args(["daemon", "--offline"]));
            match self.wait_until_ready(&daemon) {
                Ok(()) => {
                    self.daemon = Some(daemon);
                    self.keep_addresses();
                    return;
                }
                Err(Ended) => said = daemon.log(),
            }
        }
        panic!("{:?} does not start:\n{said}", self.kind);
    }

    /// The end of what it wrote.
    pub fn log(&self) -> String {
        self.daemon.as_ref().map(Daemon::log).unwrap_or_default()
    }

    fn wait_until_ready(&mut self, daemon: &Daemon) -> Result<(), Ended> {
        daemon.wait_for(PATIENCE, |line| {
            if let Some(url) = announced(line) {
                if line.contains("Gateway") {
                    self.gateway_url = url;
                } else if line.contains("API") {
                    self.api_url = url;
                }
            }
            line.contains("Daemon is ready").then_some(())
        })
    }

    /// Port 0 was asked for; the next start is to get the port that came of it.
    fn keep_addresses(&self) {
        change_config(&self.repo, |config| {
            config["Addresses"]["API"] = multiaddress(&self.api_url);
            config["Addresses"]["Gateway"] = multiaddress(&self.gateway_url);
        });
    }
}

/// `HTTP API listening on /ip4/127.0.0.1/tcp/39561/http`, with the words of either maker.
fn announced(line: &str) -> Option<String> {
    let (_, port) = line.split_once("listening on /ip4/127.0.0.1/tcp/")?;
    let port = port.split(['/', ' ']).next()?;
    Some(format!("http://127.0.0.1:{}", port.parse::<u16>().ok()?))
}

fn multiaddress(url: &str) -> Value {
    let port = url.rsplit(':').next().unwrap_or_default();
    json!(format!("/ip4/127.0.0.1/tcp/{port}"))
}

fn change_config(repo: &Path, change: impl FnOnce(&mut Value)) {
    let path = repo.join("config");
    let text = fs::read(&path).expect("the node has a config");
    let mut config = serde_json::from_slice(&text).expect("the config is JSON");
    change(&mut config);
    fs::write(&path, serde_json::to_vec_pretty(&config).expect("JSON is written")).expect("the config can be written");
}

/// No listening for other nodes, no known ones, no look-ups; ports that are free.
fn cut_off(kind: NodeKind, config: &mut Value) {
    config["Addresses"] = json!({
        "Swarm": [], "Announce": [], "NoAnnounce": [],
        "API": "/ip4/127.0.0.1/tcp/0", "Gateway": "/ip4/127.0.0.1/tcp/0",
    });
    config["Bootstrap"] = json!([]);
    match kind {
        NodeKind::JsIpfs => {
            config["Addresses"]["RPC"] = json!("/ip4/127.0.0.1/tcp/0");
            config["Addresses"]["Delegates"] = json!([]);
            config["Discovery"] = json!({ "MDNS": { "Enabled": false }, "webRTCStar": { "Enabled": false } });
        }
        NodeKind::Kubo => {
            config["Discovery"] = json!({ "MDNS": { "Enabled": false } });
            // Newer ones fill in the places that say `auto` over the network.
            config["AutoConf"] = json!({ "Enabled": false });
            config["DNS"] = json!({ "Resolvers": {} });
            config["Routing"] = json!({ "Type": "none" });
            config["Ipns"] = json!({});
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_what_nodes_print() {
        let found = |line| announced(line).unwrap_or_default();
        assert_eq!(
            found("HTTP API listening on /ip4/127.0.0.1/tcp/39561/http"),
            "http://127.0.0.1:39561"
        );
        assert_eq!(
            found("RPC API server listening on /ip4/127.0.0.1/tcp/5001"),
            "http://127.0.0.1:5001"
        );
        assert_eq!(found("Daemon is ready"), "");
        assert_eq!(multiaddress("http://127.0.0.1:5001"), "/ip4/127.0.0.1/tcp/5001");
    }
}
