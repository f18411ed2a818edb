//! The contracts, typed: calls to put into transactions, views to ask, and what is hashed on both sides.
//!
//! The functions and their rules are those of `contracts/src/interfaces.cairo`.

mod calls;
mod refusal;
mod settlement;
mod spec;
mod views;

use crate::number::Felt;
pub use calls::{Policy, Posting, Reveal, erc20, market, registry};
pub use refusal::{REFUSALS, Refusal};
pub use settlement::{Payment, Settlement, SettlementError, root_commitment};
pub use spec::{MAX_FELTS as MAX_SPEC_FELTS, SpecError, commitment, pack_text, unpack_text};
use starknet::core::utils::starknet_keccak;
pub use views::{JobState, MarketTotals, OnChainJob, OnChainResult, OnChainWorker, RegistryTotals, Views};

/// The selector of a function.
pub fn selector(name: &str) -> Felt {
    starknet_keccak(name.as_bytes())
}
