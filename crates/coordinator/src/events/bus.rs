//! Hands events to every open socket, after they were committed.

use super::Topics;
use axum::extract::ws::Utf8Bytes;
use std::sync::Arc;
use tokio::sync::broadcast;
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
pub struct Bus(broadcast::Sender<Arc<Logged>>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Bus {
    /// Nobody listening is fine: the log has it.
    pub fn send(&self, event: Arc<Logged>) {
        let _ = self.0.send(event);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Logged>> {
        self.0.subscribe()
    }
}
