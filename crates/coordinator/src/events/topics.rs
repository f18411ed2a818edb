//! Who gets which event.

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

    /// Those under which it is listened for.
    pub fn each(&self) -> impl Iterator<Item = Topic> {
        let creator = self.creator.map(Topic::Jobs);
        let job = self.job.clone().map(Topic::Job);
        let worker = self.worker.map(Topic::Worker);
        let market = self.market.then_some(Topic::Market);
        let seen = self.worker.filter(|_| self.market).map(Topic::OtherWorker);
        [creator, job, worker, market, seen].into_iter().flatten()
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

/// What a socket asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `jobs`: those that this account created, and its money.
    Jobs(Address),
    /// `job:ID`.
    Job(String),
    /// `worker:ADDRESS`, of the caller.
    Worker(Address),
    /// `worker:ADDRESS` of somebody else, of whom only that is told which the market hears.
    OtherWorker(Address),
    /// `market`.
    Market,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a topic; there are jobs, job:ID, worker:ADDRESS and market")]
pub struct TopicError(String);

impl Topic {
    pub fn parse(text: &str, caller: Address) -> Result<Self, TopicError> {
        let bad = || TopicError(text.chars().take(80).collect());
        match text.split_once(':') {
            None if text == "jobs" => Ok(Self::Jobs(caller)),
            None if text == "market" => Ok(Self::Market),
            Some(("job", id)) if !id.is_empty() && id.len() <= 64 => Ok(Self::Job(id.to_owned())),
            Some(("worker", address)) => match address.parse().map_err(|_| bad())? {
                own if own == caller => Ok(Self::Worker(own)),
                other => Ok(Self::OtherWorker(other)),
            },
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_what_they_asked_for_only() {
        let me: Address = "0x1".parse().unwrap();
        let other: Address = "0x2".parse().unwrap();
        let wants = |topic: &str, topics: Topics| {
            let topic = Topic::parse(topic, me).unwrap();
            topics.each().any(|each| each == topic)
        };
        assert!(wants("jobs", Topics::job("a", me)));
        assert!(!wants("jobs", Topics::job("a", other)));
        assert!(wants("jobs", Topics::account(me)));
        assert!(!wants("jobs", Topics::default().and_market()));
        assert!(wants("market", Topics::job("a", other).and_market()));
        assert!(wants("worker:0x1", Topics::job("a", other).and_worker(me)));
        assert!(wants("worker:0x2", Topics::worker(other).and_market()));
        assert!(!wants("worker:0x2", Topics::account(other)));
        assert!(wants("job:b", Topics::job("b", other)));
        assert!(!wants("job:b", Topics::job("a", other)));
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        let me: Address = "0x1".parse().unwrap();
        for topic in ["", "job:", "worker:me", "everything", "jobs:1"] {
            assert!(Topic::parse(topic, me).is_err(), "{topic}");
        }
    }
}
