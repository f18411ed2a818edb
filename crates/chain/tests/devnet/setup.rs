//! A network with the contracts on it, and people with money.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use veriframe_chain::{
    Felt, LocalKey,
    deploy::{Plan, Terms, deploy},
    deployment::Deployment,
    market::{
        Payment, Policy, Posting, Refusal, Reveal, Settlement, Views, market, pack_text, registry, root_commitment,
    },
    node::{Node, NodeError, RpcNode},
    number::parse,
    send::{Call, DeliverError, Delivered, MemoryJournal, Patience, RpcSender, Sender, deliver},
};
use veriframe_core::{Address, Amount};
use veriframe_peers::{Archive, Devnet, STRK};

pub const PATIENCE: Patience = Patience {
    within: Duration::from_secs(30),
    look_every: Duration::from_millis(20),
};
/// Far more than anything costs on a devnet.
pub const LIMIT: Amount = Amount::credits(1000);
pub const BOND: Amount = Amount::credits(2);
pub const JOB_STAKE: Amount = Amount::credits(5);
pub const BUDGET: Amount = Amount::credits(10);
pub const WINDOW: u32 = 3600;
pub const RESULTS: &str = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

pub const TERMS: Terms = Terms {
    salt: Felt::from_hex_unchecked("0x7"),
    limit: LIMIT,
    patience: PATIENCE,
};

/// An account with its key.
pub struct Person {
    pub sender: RpcSender,
    pub address: Address,
}

impl Person {
    pub fn felt(&self) -> Felt {
        Felt::from_bytes_be(self.address.as_bytes())
    }
}

pub struct Market {
    pub devnet: Devnet,
    pub node: RpcNode,
    pub at: Deployment,
    /// Owns the contracts; is scheduler, arbiter, verifier and treasury as well.
    pub owner: Person,
    pub creator: Person,
    pub worker: Person,
    pub other: Person,
    pub treasury: Person,
    pub plan: Plan,
    next: AtomicU64,
}

impl Market {
    /// `None` without a devnet.
    pub async fn start() -> Option<Self> {
        Self::start_with(async |_| parse(STRK).unwrap()).await
    }

    /// With a token that the owner brings.
    pub async fn start_with(token: impl AsyncFnOnce(&Person) -> Felt) -> Option<Self> {
        let devnet = Devnet::start(Archive::None)?;
        let node = RpcNode::new(&devnet.rpc()).unwrap();
        let chain_id = node.chain_id().await.unwrap();
        let mut people = devnet.accounts().into_iter().map(|account| {
            let key = LocalKey::from_hex(&account.private_key).unwrap();
            let address: Address = account.address.parse().unwrap();
            let felt = Felt::from_bytes_be(address.as_bytes());
            Person {
                sender: RpcSender::at(node.clone(), &key, felt, chain_id),
                address,
            }
        });
        let mut next = || people.next().unwrap();
        let (owner, creator, worker, other, treasury) = (next(), next(), next(), next(), next());
        let plan = Plan {
            chain_id,
            token: token(&owner).await,
            scheduler: owner.felt(),
            arbiter: owner.felt(),
            verifier: owner.felt(),
            treasury: treasury.felt(),
            bond: BOND,
            job_stake: JOB_STAKE,
            terms: TERMS,
        };
        let at = deploy(&owner.sender, &plan).await.unwrap();
        Some(Self {
            devnet,
            node,
            at,
            owner,
            creator,
            worker,
            other,
            treasury,
            plan,
            next: AtomicU64::new(0),
        })
    }

