//! Hands events to every open socket, after they were committed.

use super::Topics;
use axum::extract::ws::Utf8Bytes;
use prometheus_client::{metrics::counter::Counter, registry::Registry};
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};
use veriframe_wire::Event;

/// Events a reader may lie behind before it is told to connect again.
const BACKLOG: usize = 4096;

/// An event as it is sent, with what decides who gets it.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Absent for progress, which is not kept.
    pub seq: Option<u64>,
    pub topics: Topics,
    pub json: Utf8Bytes,
}

impl Logged {
    pub fn new(event: &Event, topics: Topics) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: event.seq,
            topics,
            json: serde_json::to_string(event)?.into(),
        })
    }
}

#[derive(Clone, Debug)]
pub struct Bus {
    live: broadcast::Sender<Arc<Logged>>,
    log_grew: Arc<Notify>,
    committed: Arc<Notify>,
    counters: BusCounters,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            live: broadcast::channel(BACKLOG).0,
            log_grew: Arc::default(),
            committed: Arc::default(),
            counters: BusCounters::default(),
        }
    }
}

/// What went through the bus. Clones share their numbers.
#[derive(Clone, Debug, Default)]
pub struct BusCounters {
    events: Counter,
}

impl BusCounters {
    pub fn register(&self, registry: &mut Registry) {
        registry.register("events", "Events handed to the sockets", self.events.clone());
    }
}

impl Bus {
    /// Nobody listening is fine: the log has it.
    pub fn send(&self, event: Arc<Logged>) {
        self.counters.events.inc();
        let _ = self.live.send(event);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Logged>> {
        self.live.subscribe()
    }

    /// After this replica wrote events into a log that others read as well.
    pub fn committed(&self) {
        self.log_grew();
        self.committed.notify_one();
    }

    /// Returns when this replica has written events since the last call; many writes count as one.
    pub async fn wait_for_commit(&self) {
        self.committed.notified().await;
    }

    /// Lets [`crate::replicas::relay`] look at the log, where several coordinators write it.
    pub fn log_grew(&self) {
        self.log_grew.notify_one();
    }

    /// Returns when the log may have grown since the last call; calls meanwhile count as one.
    pub async fn wait_for_log(&self) {
        self.log_grew.notified().await;
    }

    pub fn counters(&self) -> &BusCounters {
        &self.counters
    }

    /// Events that the slowest reader has not taken yet.
    pub fn backlog(&self) -> i64 {
        i64::try_from(self.live.len()).unwrap_or(i64::MAX)
    }
}
