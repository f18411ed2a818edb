//! Which contracts, on which chain, from where on; and that the node and the database mean the same.

use super::status::Classes;
use crate::store::{Store, chain_source};
use veriframe_chain::{
    Felt,
    events::Contracts,
    node::{Node, NodeError},
    number::{self, short_text},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub chain_id: Felt,
    pub contracts: Contracts,
    /// The first block that can have an event.
    pub start_block: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    #[error("the chain's node is on the chain {told}, but NETWORK means {expected}")]
    OtherChain { told: String, expected: String },
    #[error("there is no contract at {address}, which {variable} names")]
    NotDeployed { variable: &'static str, address: String },
    #[error("the database holds events of another deployment: {what} was {kept}, and now is {asked}")]
    OtherDatabase {
        what: &'static str,
        kept: String,
        asked: String,
    },
    #[error(transparent)]
    Node(NodeError),
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl DeploymentError {
    /// Whether it may be right a little later, without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Node(_) | Self::Database(_))
    }
}

/// Binds the database to the deployment; refuses one that is bound to another.
pub(super) async fn claim(store: &Store, asked: &Deployment) -> Result<(), DeploymentError> {
    let mut tx = store.write().await?;
    let Some(kept) = chain_source::find(tx.db()).await? else {
        chain_source::insert(tx.db(), asked).await?;
        return Ok(tx.commit().await?);
    };
    let hex = number::format;
    let parts = [
        ("the chain", short_text(&kept.chain_id), short_text(&asked.chain_id)),
        (
            "CONTRACT_ADDRESS",
            hex(&kept.contracts.market),
            hex(&asked.contracts.market),
        ),
        (
            "REGISTRY_ADDRESS",
            hex(&kept.contracts.registry),
            hex(&asked.contracts.registry),
        ),
        (
            "START_BLOCK",
            kept.start_block.to_string(),
            asked.start_block.to_string(),
        ),
    ];
    match parts.into_iter().find(|(_, kept, asked)| kept != asked) {
        None => Ok(()),
        Some((what, kept, asked)) => Err(DeploymentError::OtherDatabase { what, kept, asked }),
    }
}

/// Asks the node whether it has the chain and the contracts; with what code they run.
pub async fn verify(node: &dyn Node, deployment: &Deployment) -> Result<Classes, DeploymentError> {
    let told = node.chain_id().await.map_err(DeploymentError::Node)?;
    if told != deployment.chain_id {
        return Err(DeploymentError::OtherChain {
            told: short_text(&told),
            expected: short_text(&deployment.chain_id),
        });
    }
    let Contracts { market, registry } = deployment.contracts;
    Ok(Classes {
        market: class(node, "CONTRACT_ADDRESS", market).await?,
        registry: class(node, "REGISTRY_ADDRESS", registry).await?,
    })
}

async fn class(node: &dyn Node, variable: &'static str, contract: Felt) -> Result<Felt, DeploymentError> {
    match node.class_hash_at(contract).await {
        Err(NodeError::NoSuchContract) => Err(DeploymentError::NotDeployed {
            variable,
            address: number::format(&contract),
        }),
        other => other.map_err(DeploymentError::Node),
    }
}
