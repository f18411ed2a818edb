//! The indexer on a real network that takes blocks back.

use super::{
    Limits,
    line::{Line, Quality},
    open,
};
use crate::{
    chance::Chance,
    indexer::{
        Deployment, Memory, PassError, Reading, Status, deployment, pass::Passed, pass::pass, reconcile,
        reconcile::Rounds,
    },
    store::{self, Store},
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use veriframe_chain::{
    Felt, LocalKey,
    deploy::{Plan, Terms, deploy},
    events::Contracts,
    market::{Policy, Posting, Views, market, pack_text, registry},
    node::{Node, RpcNode},
    number::parse,
    send::{Call, Fee, MemoryJournal, Patience, RpcSender, Sender, deliver},
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

    /// A block with events of two jobs and a worker, without waiting for anything: of a history that is long, each counts.
    async fn quickly(&self, nonce: u64, first: u64, budget: u64) {
        let posting = Posting {
            budget: Amount::from_units(1),
            deadline: first,
            policy: Policy {
                challenge_window: 3600,
                self_assign: false,
            },
            spec: pack_text("{}"),
        };
        let Contracts { market, registry } = self.deployment.contracts;
        let mut calls = market::post_job(self.token, market, &posting);
        calls.extend(market::post_job(self.token, market, &posting));
        if budget == 0 {
            calls.extend(registry::register(self.token, registry, Amount::ZERO, &pack_text("{}")));
        } else {
            calls.push(registry::update(registry, &pack_text(&budget.to_string())));
        }
        let fee = Fee {
            l1_gas: 0,
            l1_gas_price: 1 << 40,
            l1_data_gas: 1 << 16,
            l1_data_gas_price: 1 << 40,
            l2_gas: 1 << 26,
            l2_gas_price: 1 << 33,
        };
        let signed = self.creator.sign(&calls, nonce, &fee).await.unwrap();
        self.creator.submit(&signed).await.unwrap();
    }
}

/// A database of the events of this network.
struct Copy {
    folder: TempDir,
    store: Store,
    memory: Memory,
    limits: Limits,
    chance: Chance,
    rounds: Rounds,
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
            limits: Limits::default(),
            chance: Chance::new(Some(7)),
            rounds: Rounds::default(),
            status: watch::Sender::default(),
        }
    }

    async fn restart(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder).await;
        self.memory = Memory::new(&Limits::default());
    }

    async fn pass(&mut self, network: &Network) -> Result<Passed, PassError> {
        self.pass_by(network, &network.node).await
    }

    async fn pass_by(&mut self, network: &Network, node: &RpcNode) -> Result<Passed, PassError> {
        let reading = Reading {
            node,
            store: &self.store,
            chance: &self.chance,
            deployment: &network.deployment,
            limits: self.limits,
            status: &self.status,
        };
        pass(&reading, &mut self.memory).await
    }

    /// The differences after one more look: subject, field, kept, told.
    async fn look(&mut self, network: &Network) -> Vec<String> {
        let reading = Reading {
            node: &network.node,
            store: &self.store,
            chance: &self.chance,
            deployment: &network.deployment,
            limits: self.limits,
            status: &self.status,
        };
        let left = reconcile::look(&reading, &mut self.rounds).await.unwrap();
        let mut db = self.store.read().await.unwrap();
        let rows = store::chain_differences::page(&mut db, None, 1000).await.unwrap();
        assert_eq!(rows.len() as u64, left);
        let word = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let line = |row: store::chain_differences::DifferenceRow| {
            let (kind, id) = (row.subject.kind, row.subject.id);
            format!("{kind} {id} {} {} {}", row.field, word(row.kept), word(row.told))
        };
        rows.into_iter().map(line).collect()
    }

    async fn change(&self, sql: &'static str) {
        let mut tx = self.store.write().await.unwrap();
        sqlx::query(sql).execute(tx.db()).await.unwrap();
        tx.commit().await.unwrap();
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

/// Blocks with events in batches of requests and of rows, next to one block and one row at a time.
#[tokio::test]
async fn a_long_history_is_read_as_one_block_at_a_time_would_be() {
    let Some(network) = Network::start().await else { return };
    let nonce = network.creator.nonce().await.unwrap().unwrap();
    let newest = network.node.block(network.head().await).await.unwrap();
    for block in 0..120 {
        network.quickly(nonce + block, newest.timestamp + 86_400, block).await;
        if block.is_multiple_of(3) {
            network.devnet.create_block();
        }
    }
    let mut fast = Copy::new(&network).await;
    fast.finish(&network).await;
    let mut slow = Copy::new(&network).await;
    slow.limits = Limits {
        page: 7,
        range: 10,
        batch: 1,
        together: 1,
        parallel: 1,
        ..Limits::default()
    };
    slow.memory = Memory::new(&slow.limits);
    slow.finish(&network).await;
    let dump = fast.dump().await;
    assert_eq!(dump, slow.dump().await);
    assert_eq!(dump.matches("name=JobCreated").count(), 240);
    assert_eq!(dump.matches("name=WorkerUpdated").count(), 119);
    // Whoever deployed named roles and made itself the owner: nothing that was told is unknown.
    assert!(dump.matches("name=RoleChanged").count() > 4, "{dump}");
    assert_eq!(dump.matches("name=OwnershipTransferred").count(), 2);
    assert!(!dump.contains("does not know the event"));
}

/// What a contract answers, beside rows that somebody changed, took away, or that are missing.
#[tokio::test]
async fn a_row_that_is_not_as_on_the_chain_is_told_and_made_again() {
    let Some(network) = Network::start().await else { return };
    let nonce = network.creator.nonce().await.unwrap().unwrap();
    let newest = network.node.block(network.head().await).await.unwrap();
    for block in 0..3 {
        network.quickly(nonce + block, newest.timestamp + 86_400, block).await;
    }
    let mut copy = Copy::new(&network).await;
    copy.finish(&network).await;
    let right = copy.dump().await;
    assert_eq!(copy.look(&network).await, Vec::<String>::new(), "nothing differs");
    // A row that lies, one that is gone, and a worker of whom nobody told.
    copy.change("UPDATE chain_jobs SET state = 'finalised', budget = '7' WHERE id = 2")
        .await;
    copy.change("DELETE FROM chain_jobs WHERE id = 3").await;
    copy.change("UPDATE chain_workers SET locked = '5'").await;
    let found = copy.look(&network).await;
    for expected in ["job 2 budget 7 1", "job 2 state finalised open", "job 3 state - open"] {
        assert!(
            found.iter().any(|line| line == expected),
            "{expected} is not in {found:?}"
        );
    }
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("worker ") && line.ends_with("locked 5 -"))
    );
    assert!(copy.status.borrow().differences >= 4);
    assert_eq!(copy.dump().await, right, "rows follow from their events again");
    assert_eq!(
        copy.look(&network).await,
        Vec::<String>::new(),
        "the next look finds them equal"
    );
    assert_eq!(copy.status.borrow().differences, 0);
    // What the events themselves lack stays told, until they are there again.
    copy.change("DELETE FROM chain_events WHERE job = 4").await;
    copy.change("DELETE FROM chain_jobs WHERE id = 4").await;
    for _ in 0..2 {
        assert!(copy.look(&network).await.contains(&"job 4 state - open".to_owned()));
    }
    copy.finish(&network).await;
    assert_eq!(copy.dump().await, right, "a pass reads again what is not there");
    assert_eq!(copy.look(&network).await, Vec::<String>::new());
}

