//! Hands events to the sockets that asked for them, after they were committed.
//!
//! Readers are kept by topic, so an event costs as much as it has readers, however many sockets are open.

use super::{Topic, Topics};
use axum::extract::ws::Utf8Bytes;
use prometheus_client::{metrics::counter::Counter, registry::Registry};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{
    Notify,
    mpsc::{self, error::TrySendError},
};
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

#[derive(Clone, Debug, Default)]
pub struct Bus {
    readers: Arc<Mutex<Readers>>,
    log_grew: Arc<Notify>,
    committed: Arc<Notify>,
    counters: BusCounters,
}

#[derive(Debug, Default)]
struct Readers {
    last: u64,
    queues: HashMap<u64, mpsc::Sender<Arc<Logged>>>,
    by_topic: HashMap<Topic, HashSet<u64>>,
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
    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody listening is fine: the log has it. Whoever lies too far behind listens no longer.
    pub fn send(&self, event: &Arc<Logged>) {
        self.counters.events.inc();
        let mut readers = self.readers();
        let wanted_by: HashSet<u64> = event
            .topics
            .each()
            .filter_map(|topic| readers.by_topic.get(&topic))
            .flatten()
            .copied()
            .collect();
        for id in wanted_by {
            let sent = readers.queues.get(&id).map(|queue| queue.try_send(Arc::clone(event)));
            if let Some(Err(TrySendError::Full(_) | TrySendError::Closed(_))) = sent {
                readers.queues.remove(&id);
            }
        }
    }

    pub fn listen(&self) -> Listener {
        let (queue, events) = mpsc::channel(BACKLOG);
        let mut readers = self.readers();
        readers.last += 1;
        let id = readers.last;
        readers.queues.insert(id, queue);
        Listener {
            id,
            events,
            topics: HashSet::new(),
            bus: self.clone(),
        }
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
        let readers = self.readers();
        let behind = readers.queues.values().map(|queue| BACKLOG - queue.capacity()).max();
        i64::try_from(behind.unwrap_or_default()).unwrap_or(i64::MAX)
    }
}

/// One reader; it gets nothing until it names a topic.
#[derive(Debug)]
pub struct Listener {
    id: u64,
    events: mpsc::Receiver<Arc<Logged>>,
    topics: HashSet<Topic>,
    bus: Bus,
}

impl Listener {
    pub fn add(&mut self, topic: Topic) {
        let mut readers = self.bus.readers();
        readers.by_topic.entry(topic.clone()).or_default().insert(self.id);
        self.topics.insert(topic);
    }

    pub fn topics(&self) -> usize {
        self.topics.len()
    }

    pub fn wants(&self, topics: &Topics) -> bool {
        topics.each().any(|topic| self.topics.contains(&topic))
    }

    /// `None`: it lay too far behind, and what it missed is in the log.
    pub async fn next(&mut self) -> Option<Arc<Logged>> {
        self.events.recv().await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut readers = self.bus.readers();
        readers.queues.remove(&self.id);
        for topic in &self.topics {
            if let Some(ids) = readers.by_topic.get_mut(topic) {
                ids.remove(&self.id);
                if ids.is_empty() {
                    readers.by_topic.remove(topic);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_core::Address;

    fn event(seq: u64, topics: Topics) -> Arc<Logged> {
        Arc::new(Logged {
            seq: Some(seq),
            topics,
            json: Utf8Bytes::from_static("{}"),
        })
    }

    async fn next(listener: &mut Listener) -> Option<u64> {
        listener.next().await.and_then(|event| event.seq)
    }

    #[tokio::test]
    async fn an_event_comes_once_however_many_of_its_topics_are_read() {
        let (bus, me): (Bus, Address) = (Bus::default(), "0x1".parse().unwrap());
        let mut listener = bus.listen();
        bus.send(&event(1, Topics::job("a", me)));
        listener.add(Topic::Job("a".to_owned()));
        listener.add(Topic::Jobs(me));
        bus.send(&event(2, Topics::job("a", me)));
        bus.send(&event(3, Topics::job("b", "0x2".parse().unwrap())));
        bus.send(&event(4, Topics::job("b", me)));
        assert_eq!(next(&mut listener).await, Some(2));
        assert_eq!(next(&mut listener).await, Some(4));
    }

    #[tokio::test]
    async fn who_lies_too_far_behind_is_dropped_and_forgotten() {
        let bus = Bus::default();
        let mut slow = bus.listen();
        slow.add(Topic::Market);
        for seq in 0..=BACKLOG as u64 {
            bus.send(&event(seq, Topics::default().and_market()));
        }
        for seq in 0..BACKLOG as u64 {
            assert_eq!(next(&mut slow).await, Some(seq));
        }
        assert_eq!(next(&mut slow).await, None);
        drop(slow);
        assert!(bus.readers().queues.is_empty());
        assert!(bus.readers().by_topic.is_empty());
    }
}
