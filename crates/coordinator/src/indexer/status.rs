//! How the indexer does, for whoever asks.

use veriframe_chain::Felt;
use veriframe_wire::health::{Component, Level};

/// Blocks behind the head from which on it counts as degraded.
const LAG: u64 = 20;
/// Passes that may fail in a row before it counts as down.
const FAILURES: u32 = 5;

/// The code that the contracts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    pub market: Felt,
    pub registry: Felt,
}

#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The newest block the node told of.
    pub head: Option<u64>,
    /// Everything up to this block is in the database.
    pub indexed: Option<u64>,
    /// Told by the node when it was last asked.
    pub classes: Option<Classes>,
    /// Passes since the start that did not fail.
    pub passes: u64,
    /// Ranges of blocks read again since the start, and found to be as kept.
    pub audits: u64,
    /// Looks at what the contracts themselves say, since the start.
    pub looks: u64,
    /// Where they say something else than what is kept, as the last look left it.
    pub differences: u64,
    /// Passes that failed since the last one that did not.
    pub failures: u32,
    /// Why the last pass failed; empty when it did not.
    pub error: String,
    /// The node or the database does not fit, and somebody has to do something.
    pub refused: bool,
    /// Milliseconds that the last pass took.
    pub took_ms: f64,
}

impl Status {
    /// Blocks that are not indexed yet; `None` until the node has answered once.
    pub fn lag(&self, start_block: u64) -> Option<u64> {
        let head = self.head?;
        let next = self.indexed.map_or(start_block, |indexed| indexed + 1);
        Some((head + 1).saturating_sub(next))
    }

    pub(super) fn component(&self, start_block: u64) -> Component {
        let lag = self.lag(start_block);
        let status = if self.refused || self.failures >= FAILURES {
            Level::Down
        } else if self.failures > 0 || self.differences > 0 || self.passes == 0 || lag.is_none_or(|lag| lag > LAG) {
            Level::Degraded
        } else {
            Level::Ok
        };
        let lag = lag.map_or("the chain's node has not answered yet".to_owned(), |lag| {
            format!("{lag} blocks behind")
        });
        let mut detail = lag;
        if self.differences > 0 {
            detail = format!("{detail}; {} differences between chain and database", self.differences);
        }
        if !self.error.is_empty() {
            detail = format!("{detail}; {}", self.error);
        }
        Component {
            status,
            latency_ms: self.took_ms,
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_follows_from_lag_and_failures() {
        let level = |status: &Status| status.component(100).status;
        let mut status = Status::default();
        assert_eq!(level(&status), Level::Degraded);
        status.passes = 1;
        status.head = Some(119);
        assert_eq!((status.lag(100), level(&status)), (Some(20), Level::Ok));
        status.head = Some(120);
        assert_eq!(level(&status), Level::Degraded);
        status.indexed = Some(120);
        assert_eq!((status.lag(100), level(&status)), (Some(0), Level::Ok));
        // A node that lags behind the one asked before.
        status.head = Some(3);
        assert_eq!(status.lag(100), Some(0));
        status.failures = 1;
        status.error = "it broke".to_owned();
        assert_eq!(level(&status), Level::Degraded);
        assert_eq!(status.component(100).detail, "0 blocks behind; it broke");
        status.failures = 0;
        status.error.clear();
        status.differences = 2;
        assert_eq!(level(&status), Level::Degraded);
        let told = status.component(100).detail;
        assert_eq!(told, "0 blocks behind; 2 differences between chain and database");
        status.differences = 0;
        status.failures = FAILURES;
        assert_eq!(level(&status), Level::Down);
        status.failures = 0;
        status.refused = true;
        assert_eq!(level(&status), Level::Down);
    }
}
