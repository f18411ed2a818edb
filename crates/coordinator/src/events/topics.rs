//! Who gets which event.

use std::collections::HashSet;
use veriframe_core::Address;

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    pub job: Option<String>,
    /// The creator of the job, or whose money moved.
    pub creator: Option<Address>,
    pub worker: Option<Address>,
    pub market: bool,
}

impl Topics {
    pub fn job(job: &str, creator: Address) -> Self {
        Self {
            job: Some(job.to_owned()),
            creator: Some(creator),
            ..Self::default()
        }
    }

    pub fn worker(worker: Address) -> Self {
        Self {
            worker: Some(worker),
            ..Self::default()
        }
    }

    /// Reaches an account whether it listens as a creator or as a worker.
    pub fn account(address: Address) -> Self {
        Self {
            creator: Some(address),
            worker: Some(address),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn and_worker(mut self, worker: Address) -> Self {
        self.worker = Some(worker);
        self
    }

    #[must_use]
    pub fn and_market(mut self) -> Self {
        self.market = true;
        self
    }
}

/// What a socket asked for.
#[derive(Debug, Default)]
pub struct Subscription {
    /// `jobs`: those of this creator.
    own_jobs: Option<Address>,
    jobs: HashSet<String>,
    workers: HashSet<Address>,
    market: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a topic; there are jobs, job:ID, worker:ADDRESS and market")]
pub struct TopicError(String);

impl Subscription {
    pub fn add(&mut self, topic: &str, caller: Address) -> Result<(), TopicError> {
        let bad = || TopicError(topic.chars().take(80).collect());
        match topic.split_once(':') {
            None if topic == "jobs" => self.own_jobs = Some(caller),
            None if topic == "market" => self.market = true,
            Some(("job", id)) if !id.is_empty() && id.len() <= 64 => {
                self.jobs.insert(id.to_owned());
            }
            Some(("worker", address)) => {
                self.workers.insert(address.parse().map_err(|_| bad())?);
            }
            _ => return Err(bad()),
        }
        Ok(())
    }

    pub fn wants(&self, topics: &Topics) -> bool {
        (self.market && topics.market)
            || (self.own_jobs.is_some() && self.own_jobs == topics.creator)
            || topics.job.as_ref().is_some_and(|job| self.jobs.contains(job))
            || topics
                .worker
                .as_ref()
                .is_some_and(|worker| self.workers.contains(worker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_what_they_asked_for_only() {
        let me: Address = "0x1".parse().unwrap();
        let other: Address = "0x2".parse().unwrap();
        let mut mine = Subscription::default();
        mine.add("jobs", me).unwrap();
        assert!(mine.wants(&Topics::job("a", me)));
        assert!(!mine.wants(&Topics::job("a", other)));
        assert!(mine.wants(&Topics::account(me)));
        assert!(!mine.wants(&Topics::default().and_market()));

        let mut worker = Subscription::default();
        worker.add("market", me).unwrap();
        worker.add("worker:0x1", me).unwrap();
        worker.add("job:b", me).unwrap();
        assert!(worker.wants(&Topics::job("a", other).and_market()));
        assert!(worker.wants(&Topics::job("a", other).and_worker(me)));
        assert!(worker.wants(&Topics::job("b", other)));
        assert!(!worker.wants(&Topics::job("a", other)));
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        let me: Address = "0x1".parse().unwrap();
        for topic in ["", "job:", "worker:me", "everything", "jobs:1"] {
            assert!(Subscription::default().add(topic, me).is_err(), "{topic}");
        }
    }
}