    pub fn views(&self) -> Views<'_> {
        Views { node: &self.node }
    }

    pub async fn balance(&self, account: Felt) -> Amount {
        self.views().balance(self.at.token, account).await.unwrap()
    }

    /// The time of the newest block.
    pub async fn now(&self) -> u64 {
        let head = self.node.head().await.unwrap();
        self.node.block(head.number).await.unwrap().timestamp
    }

    pub async fn try_send(&self, who: &Person, calls: &[Call]) -> Result<Delivered, DeliverError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        deliver(&who.sender, &MemoryJournal::default(), &id, calls, LIMIT, PATIENCE).await
    }

    pub async fn send(&self, who: &Person, calls: &[Call]) -> Delivered {
        self.try_send(who, calls).await.unwrap()
    }

    /// Expects the contract's own reason; nothing is sent then, because the estimate tells it.
    pub async fn refused(&self, who: &Person, calls: &[Call], code: &str) {
        match self.try_send(who, calls).await {
            Err(DeliverError::Node(NodeError::Reverted(revert))) => {
                let found = Refusal::of(&revert).map(|refusal| refusal.code);
                assert_eq!(found, Some(code), "{revert}");
            }
            other => panic!("{code} was expected, and came {other:?}"),
        }
    }

    /// The id of a new job.
    pub async fn post(&self, self_assign: bool) -> u64 {
        let posting = self.posting(self_assign).await;
        self.send(
            &self.creator,
            &market::post_job(self.at.token, self.at.market, &posting),
        )
        .await;
        self.views().job_count(self.at.market).await.unwrap()
    }

    pub async fn posting(&self, self_assign: bool) -> Posting {
        Posting {
            budget: BUDGET,
            deadline: self.now().await + 7200,
            policy: Policy {
                challenge_window: WINDOW,
                self_assign,
            },
            spec: pack_text(
                r#"{"asset":"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi","frames":"1-10"}"#,
            ),
        }
    }

    pub async fn register(&self, who: &Person, stake: Amount) {
        let profile = pack_text("{}");
        let calls = registry::register(self.at.token, self.at.registry, stake, &profile);
        self.send(who, &calls).await;
    }

    pub async fn commit(&self, who: &Person, job: u64, settlement: &Settlement) {
        let commitment = commitment(who, job, settlement);
        let calls = market::commit(self.at.token, self.at.market, BOND, job, commitment);
        self.send(who, &calls).await;
    }

    pub fn reveal_call(&self, job: u64, settlement: &Settlement) -> Call {
        let reveal = Reveal {
            settlement_root: settlement.root(),
            total_paid: settlement.total(),
            results_cid: RESULTS.to_owned(),
            salt: Felt::from(9),
        };
        market::reveal(self.at.market, job, &reveal)
    }

    /// A job that the scheduler assigned, with its result shown.
    pub async fn shown(&self, settlement: &Settlement) -> u64 {
        let job = self.post(false).await;
        self.send(
            &self.owner,
            &[market::assign(self.at.market, job, &self.worker.address)],
        )
        .await;
        self.commit(&self.owner, job, settlement).await;
        self.send(&self.owner, &[self.reveal_call(job, settlement)]).await;
        job
    }

    pub fn claim_call(&self, job: u64, settlement: &Settlement, who: &Person) -> Call {
        let (payment, proof) = settlement.proof(&who.address).unwrap();
        market::claim(
            self.at.market,
            job,
            &who.address,
            payment.amount,
            payment.digest,
            &proof,
        )
    }

    /// What the contracts hold is what they owe, to the smallest unit.
    pub async fn assert_conserved(&self) {
        let market = self.views().market_totals(self.at.market).await.unwrap();
        let held = self.balance(self.at.market).await.units();
        assert_eq!(held, market.escrow.units() + market.owed.units() + market.bonds.units());
        let registry = self.views().registry_totals(self.at.registry).await.unwrap();
        let held = self.balance(self.at.registry).await.units();
        assert_eq!(held, registry.stakes.units() + registry.owed.units());
    }

    /// How many transactions the owner has sent.
    pub async fn owner_nonce(&self) -> Option<u64> {
        self.owner.sender.nonce().await.unwrap()
    }

    pub fn wait(&self, seconds: u64) {
        self.devnet.increase_time(seconds);
    }
}

/// To this settlement, by this person.
pub fn commitment(who: &Person, job: u64, settlement: &Settlement) -> Felt {
    root_commitment(job, settlement, RESULTS, Felt::from(9), &who.address)
}

pub fn settle(parts: &[(&Person, Amount)]) -> Settlement {
    let payments = parts.iter().map(|(person, amount)| Payment {
        worker: person.address,
        amount: *amount,
        digest: Felt::from(42),
    });
    Settlement::new(payments.collect()).unwrap()
}
