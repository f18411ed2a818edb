//! The states of a job and of its tasks, and which may follow which.

/// `Draft`, `Packing`, `Pinning` and `Funding` happen on the creator's computer; the coordinator knows a job from `Open` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    Draft,
    Packing,
    Pinning,
    Funding,
    /// Paid for; no frame has been taken yet.
    Open,
    Rendering,
    /// Every frame is in; some are still being checked.
    Verifying,
    Paused,
    Complete,
    Failed,
    Cancelled,
    Expired,
}

impl JobState {
    /// Nothing follows an ended job; what was left in its escrow has been refunded.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// Whether workers may take tasks.
    pub fn takes_workers(self) -> bool {
        matches!(self, Self::Open | Self::Rendering | Self::Verifying)
    }

    pub fn may_become(self, next: Self) -> bool {
        use JobState::{
            Cancelled, Complete, Draft, Expired, Failed, Funding, Open, Packing, Paused, Pinning, Rendering, Verifying,
        };
        match self {
            Draft => matches!(next, Packing | Cancelled),
            Packing => matches!(next, Pinning | Failed | Cancelled),
            Pinning => matches!(next, Funding | Paused | Failed | Cancelled),
            Funding => matches!(next, Open | Failed | Cancelled),
            Open => matches!(next, Rendering | Paused | Failed | Cancelled | Expired),
            Rendering => matches!(next, Verifying | Paused | Complete | Failed | Cancelled | Expired),
            Verifying => matches!(next, Rendering | Paused | Complete | Failed | Cancelled | Expired),
            Paused => matches!(next, Open | Rendering | Verifying | Cancelled | Expired),
            Complete | Failed | Cancelled | Expired => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    Queued,
    Leased,
    Submitted,
    Verified,
    Paid,
    /// Three different workers failed it.
    Failed,
    /// The job ended before it was done.
    Cancelled,
}

impl TaskState {
    pub fn may_become(self, next: Self) -> bool {
        use TaskState::{Cancelled, Failed, Leased, Paid, Queued, Submitted, Verified};
        match self {
            Queued => matches!(next, Leased | Failed | Cancelled),
            Leased => matches!(next, Submitted | Queued | Failed | Cancelled),
            Submitted => matches!(next, Verified | Queued | Failed | Cancelled),
            Verified => matches!(next, Paid | Queued),
            // A paid frame is rendered again only when its creator asks and pays for it.
            Paid => matches!(next, Queued),
            Failed | Cancelled => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Render a frame of the job.
    Frame,
    /// Render a frame that somebody submitted once more, to compare.
    Audit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_an_ended_job() {
        for ended in [
            JobState::Complete,
            JobState::Failed,
            JobState::Cancelled,
            JobState::Expired,
        ] {
            assert!(ended.has_ended() && !ended.takes_workers());
            assert!(!ended.may_become(JobState::Open));
        }
    }
}
