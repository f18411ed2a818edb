//! The indexer on a simulated chain.

mod cases;
mod devnet;
mod line;
mod random;
mod simulated;

use super::{Deployment, Limits, Memory, PassError, Reading, Status, deployment, pass::Passed, pass::pass};
use crate::{
    chance::Chance,
    events::Bus,
    store,
    store::{Database, Store},
};
use simulated::{CHAIN_ID, CONTRACTS, SimulatedNode};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tempfile::TempDir;
use tokio::sync::watch;
use veriframe_core::SystemClock;

const DEPLOYMENT: Deployment = Deployment {
    chain_id: CHAIN_ID,
    contracts: CONTRACTS,
    start_block: 3,
};

/// Small, so that short chains meet every limit.
const LIMITS: Limits = Limits {
    page: 3,
    range: 16,
    batch: 3,
    together: 2,
    parallel: 4,
    kept: 24,
    overlap: 6,
    audited: 4096,
    audit: 8,
};

/// A database, and what a process that uses it remembers.
struct Copy {
    folder: TempDir,
    store: Store,
    memory: Memory,
    limits: Limits,
    chance: Chance,
    status: watch::Sender<Status>,
}

impl Copy {
    async fn new() -> Self {
        Self::with(LIMITS).await
    }

    async fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        deployment::claim(&store, &DEPLOYMENT).await.unwrap();
        Self {
            folder,
            store,
            memory: Memory::new(&limits),
            limits,
            chance: Chance::new(Some(5)),
            status: watch::Sender::default(),
        }
    }

    /// What a process that was killed leaves: the file.
    async fn restart(&mut self) {
        self.store.close().await;
        self.store = open(&self.folder).await;
        self.memory = Memory::new(&self.limits);
    }

    /// One pass; `None` when it was dropped after being polled so many times.
    async fn pass(&mut self, node: &SimulatedNode, polls: Option<u64>) -> Option<Result<Passed, PassError>> {
        let reading = Reading {
            node,
            store: &self.store,
            chance: &self.chance,
            deployment: &DEPLOYMENT,
            limits: self.limits,
            status: &self.status,
        };
        let work = Box::pin(pass(&reading, &mut self.memory));
        Cut { work, polls }.await
    }

    async fn done(&mut self, node: &SimulatedNode) {
        assert_eq!(self.pass(node, None).await.unwrap().unwrap(), Passed::Done);
    }

    async fn dump(&self) -> String {
        let mut db = self.store.read().await.unwrap();
        store::chain_dump::dump(&mut db).await.unwrap()
    }

    async fn repairs(&self) -> store::chain_source::Repairs {
        let mut db = self.store.read().await.unwrap();
        store::chain_source::repairs(&mut db).await.unwrap()
    }

    /// As an index of the whole chain from the start.
    async fn is_right(&self, node: &SimulatedNode) {
        let mut fresh = Self::with(Limits::default()).await;
        fresh.done(node).await;
        let (ours, right) = (self.dump().await, fresh.dump().await);
        assert_eq!(ours, right);
        fresh.is_told(node).await;
        let mut db = self.store.read().await.unwrap();
        for kept in store::chain_blocks::all(&mut db).await.unwrap() {
            assert_eq!(node.hash_of(kept.number), Some(kept.hash));
        }
    }

    /// Independent of how a pass works: the events are those of the chain.
    async fn is_told(&self, node: &SimulatedNode) {
        let mut db = self.store.read().await.unwrap();
        let everything = store::chain_events::Filter::default();
        let rows = store::chain_events::page(&mut db, &everything, None, u32::MAX);
        let kept: Vec<_> = rows.await.unwrap().into_iter().map(|row| row.told).collect();
        let mut told = node.told();
        told.retain(|event| event.block.number >= DEPLOYMENT.start_block);
        assert_eq!(kept, told);
    }
}

async fn open(folder: &TempDir) -> Store {
    let path = folder.path().join("coordinator.db");
    Store::open(&Database::Sqlite(path), Arc::new(SystemClock), Bus::default())
        .await
        .unwrap()
}

/// Drops the work in whatever await it is after so many polls.
struct Cut<F> {
    work: Pin<Box<F>>,
    polls: Option<u64>,
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.polls {
            Some(0) => return Poll::Ready(None),
            Some(left) => *left -= 1,
            None => {}
        }
        self.work.as_mut().poll(context).map(Some)
    }
}
