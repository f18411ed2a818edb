//! The indexer on a real network that takes blocks back.

use super::{Limits, open};
use crate::{
    chance::Chance,
    indexer::{Deployment, Memory, PassError, Reading, Status, deployment, pass::Passed, pass::pass},
    store::{self, Store},
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use veriframe_chain::{
    Felt, LocalKey,
    deploy::{Plan, Terms, deploy},
    market::{Policy, Posting, Views, market, pack_text},
    node::{Node, RpcNode},
    number::parse,
    send::{Call, MemoryJournal, Patience, RpcSender, deliver},
};
use veriframe_core::{Address, Amount};
use veriframe_peers::{Archive, Devnet, STRK};

const PATIENCE: Patience = Patience {
    within: Duration::from_secs(30),
    look_every: Duration::from_millis(10),
};
const LIMIT: Amount = Amount::credits(1000);
const ROUNDS: u64 = 24;
const LONGEST: u64 = 20;

struct Network {
    devnet: Devnet,
    node: RpcNode,
    creator: RpcSender,
    token: Felt,
    deployment: Deployment,
}

impl Network {
    async fn start() -> Option<Self> {
        let devnet = Devnet::start(Archive::Full)?;
        let node = RpcNode::new(&devnet.rpc()).unwrap();
        let chain_id = node.chain_id().await.unwrap();
        let account = devnet.accounts().remove(0);
        let key = LocalKey::from_hex(&account.private_key).unwrap();
        let address: Address = account.address.parse().unwrap();
        let felt = Felt::from_bytes_be(address.as_bytes());
        let creator = RpcSender::at(node.clone(), &key, felt, chain_id);
        let token = parse(STRK).unwrap();
        let plan = Plan {
            chain_id,
            token,
            scheduler: felt,
            arbiter: felt,
            verifier: felt,
            treasury: felt,
            bond: Amount::credits(1),
            job_stake: Amount::credits(1),
            terms: Terms {
                salt: Felt::ONE,
                limit: LIMIT,
                patience: PATIENCE,
            },
        };
        let made = deploy(&creator, &plan).await.unwrap();
        Some(Self {
            devnet,
            node,
            creator,
            token,
            deployment: Deployment {
                chain_id,
                contracts: made.contracts(),
                start_block: made.start_block,
            },
        })
    }

    async fn send(&self, calls: &[Call]) {
        deliver(&self.creator, &MemoryJournal::default(), "", calls, LIMIT, PATIENCE)
            .await
            .unwrap();
    }

    /// Posts a job, and cancels every other one: two blocks with events of one to three kinds.
    async fn post(&self, budget: u64) {
        let head = self.head().await;
        let posting = Posting {
            budget: Amount::from_units(u128::from(budget) + 1),
            deadline: self.node.block(head).await.unwrap().timestamp + 3600,
            policy: Policy {
                challenge_window: 3600,
                self_assign: false,
            },
            spec: pack_text(&format!("{{\"budget\":{budget}}}")),
        };
        let at = self.deployment.contracts.market;
        self.send(&market::post_job(self.token, at, &posting)).await;
        let job = Views { node: &self.node }.job_count(at).await.unwrap();
        if budget.is_multiple_of(2) {
            self.send(&[market::cancel(at, job), market::withdraw(at)]).await;
        }
    }

    async fn head(&self) -> u64 {
        self.node.head().await.unwrap().number
    }
}

/// A database of the events of this network.
struct Copy {
    folder: TempDir,
    store: Store,
    memory: Memory,
    chance: Chance,
    status: watch::Sender<Status>,
}

impl Copy {
    async fn new(network: &Network) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        deployment::claim(&store, &network.deployment).await.unwrap();
        Self {
            folder,
            store,
            memory: Memory::new(&Limits::default()),
            chance: Chance::new(Some(7)),
            status: watch::Sender::default(),
        }
    }

    async fn restart(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder).await;
        self.memory = Memory::new(&Limits::default());
    }

    async fn pass(&mut self, network: &Network) -> Result<Passed, PassError> {
        let reading = Reading {
            node: &network.node,
            store: &self.store,
            chance: &self.chance,
            deployment: &network.deployment,
            limits: Limits::default(),
            status: &self.status,
        };
        pass(&reading, &mut self.memory).await
    }

    async fn finish(&mut self, network: &Network) {
        for _ in 0..10 {
            match self.pass(network).await {
                Ok(Passed::Done) => return,
                Ok(_) | Err(PassError::Moved) => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("ten passes did not come to an end");
    }

    async fn dump(&self) -> String {
        let mut db = self.store.read().await.unwrap();
        store::chain_dump::dump(&mut db).await.unwrap()
    }
}

#[tokio::test]
async fn blocks_that_a_real_network_takes_back() {
    let Some(network) = Network::start().await else { return };
    let first = network.head().await + 1;
    let mut copy = Copy::new(&network).await;
    let chance = Chance::new(Some(11));
    for round in 0..ROUNDS {
        for job in 0..=chance.below(3) {
            network.post(round * 10 + job).await;
        }
        network.devnet.create_block();
        if chance.below(3) > 0 {
            copy.finish(&network).await;
        }
        if chance.below(4) == 0 {
            copy.restart().await;
        }
        if chance.below(2) == 0 {
            // Mostly short ones, or nothing would ever stay.
            let depth = 1 + chance.below(if chance.one_in(4) { LONGEST } else { 4 });
            let from = (network.head().await + 1).saturating_sub(depth).max(first);
            network.devnet.abort_from(from);
            // In the middle of indexing: what is there now is read while new blocks come.
            let ((), passed) = tokio::join!(network.post(1000 + round), copy.pass(&network));
            assert!(matches!(passed, Ok(_) | Err(PassError::Moved)), "{passed:?}");
        }
    }
    copy.finish(&network).await;
    let mut fresh = Copy::new(&network).await;
    fresh.finish(&network).await;
    let (ours, right) = (copy.dump().await, fresh.dump().await);
    for (ours, right) in ours.lines().zip(right.lines()) {
        assert_eq!(ours, right);
    }
    assert_eq!(ours.len(), right.len());
    let jobs = Views { node: &network.node }
        .job_count(network.deployment.contracts.market)
        .await
        .unwrap();
    assert!(jobs > 3, "{jobs} jobs test too little");
    assert_eq!(
        right.matches("JobCreated").count() as u64,
        jobs,
        "as the contract counts"
    );
}
