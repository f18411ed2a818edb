//! A payout happens exactly once, wherever it is cut off.

use crate::setup::{LIMIT, Market, PATIENCE};
use async_trait::async_trait;
use std::{
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;
use veriframe_chain::{
    Felt,
    market::erc20,
    node::NodeError,
    send::{
        Call, DeliverError, Fee, Journal, JournalError, MemoryJournal, Outcome, Patience, RpcSender, Sender,
        SignedTransaction, deliver,
    },
};
use veriframe_core::Amount;
use veriframe_peers::a_part_of;

/// All of them in `./dev test full`, otherwise a fifth.
const RUNS: u32 = 200;

/// What goes wrong on the way to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The request never arrives.
    LostRequest,
    /// It arrives, and the answer does not.
    LostAnswer,
    /// The program ends before the request.
    KilledBefore,
    /// The program ends after it.
    KilledAfter,
}

/// A sender over a bad line: at its `at`-th step something goes wrong.
struct Faulty<'a> {
    inner: &'a RpcSender,
    fault: Fault,
    at: u32,
    steps: AtomicU32,
}

impl Faulty<'_> {
    async fn pass<T>(&self, request: impl Future<Output = Result<T, NodeError>>) -> Result<T, NodeError> {
        let lost = || NodeError::Unreachable("the line is cut".to_owned());
        if self.steps.fetch_add(1, Ordering::Relaxed) != self.at {
            return request.await;
        }
        match self.fault {
            Fault::LostRequest => Err(lost()),
            Fault::KilledBefore => std::future::pending().await,
            Fault::LostAnswer => {
                let _ = request.await;
                Err(lost())
            }
            Fault::KilledAfter => {
                let _ = request.await;
                std::future::pending().await
            }
        }
    }
}

#[async_trait]
impl Sender for Faulty<'_> {
    fn account(&self) -> Felt {
        self.inner.account()
    }

    async fn nonce(&self) -> Result<Option<u64>, NodeError> {
        self.pass(self.inner.nonce()).await
    }

    async fn estimate(&self, calls: &[Call], nonce: u64) -> Result<Fee, NodeError> {
        self.pass(self.inner.estimate(calls, nonce)).await
    }

    async fn sign(&self, calls: &[Call], nonce: u64, fee: &Fee) -> Result<SignedTransaction, NodeError> {
        self.pass(self.inner.sign(calls, nonce, fee)).await
    }

    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), NodeError> {
        self.pass(self.inner.submit(transaction)).await
    }

    async fn outcome(&self, hash: Felt) -> Result<Outcome, NodeError> {
        self.pass(self.inner.outcome(hash)).await
    }
}

/// Loses the program right before or after it was written down.
struct FaultyJournal<'a> {
    inner: &'a MemoryJournal,
    fault: Option<Fault>,
}

#[async_trait]
impl Journal for FaultyJournal<'_> {
    async fn load(&self, id: &str) -> Result<Vec<SignedTransaction>, JournalError> {
        self.inner.load(id).await
    }

    async fn append(&self, id: &str, transaction: &SignedTransaction) -> Result<(), JournalError> {
        if self.fault == Some(Fault::KilledBefore) {
            return std::future::pending().await;
        }
        self.inner.append(id, transaction).await?;
        if self.fault == Some(Fault::KilledAfter) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_payout_is_made_once_wherever_it_is_cut() {
    let Some(m) = Market::start().await else { return };
    let hurried = Patience {
        within: Duration::from_secs(10),
        look_every: Duration::from_millis(5),
    };
    let amount = Amount::from_units(1_000_003);
    let call = [erc20::transfer(m.at.token, &m.other.address, amount)];
    let faults = [
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::KilledBefore,
        Fault::KilledAfter,
    ];
    let before = m.balance(m.other.felt()).await;
    for run in 0..a_part_of(RUNS) {
        let (fault, at) = (faults[run as usize % 4], run / 4 % 7);
        let id = format!("payout {run}");
        let journal = MemoryJournal::default();
        let faulty = Faulty {
            inner: &m.worker.sender,
            fault,
            at,
            steps: AtomicU32::new(0),
        };
        let written = FaultyJournal {
            inner: &journal,
            fault: (run % 9 == 0).then_some(fault),
        };
        // A second process of the same account sends something of its own in between.
        let race = async {
            if run % 3 == 0 {
                let own = [erc20::transfer(m.at.token, &m.treasury.address, Amount::from_units(1))];
                let _ = m.try_send(&m.worker, &own).await;
            }
        };
        {
            let mut first = pin!(deliver(&faulty, &written, &id, &call, LIMIT, hurried));
            let _ = tokio::join!(timeout(Duration::from_millis(400), &mut first), race);
        }
        // The program starts again, over a good line.
        let delivered = deliver(&m.worker.sender, &journal, &id, &call, LIMIT, PATIENCE).await;
        assert!(delivered.is_ok(), "run {run}, {fault:?} at {at}: {delivered:?}");
        let paid = m.balance(m.other.felt()).await.checked_sub(before);
        let expected = amount.checked_mul(u64::from(run) + 1);
        assert_eq!(paid, expected, "run {run}, {fault:?} at {at}");
    }
}

/// Refuses the first fee that it is offered.
struct Dearer<'a> {
    inner: &'a RpcSender,
    refused: Mutex<bool>,
}

#[async_trait]
impl Sender for Dearer<'_> {
    fn account(&self) -> Felt {
        self.inner.account()
    }

    async fn nonce(&self) -> Result<Option<u64>, NodeError> {
        self.inner.nonce().await
    }

    async fn estimate(&self, calls: &[Call], nonce: u64) -> Result<Fee, NodeError> {
        self.inner.estimate(calls, nonce).await
    }

    async fn sign(&self, calls: &[Call], nonce: u64, fee: &Fee) -> Result<SignedTransaction, NodeError> {
        self.inner.sign(calls, nonce, fee).await
    }

    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), NodeError> {
        if !std::mem::replace(&mut *self.refused.lock().unwrap(), true) {
            return Err(NodeError::Fee);
        }
        self.inner.submit(transaction).await
    }

    async fn outcome(&self, hash: Felt) -> Result<Outcome, NodeError> {
        self.inner.outcome(hash).await
    }
}

#[tokio::test]
async fn fees() {
    let Some(m) = Market::start().await else { return };
    let call = [erc20::transfer(m.at.token, &m.other.address, Amount::from_units(5))];
    let before = m.balance(m.other.felt()).await;
    // The price rises between signing and sending: signed again, under the same nonce.
    let (journal, dearer) = (
        MemoryJournal::default(),
        Dearer {
            inner: &m.worker.sender,
            refused: Mutex::new(false),
        },
    );
    deliver(&dearer, &journal, "one", &call, LIMIT, PATIENCE).await.unwrap();
    let signed = journal.load("one").await.unwrap();
    assert_eq!(signed.len(), 2);
    assert_eq!(signed[0].nonce, signed[1].nonce);
    // More than was agreed to is not signed.
    let little = Amount::from_units(1000);
    let refused = deliver(&m.worker.sender, &journal, "two", &call, little, PATIENCE).await;
    assert!(matches!(refused, Err(DeliverError::Fee(_))), "{refused:?}");
    assert!(journal.load("two").await.unwrap().is_empty());
    let paid = m.balance(m.other.felt()).await.checked_sub(before);
    assert_eq!(paid, Some(Amount::from_units(5)));
}
