//! What the contracts tell, typed. The layout is that of `contracts/src`; times are seconds since 1970, amounts the
//! token's smallest unit.

mod governance;
mod market;
mod reader;
mod registry;

use crate::{node::EmittedEvent, number::Felt};
pub use governance::GovernanceEvent;
pub use market::MarketEvent;
pub use reader::DecodeError;
pub use registry::RegistryEvent;

/// An event of one of the two contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContractEvent {
    Market(MarketEvent),
    Registry(RegistryEvent),
    /// Of either: which, the emitted event says.
    Governance(GovernanceEvent),
}

/// Where the contracts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contracts {
    pub market: Felt,
    pub registry: Felt,
}

impl ContractEvent {
    /// `None` for an event of another contract, and for one that this program does not know: an upgraded contract may
    /// tell more.
    ///
    /// # Errors
    /// When a known event is not laid out as it should be.
    pub fn decode(contracts: &Contracts, event: &EmittedEvent) -> Result<Option<Self>, DecodeError> {
        let own = if event.from == contracts.market {
            MarketEvent::decode(event)?.map(Self::Market)
        } else if event.from == contracts.registry {
            RegistryEvent::decode(event)?.map(Self::Registry)
        } else {
            return Ok(None);
        };
        match own {
            Some(event) => Ok(Some(event)),
            None => Ok(GovernanceEvent::decode(event)?.map(Self::Governance)),
        }
    }

    /// The event's name in the contract.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Market(event) => event.name(),
            Self::Registry(event) => event.name(),
            Self::Governance(event) => event.name(),
        }
    }
}
