//! Balances and the ledger, in local mode.

use crate::{AddressText, AmountText, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /ledger/account`: the money of whoever is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    pub address: AddressText,
    /// Free to spend.
    pub balance: AmountText,
    /// In the escrow of jobs that still run.
    pub escrowed: AmountText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Credits for a new account.
    Faucet,
    /// Into a job's escrow.
    Escrow,
    /// For a verified frame or an audit.
    Payout,
    /// What a job did not use.
    Refund,
    /// From or to another account.
    Transfer,
    /// Paid by the market contract to the account's wallet; or what a dispute took away again.
    Settled,
}

/// `GET /ledger/entries`: one line of an account's history, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    pub seq: u64,
    pub at: Time,
    pub kind: EntryKind,
    /// True: came in; false: went out.
    pub incoming: bool,
    pub amount: AmountText,
    /// The balance after this entry.
    pub balance: AmountText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<AddressText>,
}

/// `POST /ledger/transfer`: local credits to another account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    pub to: AddressText,
    pub amount: AmountText,
}
