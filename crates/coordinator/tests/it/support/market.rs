//! A devnet with the contracts on it, and a coordinator that settles there.

use super::{Client, TestClock, World};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use veriframe_chain::{
    Felt, LocalKey,
    deploy::{Plan, Terms, deploy},
    deployment::Deployment,
    market::{Policy, Posting, Views, market, pack_text},
    node::{Node, RpcNode},
    number,
    send::{Call, MemoryJournal, Patience, RpcSender, deliver, deploy_account},
};
use veriframe_coordinator::{ChainSettings, EscrowSettings, Settings};
use veriframe_core::{Address, Amount, Clock, SystemClock};
use veriframe_peers::{Archive, Devnet, STRK};
use veriframe_wire::job::{Job, PostJobRequest};

const PATIENCE: Patience = Patience {
    within: Duration::from_secs(30),
    look_every: Duration::from_millis(10),
};
const LIMIT: Amount = Amount::credits(1000);
const BOND: Amount = Amount::credits(2);
/// Seconds.
pub const WINDOW: u32 = 3600;

/// An account on the devnet.
pub struct Person {
    pub sender: RpcSender,
    pub key: Arc<LocalKey>,
    pub address: Address,
}

pub struct Market {
    pub devnet: Devnet,
    pub node: RpcNode,
    pub at: Deployment,
    pub owner: Person,
    /// Its account derives from its key, as those of the app do.
    pub creator: Person,
    next: AtomicU64,
}

impl Market {
    /// `None` without a devnet.
    pub async fn start() -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let node = RpcNode::new(&devnet.rpc()).unwrap();
        let chain_id = node.chain_id().await.unwrap();
        let account = devnet.accounts().remove(0);
        let key = LocalKey::from_hex(&account.private_key).unwrap();
        let address: Address = account.address.parse().unwrap();
        let owner = Person {
            sender: RpcSender::at(node.clone(), &key, number::of_address(&address), chain_id),
            key: Arc::new(key),
            address,
        };
        let creator = with_funds(&devnet, &node, chain_id).await;
        let us = number::of_address(&owner.address);
        let plan = Plan {
            chain_id,
            token: number::parse(STRK).unwrap(),
            scheduler: us,
            arbiter: us,
            verifier: us,
            treasury: us,
            bond: BOND,
            job_stake: BOND,
            terms: Terms {
                salt: Felt::TWO,
                limit: LIMIT,
                patience: PATIENCE,
            },
        };
        let at = deploy(&owner.sender, &plan).await.unwrap();
        Some(Self {
            devnet,
            node,
            at,
            owner,
            creator,
            next: AtomicU64::new(0),
        })
    }

    /// Settles with the owner's account.
    pub fn settings(&self, settings: &mut Settings) {
        settings.chain = Some(ChainSettings {
            node: Arc::new(self.node.clone()),
            deployment: veriframe_coordinator::Deployment {
                chain_id: self.at.chain_id,
                contracts: self.at.contracts(),
                start_block: self.at.start_block,
            },
            poll_interval: Duration::from_millis(50),
        });
        settings.escrow = Some(EscrowSettings {
            sender: Arc::new(RpcSender::at(
                self.node.clone(),
                &self.owner.key,
                number::of_address(&self.owner.address),
                self.at.chain_id,
            )),
            fee_limit: LIMIT,
            patience: PATIENCE,
        });
    }

    /// A coordinator on the devnet's time.
    pub async fn world(&self) -> World {
        World::start_at(SystemClock.now(), |settings| self.settings(settings)).await
    }

    pub fn views(&self) -> Views<'_> {
        Views { node: &self.node }
    }

    /// STRK, in the smallest unit.
    pub async fn balance(&self, who: Address) -> u128 {
        let balance = self.views().balance(self.at.token, number::of_address(&who)).await;
        balance.unwrap().units()
    }

    pub async fn send(&self, who: &Person, calls: &[Call]) {
        let id = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        deliver(&who.sender, &MemoryJournal::default(), &id, calls, LIMIT, PATIENCE)
            .await
            .unwrap();
    }

    /// Pays for the request; the job's number.
    pub async fn pay(&self, request: &PostJobRequest) -> u64 {
        self.pay_until(request, 7200).await
    }

    /// With a deadline so many seconds from now.
    pub async fn pay_until(&self, request: &PostJobRequest, seconds: u64) -> u64 {
        let head = self.node.head().await.unwrap();
        let posting = Posting {
            budget: request.cap.0,
            deadline: self.node.block(head.number).await.unwrap().timestamp + seconds,
            policy: Policy {
                challenge_window: WINDOW,
                self_assign: false,
            },
            spec: pack_text(&request.specification()),
        };
        self.send(
            &self.creator,
            &market::post_job(self.at.token, self.at.market, &posting),
        )
        .await;
        self.views().job_count(self.at.market).await.unwrap()
    }

    pub async fn client(&self, world: &World) -> Client {
        Client::sign_in_as(&world.running.url(), Arc::clone(&self.creator.key)).await
    }

    /// Lets time pass on the chain and for the coordinator.
    pub fn wait(&self, clock: &TestClock, seconds: i64) {
        self.devnet.increase_time(seconds.unsigned_abs());
        clock.advance(seconds);
    }
}

/// A new key, its account on the chain, and plenty of STRK.
async fn with_funds(devnet: &Devnet, node: &RpcNode, chain_id: Felt) -> Person {
    let key = LocalKey::generate().unwrap();
    devnet.mint(&key.address().to_string(), Amount::credits(1000).units());
    deploy_account(node, &key, chain_id, LIMIT, PATIENCE).await.unwrap();
    Person {
        sender: RpcSender::new(node.clone(), &key, chain_id),
        address: key.address(),
        key: Arc::new(key),
    }
}

/// One credit a frame.
pub fn request(world: &World, frames: &str) -> PostJobRequest {
    serde_json::from_value(Client::job(&world.scene(), frames)).unwrap()
}

/// Asks until the job is so.
pub async fn until(client: &Client, job: &str, what: impl Fn(&Job) -> bool) -> Job {
    let asking = async {
        loop {
            let job = client.show(job).await;
            if what(&job) {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let Ok(job) = tokio::time::timeout(Duration::from_mins(1), asking).await else {
        panic!("it never came: {:#?}", client.show(job).await)
    };
    job
}
