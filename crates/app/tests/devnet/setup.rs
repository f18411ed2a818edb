//! A network with the contracts on it, and an app with an account of its own.

use serde_json::json;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use veriframe_app::{Context, OpenOptions, chain::ChainChoice};
use veriframe_chain::{
    Felt, LocalKey,
    deploy::{Plan, Terms, deploy},
    deployment::Deployment,
    market::Views,
    node::{Node, RpcNode},
    number::parse,
    send::{Patience, RpcSender},
    token::STRK,
};
use veriframe_core::{Address, Amount, SystemClock};
use veriframe_peers::{Archive, Devnet};

pub struct Network {
    pub devnet: Devnet,
    pub node: RpcNode,
    pub at: Deployment,
    /// Somebody else on the network.
    pub other: Address,
}

impl Network {
    /// `None` without a devnet.
    pub async fn start() -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let node = RpcNode::new(&devnet.rpc()).unwrap();
        let chain_id = node.chain_id().await.unwrap();
        let accounts = devnet.accounts();
        let key = LocalKey::from_hex(&accounts[0].private_key).unwrap();
        let owner = parse(&accounts[0].address).unwrap();
        let sender = RpcSender::at(node.clone(), &key, owner, chain_id);
        let plan = Plan {
            chain_id,
            token: STRK,
            scheduler: owner,
            arbiter: owner,
            verifier: owner,
            treasury: owner,
            bond: Amount::credits(2),
            job_stake: Amount::credits(5),
            terms: Terms {
                salt: Felt::from(7),
                limit: Amount::credits(1000),
                patience: Patience {
                    within: Duration::from_secs(30),
                    look_every: Duration::from_millis(20),
                },
            },
        };
        let at = deploy(&sender, &plan).await.unwrap();
        let other = accounts[1].address.parse().unwrap();
        Some(Self {
            devnet,
            node,
            at,
            other,
        })
    }

    pub async fn balance(&self, account: &Address) -> Amount {
        let account = Felt::from_bytes_be(account.as_bytes());
        Views { node: &self.node }.balance(STRK, account).await.unwrap()
    }

    pub fn mint(&self, account: &Address, amount: Amount) {
        self.devnet.mint(&account.to_string(), amount.units());
    }

    /// What one unit of gas costs from now on, in the smallest unit of STRK.
    pub fn price_gas(&self, price: u64) {
        let prices = json!({
            "l2_gas_price_fri": price, "gas_price_fri": price, "data_gas_price_fri": price, "generate_block": true,
        });
        self.devnet.call("devnet_setGasPrice", &prices);
    }

    pub async fn open(&self, home: &Home) -> Arc<Context> {
        self.at.write(&home.path().join("chain.json")).unwrap();
        home.open(&self.devnet.rpc()).await
    }
}

/// A home that may be opened more than once.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// The coordinator is nowhere: nothing here needs one.
    pub async fn open(&self, node: &str) -> Arc<Context> {
        Context::open(OpenOptions {
            home: self.path(),
            coordinator_url: None,
            shares_blocks: false,
            chain: ChainChoice {
                deployment: None,
                node: Some(node.to_owned()),
            },
            clock: Arc::new(SystemClock),
            shutdown: CancellationToken::new(),
        })
        .await
        .unwrap()
    }
}
