//! Whether this home pays on a chain, and on which.

use super::ChainAccess;
use crate::{Home, view::CommandError};
use std::{env, path::PathBuf, sync::Arc};
use veriframe_chain::{
    deployment::{Deployment, DeploymentError},
    node::RpcNode,
};

/// Names a deployment file other than the home's own.
pub const CHAIN_VARIABLE: &str = "VERIFRAME_CHAIN";
/// JSON-RPC of a Starknet node.
pub const NODE_VARIABLE: &str = "STARKNET_RPC_URL";

/// What was chosen outside of the home; what is absent is looked for in it.
#[derive(Debug, Clone, Default)]
pub struct ChainChoice {
    /// The file that says where the contracts are.
    pub deployment: Option<PathBuf>,
    /// The node's address. It may hold a key of its operator, and is never shown.
    pub node: Option<String>,
}

impl ChainChoice {
    /// What is not chosen here, as it is chosen there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            deployment: self.deployment.or(other.deployment),
            node: self.node.or(other.node),
        }
    }

    pub fn environment() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            deployment: set(CHAIN_VARIABLE).map(PathBuf::from),
            node: set(NODE_VARIABLE).map(|node| node.to_string_lossy().into_owned()),
        }
    }
}

/// `None` in local mode. Nothing is sent to the node yet. Reads a small file.
///
/// # Errors
/// What keeps the chain from being used: the app opens all the same, in local mode, and shows it.
pub(crate) fn open(
    home: &Home,
    choice: &ChainChoice,
    node_setting: &str,
) -> Result<Option<Arc<ChainAccess>>, CommandError> {
    let own = home.chain_file();
    let path = match &choice.deployment {
        Some(path) => path,
        None if own.exists() => &own,
        None => return Ok(None),
    };
    let deployment = Deployment::read(path).map_err(|error| of_deployment(&error))?;
    let node = choice.node.as_deref().unwrap_or(node_setting);
    if node.is_empty() {
        return Err(CommandError::new(
            "no_node",
            "The contracts are known, but no Starknet node to reach them through.",
            format!("Give the address of a node in Settings, or set {NODE_VARIABLE}. Until then, credits are used."),
        ));
    }
    let node = RpcNode::new(node).map_err(|_| {
        CommandError::new(
            "no_node",
            "The address of the Starknet node cannot be used.",
            format!("It begins with http:// or https://. Look at Settings and at {NODE_VARIABLE}."),
        )
    })?;
    Ok(Some(Arc::new(ChainAccess::new(node, deployment))))
}

fn of_deployment(error: &DeploymentError) -> CommandError {
    let message = match error {
        DeploymentError::Io { path, source } => format!("{} cannot be read: {source}.", path.display()),
        DeploymentError::Malformed { .. } => format!("{error}."),
    };
    CommandError::new(
        "bad_deployment",
        message,
        "Get the file anew from whoever runs the market, or remove it. Until then, credits are used.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_chain::{Felt, deployment::Parts};

    fn home_with(deployment: Option<&str>) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        match deployment {
            Some("") => Deployment::from(Parts {
                chain_id: Felt::ONE,
                token: Felt::ONE,
                market: Felt::ONE,
                market_class: Felt::ONE,
                registry: Felt::ONE,
                registry_class: Felt::ONE,
                start_block: 0,
            })
            .write(&home.chain_file())
            .unwrap(),
            Some(text) => std::fs::write(home.chain_file(), text).unwrap(),
            None => {}
        }
        (folder, home)
    }

    fn code(home: &Home, choice: &ChainChoice, node: &str) -> String {
        open(home, choice, node)
            .err()
            .map(|error| error.code)
            .unwrap_or_default()
    }

    #[test]
    fn a_home_without_the_file_is_local() {
        let (_folder, home) = home_with(None);
        assert!(open(&home, &ChainChoice::default(), "").unwrap().is_none());
        assert!(open(&home, &ChainChoice::default(), "http://node").unwrap().is_none());
        let named = ChainChoice {
            deployment: Some(home.root().join("elsewhere.json")),
            node: None,
        };
        assert_eq!(code(&home, &named, "http://node"), "bad_deployment");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let (_folder, home) = home_with(Some("{"));
        assert_eq!(code(&home, &ChainChoice::default(), "http://node"), "bad_deployment");
        let (_folder, home) = home_with(Some(""));
        assert_eq!(code(&home, &ChainChoice::default(), ""), "no_node");
        let strange = ChainChoice {
            node: Some("ftp://secret-key".to_owned()),
            ..ChainChoice::default()
        };
        let error = open(&home, &strange, "").err().unwrap();
        assert_eq!(error.code, "no_node");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        assert!(
            open(&home, &ChainChoice::default(), "http://node/rpc")
                .unwrap()
                .is_some()
        );
    }
}
