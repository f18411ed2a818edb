//! Events of `WorkerRegistry`.

use super::reader::{DecodeError, Names, Reader, names};
use crate::{node::EmittedEvent, number::Felt};
use std::sync::LazyLock;
use veriframe_core::{Address, Amount};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryEvent {
    WorkerRegistered {
        worker: Address,
        stake: Amount,
        /// What the worker says of itself.
        profile: Vec<Felt>,
    },
    WorkerUpdated {
        worker: Address,
        profile: Vec<Felt>,
    },
    WorkerDeregistered {
        worker: Address,
    },
    WorkerVerified {
        worker: Address,
        verified: bool,
    },
    /// All of it as it is after the change.
    StakeChanged {
        worker: Address,
        stake: Amount,
        locked: Amount,
        unbonding: Amount,
        /// When what is unbonding can be taken.
        unbonding_until: u64,
    },
    Slashed {
        worker: Address,
        job: u64,
        amount: Amount,
        /// Who gets half of it.
        injured: Address,
    },
    ReputationUpdated {
        worker: Address,
        job: u64,
        /// 0 to 1000.
        old: u16,
        new: u16,
    },
    Paid {
        account: Address,
        amount: Amount,
    },
}

impl RegistryEvent {
    /// `None` for one that is not in the list above.
    pub(super) fn decode(emitted: &EmittedEvent) -> Result<Option<Self>, DecodeError> {
        let Some(name) = emitted.keys.first().and_then(name_of) else {
            return Ok(None);
        };
        let mut felts = Reader::new(name, emitted);
        let account = felts.address("worker")?;
        let event = match name {
            "WorkerRegistered" => Self::WorkerRegistered {
                worker: account,
                stake: felts.amount("stake")?,
                profile: felts.span("profile")?,
            },
            "WorkerUpdated" => Self::WorkerUpdated {
                worker: account,
                profile: felts.span("profile")?,
            },
            "WorkerDeregistered" => Self::WorkerDeregistered { worker: account },
            "WorkerVerified" => Self::WorkerVerified {
                worker: account,
                verified: felts.flag("verified")?,
            },
            "StakeChanged" => Self::StakeChanged {
                worker: account,
                stake: felts.amount("stake")?,
                locked: felts.amount("locked")?,
                unbonding: felts.amount("unbonding")?,
                unbonding_until: felts.number("unbonding_until")?,
            },
            "Slashed" => Self::Slashed {
                worker: account,
                job: felts.number("job")?,
                amount: felts.amount("amount")?,
                injured: felts.address("injured")?,
            },
            "ReputationUpdated" => Self::ReputationUpdated {
                worker: account,
                job: felts.number("job")?,
                old: felts.number("old")?,
                new: felts.number("new")?,
            },
            _ => Self::Paid {
                account,
                amount: felts.amount("amount")?,
            },
        };
        felts.end()?;
        Ok(Some(event))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::WorkerRegistered { .. } => "WorkerRegistered",
            Self::WorkerUpdated { .. } => "WorkerUpdated",
            Self::WorkerDeregistered { .. } => "WorkerDeregistered",
            Self::WorkerVerified { .. } => "WorkerVerified",
            Self::StakeChanged { .. } => "StakeChanged",
            Self::Slashed { .. } => "Slashed",
            Self::ReputationUpdated { .. } => "ReputationUpdated",
            Self::Paid { .. } => "Paid",
        }
    }
}

fn name_of(selector: &Felt) -> Option<&'static str> {
    static NAMES: LazyLock<Names> = LazyLock::new(|| {
        names(&[
            "WorkerRegistered",
            "WorkerUpdated",
            "WorkerDeregistered",
            "WorkerVerified",
            "StakeChanged",
            "Slashed",
            "ReputationUpdated",
            "Paid",
        ])
    });
    NAMES.get(selector).copied()
}
