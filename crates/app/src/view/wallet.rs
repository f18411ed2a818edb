use serde::Serialize;
use specta::Type;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct WalletView {
    pub address: String,
    /// `credits` in local mode.
    pub unit: String,
    pub balance: String,
    pub escrowed: String,
    /// `Local network`, or the host of the coordinator.
    pub network: String,
    pub backed_up: bool,
    pub can_ask_for_credits: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct LedgerPage {
    pub entries: Vec<LedgerEntryView>,
    /// Pass it to get older entries; empty at the end.
    pub next_cursor: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct LedgerEntryView {
    pub seq: String,
    pub at: String,
    /// `Credits to start with`, `Escrow for Bowling`, `Frame 3 of Bowling`, `Not used by Bowling`.
    pub text: String,
    pub incoming: bool,
    pub amount: String,
    pub balance: String,
    /// Empty, or the job it belongs to.
    pub job: String,
}
