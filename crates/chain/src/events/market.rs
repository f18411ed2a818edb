//! Events of `JobMarket`.

use super::reader::{DecodeError, Names, Reader, names};
use crate::{node::EmittedEvent, number::Felt};
use std::sync::LazyLock;
use veriframe_core::{Address, Amount};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketEvent {
    JobCreated {
        job: u64,
        creator: Address,
        /// Poseidon over `spec`.
        spec_commitment: Felt,
        budget: Amount,
        deadline: u64,
        /// Seconds.
        challenge_window: u32,
        /// Whether a staked worker may assign the job to itself.
        self_assign: bool,
        spec: Vec<Felt>,
    },
    JobAssigned {
        job: u64,
        worker: Address,
        /// Who will commit.
        aggregator: Address,
    },
    ResultCommitted {
        job: u64,
        aggregator: Address,
        root_commitment: Felt,
    },
    ResultRevealed {
        job: u64,
        settlement_root: Felt,
        total_paid: Amount,
        /// The last second of the challenge window.
        ends_at: u64,
        /// Text of a CID, 31 bytes a felt.
        results_cid: Vec<Felt>,
    },
    JobCompleted {
        job: u64,
        total_paid: Amount,
        refund: Amount,
        /// Parts of 10,000.
        worker_share: u16,
    },
    JobChallenged {
        job: u64,
        challenger: Address,
        /// The last second of the arbiter's time.
        ends_at: u64,
    },
    JobResolved {
        job: u64,
        worker_share: u16,
        by_default: bool,
    },
    JobCancelled {
        job: u64,
        refund: Amount,
    },
    JobExpired {
        job: u64,
        refund: Amount,
    },
    Claimed {
        job: u64,
        worker: Address,
        amount: Amount,
    },
    /// What was actually paid out of the contract.
    Paid {
        account: Address,
        amount: Amount,
    },
}

impl MarketEvent {
    /// `None` for one that is not in the list above.
    pub(super) fn decode(emitted: &EmittedEvent) -> Result<Option<Self>, DecodeError> {
        let Some(name) = emitted.keys.first().and_then(name_of) else {
            return Ok(None);
        };
        let mut felts = Reader::new(name, emitted);
        let event = match name {
            "Paid" => Self::Paid {
                account: felts.address("account")?,
                amount: felts.amount("amount")?,
            },
            _ => Self::of_job(name, &mut felts)?,
        };
        felts.end()?;
        Ok(Some(event))
    }

    /// All but `Paid` begin with the job's id.
    fn of_job(name: &str, felts: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let job = felts.number("job")?;
        Ok(match name {
            "JobCreated" => Self::JobCreated {
                job,
                creator: felts.address("creator")?,
                spec_commitment: felts.felt("spec_commitment")?,
                budget: felts.amount("budget")?,
                deadline: felts.number("deadline")?,
                challenge_window: felts.number("challenge_window")?,
                self_assign: felts.flag("self_assign")?,
                spec: felts.span("spec")?,
            },
            "JobAssigned" => Self::JobAssigned {
                job,
                worker: felts.address("worker")?,
                aggregator: felts.address("aggregator")?,
            },
            "ResultCommitted" => Self::ResultCommitted {
                job,
                aggregator: felts.address("aggregator")?,
                root_commitment: felts.felt("root_commitment")?,
            },
            "ResultRevealed" => Self::ResultRevealed {
                job,
                settlement_root: felts.felt("settlement_root")?,
                total_paid: felts.amount("total_paid")?,
                ends_at: felts.number("ends_at")?,
                results_cid: felts.span("results_cid")?,
            },
            "JobCompleted" => Self::JobCompleted {
                job,
                total_paid: felts.amount("total_paid")?,
                refund: felts.amount("refund")?,
                worker_share: felts.number("worker_share")?,
            },
            "JobChallenged" => Self::JobChallenged {
                job,
                challenger: felts.address("challenger")?,
                ends_at: felts.number("ends_at")?,
            },
            "JobResolved" => Self::JobResolved {
                job,
                worker_share: felts.number("worker_share")?,
                by_default: felts.flag("by_default")?,
            },
            "JobCancelled" => Self::JobCancelled {
                job,
                refund: felts.amount("refund")?,
            },
            "JobExpired" => Self::JobExpired {
                job,
                refund: felts.amount("refund")?,
            },
            _ => Self::Claimed {
                job,
                worker: felts.address("worker")?,
                amount: felts.amount("amount")?,
            },
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::JobCreated { .. } => "JobCreated",
            Self::JobAssigned { .. } => "JobAssigned",
            Self::ResultCommitted { .. } => "ResultCommitted",
            Self::ResultRevealed { .. } => "ResultRevealed",
            Self::JobCompleted { .. } => "JobCompleted",
            Self::JobChallenged { .. } => "JobChallenged",
            Self::JobResolved { .. } => "JobResolved",
            Self::JobCancelled { .. } => "JobCancelled",
            Self::JobExpired { .. } => "JobExpired",
            Self::Claimed { .. } => "Claimed",
            Self::Paid { .. } => "Paid",
        }
    }

    /// Every one but `Paid` is of a job.
    pub fn job(&self) -> Option<u64> {
        match self {
            Self::JobCreated { job, .. }
            | Self::JobAssigned { job, .. }
            | Self::ResultCommitted { job, .. }
            | Self::ResultRevealed { job, .. }
            | Self::JobCompleted { job, .. }
            | Self::JobChallenged { job, .. }
            | Self::JobResolved { job, .. }
            | Self::JobCancelled { job, .. }
            | Self::JobExpired { job, .. }
            | Self::Claimed { job, .. } => Some(*job),
            Self::Paid { .. } => None,
        }
    }
}

fn name_of(selector: &Felt) -> Option<&'static str> {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        names(&[
            "JobCreated",
            "JobAssigned",
            "ResultCommitted",
            "ResultRevealed",
            "JobCompleted",
            "JobChallenged",
            "JobResolved",
            "JobCancelled",
            "JobExpired",
            "Claimed",
            "Paid",
        ])
    });
    NAMES.get(selector).copied()
}