/// A node that is down, slow, or keeps events from us, while blocks come and go.
#[tokio::test]
async fn a_bad_line_to_a_real_network_leaves_nothing_behind() {
    let Some(network) = Network::start().await else { return };
    let line = Line::to(&network.devnet.rpc()).await;
    let node = RpcNode::new(&line.url).unwrap();
    let first = network.head().await + 1;
    let mut copy = Copy::new(&network).await;
    let (mut failed, mut kept_back) = (0, 0);
    for round in 0..20 {
        network.post(round).await;
        let quality = match round % 5 {
            0 => Quality::Down,
            1 | 2 => Quality::Empty,
            3 => Quality::Slow,
            _ => Quality::Good,
        };
        line.set(quality);
        if round % 6 == 5 {
            network.devnet.abort_from((network.head().await - 2).max(first));
        }
        match copy.pass_by(&network, &node).await {
            Err(PassError::Node(error)) if quality == Quality::Down => {
                assert!(error.is_transient(), "{error}");
                failed += 1;
            }
            Ok(_) | Err(PassError::Moved) => assert_ne!(quality, Quality::Down),
            Err(error) => panic!("{error}"),
        }
        kept_back += u32::from(quality == Quality::Empty);
        if round % 7 == 6 {
            copy.restart().await;
        }
    }
    assert!(failed > 2 && kept_back > 4);
    line.set(Quality::Good);
    copy.finish(&network).await;
    let mut fresh = Copy::new(&network).await;
    fresh.finish(&network).await;
    assert_eq!(copy.dump().await, fresh.dump().await);
    assert_eq!(copy.look(&network).await, Vec::<String>::new());
}
