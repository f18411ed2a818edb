//! One node, and the contracts that are meant.

use super::of_node;
use crate::{Context, db::transactions::Owner, view::CommandError};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use veriframe_chain::{
    LocalKey,
    deployment::Deployment,
    market::Views,
    node::{Node as _, NodeError, RpcNode},
    number::{of_address, short_text},
    send::RpcSender,
};
use veriframe_core::{Address, Clock};

pub struct ChainAccess {
    pub node: RpcNode,
    pub deployment: Deployment,
    /// Set once the node was found to be the right one.
    checked: OnceCell<()>,
    /// Whether STRK can be had for nothing, once it was asked.
    mints: OnceCell<bool>,
    /// Two transactions that are signed at a time would take the same nonce.
    turn: Mutex<()>,
}

impl Context {
    /// The chain, for what is only there with one.
    ///
    /// # Errors
    /// Why it is not there.
    pub fn chain(&self) -> Result<&Arc<ChainAccess>, CommandError> {
        self.chain.as_ref().ok_or_else(|| {
            self.chain_trouble.clone().unwrap_or_else(|| {
                CommandError::new(
                    "no_chain",
                    "This home uses credits, not a chain.",
                    "Put the market's chain.json into the home, and give the address of a Starknet node in Settings.",
                )
            })
        })
    }
}

impl ChainAccess {
    pub(super) fn new(node: RpcNode, deployment: Deployment) -> Self {
        Self {
            node,
            deployment,
            checked: OnceCell::new(),
            mints: OnceCell::new(),
            turn: Mutex::new(()),
        }
    }

    /// Seconds since 1970: the newest block's time, or this computer's when that is later. Contracts go by the time of the
    /// block that a call is in, which is later than both.
    pub async fn now(&self, clock: &dyn Clock) -> Result<u64, CommandError> {
        let head = self.node.head().await.map_err(of_node)?;
        let block = self.node.block(head.number).await.map_err(of_node)?;
        let here = u64::try_from(clock.now().0 / 1000).unwrap_or_default();
        Ok(block.timestamp.max(here))
    }

    pub fn views(&self) -> Views<'_> {
        Views { node: &self.node }
    }

    /// Signs for the chain that was deployed to, whatever the node says.
    pub fn sender(&self, key: &LocalKey) -> RpcSender {
        RpcSender::new(self.node.clone(), key, self.deployment.chain_id)
    }

    /// Such as `SN_SEPOLIA`.
    pub fn chain_name(&self) -> String {
        short_text(&self.deployment.chain_id)
    }

    /// Whether this is a network for trying things out, where STRK can be had for nothing.
    pub async fn mints(&self) -> Result<bool, CommandError> {
        let asked = self.mints.get_or_try_init(|| self.node.mints()).await;
        asked.copied().map_err(of_node)
    }

    /// For people.
    pub async fn network(&self) -> Result<String, CommandError> {
        let name = self.chain_name();
        Ok(match name.as_str() {
            _ if self.mints().await? => "Test network".to_owned(),
            "SN_MAIN" => "Starknet".to_owned(),
            "SN_SEPOLIA" => "Starknet Sepolia".to_owned(),
            _ => name,
        })
    }

    /// Where an explorer shows transactions; `None` for networks that have none.
    pub async fn explorer(&self) -> Result<Option<&'static str>, CommandError> {
        let place = match self.chain_name().as_str() {
            "SN_MAIN" => "https://voyager.online/tx/",
            "SN_SEPOLIA" => "https://sepolia.voyager.online/tx/",
            _ => return Ok(None),
        };
        Ok((!self.mints().await?).then_some(place))
    }

    /// Whether the account is on the chain; before that it has an address, can be sent money, and pays nothing.
    pub async fn is_deployed(&self, account: &Address) -> Result<bool, CommandError> {
        self.node.is_deployed(of_address(account)).await.map_err(of_node)
    }

    /// Asks the node once whether it is on the right chain, and whether the contracts there are the ones that are meant.
    pub async fn check(&self) -> Result<(), CommandError> {
        self.checked.get_or_try_init(|| self.look()).await.copied()
    }

    pub(crate) fn owner(&self, account: &Address) -> Owner {
        Owner {
            chain: self.chain_name(),
            account: account.to_string(),
        }
    }

    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    async fn look(&self) -> Result<(), CommandError> {
        let told = self.node.chain_id().await.map_err(of_node)?;
        let meant = self.deployment.chain_id;
        if told != meant {
            return Err(CommandError::new(
                "wrong_chain",
                format!(
                    "The Starknet node is on {}, and the market on {}.",
                    short_text(&told),
                    short_text(&meant)
                ),
                "Nothing was signed. Give the address of a node of the right network in Settings.",
            ));
        }
        let Deployment {
            market,
            market_class,
            registry,
            registry_class,
            ..
        } = self.deployment;
        for (name, contract, class) in [
            ("market", market, market_class),
            ("register of workers", registry, registry_class),
        ] {
            match self.node.class_hash_at(contract).await {
                Ok(found) if found == class => {}
                Ok(_) => {
                    return Err(wrong_contract(&format!(
                        "another contract is where the {name} should be"
                    )));
                }
                Err(NodeError::NoSuchContract) => {
                    return Err(wrong_contract(&format!("no contract is where the {name} should be")));
                }
                Err(error) => return Err(of_node(error)),
            }
        }
        Ok(())
    }
}

fn wrong_contract(why: &str) -> CommandError {
    CommandError::new(
        "wrong_contract",
        format!("On the chain, {why}."),
        "Nothing was signed. The market may have been changed: get its chain.json anew from whoever runs it.",
    )
}
