//! What the settings show of a node.

use super::{KuboRpc, RpcAuth};
use crate::content::{ContentError, Limits};
use std::time::Duration;

/// Older ones import by another profile and lack fixes that matter here: major and minor version.
pub const OLDEST_GOOD: (u32, u32) = (0, 35);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KuboStatus {
    pub version: String,
    /// Such as `kubo/0.35.0/`.
    pub agent: String,
    /// Nodes it is connected to; 0 when it is offline.
    pub peers: usize,
    pub repo_bytes: u64,
    /// 0 when there is no limit, or it does not say.
    pub storage_max: u64,
    /// A Kubo below [`OLDEST_GOOD`].
    pub is_old: bool,
}

/// Asks a node how it is. Everything together takes `timeout` at most.
pub async fn probe(url: &str, auth: Option<RpcAuth>, timeout: Duration) -> Result<KuboStatus, ContentError> {
    let limits = Limits {
        connect: timeout,
        window: timeout,
        ..Limits::default()
    };
    let rpc = KuboRpc::new(url, auth, limits)?;
    let asked = async {
        let version = rpc.version().await?;
        let (id, repo, peers) = tokio::join!(rpc.id(), rpc.repo_stat(), rpc.swarm_peers());
        let (agent, repo) = (id?.agent_version, repo?);
        Ok(KuboStatus {
            is_old: is_old(&agent, &version),
            version,
            agent,
            // A node that is offline answers with an error.
            peers: peers.unwrap_or(0),
            repo_bytes: repo.repo_size,
            storage_max: repo.storage_max,
        })
    };
    tokio::time::timeout(timeout, asked)
        .await
        .map_err(|_| ContentError::Stalled)?
}

fn is_old(agent: &str, version: &str) -> bool {
    // Others count their versions by themselves.
    if !agent.is_empty() && !agent.starts_with("kubo/") && !agent.starts_with("go-ipfs/") {
        return false;
    }
    let mut parts = version.trim_start_matches('v').split(['.', '-']).map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST_GOOD,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions() {
        assert!(is_old("kubo/0.34.1/", "0.34.1"));
        assert!(is_old("go-ipfs/0.9.0/", "0.9.0"));
        assert!(!is_old("kubo/0.35.0-rc1/", "0.35.0-rc1"));
        assert!(!is_old("kubo/1.0.0/", "1.0.0"));
        assert!(!is_old("js-ipfs/0.18.1", "0.18.1"));
        assert!(!is_old("", "strange"));
    }
}
