//! What the contracts on the chain told, as the coordinator's indexer read it.

use crate::{AddressText, Money, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One of the two contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContractName {
    Market,
    Registry,
}

/// An event of a contract. Numbers of the chain are `0x` and hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainEvent {
    pub block_number: u64,
    pub block_hash: String,
    /// When the block was made.
    pub at: Time,
    pub transaction_hash: String,
    /// Place of the transaction in its block.
    pub transaction_index: u64,
    /// Place of the event in its transaction.
    pub event_index: u64,
    pub contract: ContractName,
    /// The event's name in the contract; absent when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The job's number on the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<u64>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AddressText>,
    /// As emitted; the first is the selector.
    pub keys: Vec<String>,
    pub data: Vec<String>,
    /// Why it could not be read; absent when it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its block is still being made: its hash is zero, and it may not come to be. Only where it was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pre_confirmed: bool,
}

/// `GET /events/summary/stats`. Without a chain everything is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainEventStats {
    /// Events of each known name.
    pub counts: BTreeMap<String, u64>,
    pub total: u64,
    /// Events that could not be read.
    pub unprocessed: u64,
    /// The first and the last block with an event.
    pub first_block: Option<u64>,
    pub last_block: Option<u64>,
    /// Everything up to this block is indexed.
    pub indexed_block: Option<u64>,
    /// The newest block that the chain's node told of.
    pub head_block: Option<u64>,
    /// Blocks that are not indexed yet.
    pub lag_blocks: Option<u64>,
    /// Ranges of blocks that were read a second time since the coordinator was started, and were as kept.
    pub audited_ranges: u64,
    /// Audits that found an event that the chain's node had not told.
    pub missed_ranges: u64,
    /// How often blocks were taken back because the chain was reorganised.
    pub reorgs: u64,
    /// How often what the contracts answer was compared with what is kept, since the coordinator was started.
    #[serde(default)]
    pub compared: u64,
    /// Where the contracts answer something else: `GET /events/differences` lists them.
    #[serde(default)]
    pub differences: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceOf {
    Job,
    Worker,
    /// The contract itself.
    Market,
    Registry,
}

/// Where a contract answers something else than what follows from its events. It goes when they are found equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainDifference {
    pub of: DifferenceOf,
    /// The job's number on the chain, or the worker's address; empty for a contract.
    pub id: String,
    /// What differs, such as `state`; `balance` of a contract: what it says that it owes, and what the token says it has.
    pub field: String,
    /// What follows from the events; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// What the contract says; absent where that is nothing, such as zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// The block at which it was last seen.
    pub block_number: u64,
    pub first_seen: Time,
    pub last_seen: Time,
}

/// `GET /contracts`: what jobs are paid in, and what a client needs to know to use the contracts. Nulls without a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contracts {
    /// As people write it: `SN_SEPOLIA`.
    pub chain_id: Option<String>,
    /// Address of the contract that holds escrow and jobs.
    pub market: Option<String>,
    /// The code it runs, as the chain's node last said.
    pub market_class_hash: Option<String>,
    /// Address of the contract that holds workers and stakes.
    pub registry: Option<String>,
    pub registry_class_hash: Option<String>,
    /// The first block that can have an event.
    pub start_block: Option<u64>,
    /// The account that assigns jobs and commits results for this coordinator. Null: it takes no jobs paid on the chain.
    #[serde(default)]
    pub scheduler: Option<String>,
    /// What jobs are paid in. Null from a coordinator of before it could be nothing: STRK with a scheduler, else credits.
    #[serde(default)]
    pub money: Option<Money>,
}

impl Contracts {
    /// What jobs are paid in.
    pub fn money(&self) -> Money {
        match (self.money, &self.scheduler) {
            (Some(money), _) => money,
            (None, Some(_)) => Money::Strk,
            (None, None) => Money::Credits,
        }
    }
}
