use serde::{Deserialize, Serialize};
use specta::Type;

/// What something costs on the chain, before it is signed. Amounts are in the smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct QuoteView {
    /// `STRK`; `credits` where nothing is signed at all.
    pub unit: String,
    /// What leaves the wallet, the fee aside.
    pub spends: String,
    /// The most that the network may take.
    pub fee_most: String,
    /// The account is put on the chain on the way.
    pub deploys: bool,
    pub balance: String,
}

/// What a creator may do about a job's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum ChainAction {
    /// Take the cap back, while nobody has the job.
    Cancel,
    /// Pay the workers now.
    Accept,
    /// Put a bond down against the result.
    Challenge,
    /// Take the cap back after the deadline.
    Expire,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct ChainTransactionView {
    /// `Result shown`.
    pub what: String,
    pub at: String,
    pub hash: String,
}

/// A job's money on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct EscrowView {
    /// The job's number in the market contract.
    pub number: String,
    /// How it stands, in a sentence.
    pub text: String,
    /// Empty until the result is shown.
    pub total_paid: String,
    /// Why it does not go on; empty while it does.
    pub note: String,
    /// Empty until the result is shown.
    pub results_cid: String,
    pub actions: Vec<ChainAction>,
    pub transactions: Vec<ChainTransactionView>,
}

/// A payment of the market contract to this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct PaidView {
    pub at: String,
    pub amount: String,
    pub hash: String,
}
