use super::CommandError;
use serde::{Deserialize, Serialize};
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
    /// Whether jobs are paid on a chain; then the figures above are zero, and the chain's own are to be asked for.
    pub has_chain: bool,
    /// Why not, when somebody meant it to be.
    pub chain_trouble: Option<CommandError>,
    pub key: KeyView,
}

/// What keeps the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum KeyProtection {
    /// A private file.
    None,
    Password,
    Keychain,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct KeyView {
    pub protection: KeyProtection,
    pub locked: bool,
    /// 0: it stays unlocked until the app is closed.
    pub lock_minutes: u32,
    /// Another key takes its place at the next start.
    pub replaced: bool,
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

/// Money on the chain, in the smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct ChainWalletView {
    /// `Starknet`, `Starknet Sepolia`, `Test network`.
    pub network: String,
    /// Of what jobs are paid in, and fees.
    pub balance: String,
    /// `null` where the network has no such token.
    pub eth: Option<String>,
    /// What the contracts owe this account until it withdraws.
    pub owed: String,
    /// The account is put on the chain by its first payment.
    pub deployed: bool,
    /// STRK can be had for nothing here.
    pub can_mint: bool,
    /// The address, to be photographed.
    pub qr: QrView,
}

/// A square of `size` by `size` modules with its quiet zone; `path` draws the dark ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct QrView {
    pub size: u32,
    pub path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum TransactionState {
    Sent,
    Succeeded,
    Reverted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum MoneyDirection {
    In,
    Out,
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct TransactionView {
    pub seq: String,
    pub at: String,
    /// `post_job`, `transfer`, `withdraw`, `deploy`, …
    pub what: String,
    pub text: String,
    pub direction: MoneyDirection,
    pub amount: String,
    /// Empty until it is known.
    pub fee: String,
    pub state: TransactionState,
    pub hash: String,
    /// An explorer of the network shows it.
    pub can_open: bool,
    pub job: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct TransactionPage {
    pub entries: Vec<TransactionView>,
    /// Pass it to get older entries; empty at the end.
    pub next_cursor: String,
}

/// What can be paid from the Wallet page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum WalletPayment {
    Transfer { to: String, amount: String },
    Withdraw,
}

/// What a payment does and costs; nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct PaymentQuote {
    /// Names the payment: made twice under it, it happens once.
    pub id: String,
    pub text: String,
    pub direction: MoneyDirection,
    pub amount: String,
    pub fee_most: String,
    /// The account is put on the chain on the way.
    pub deploys: bool,
    pub balance: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    New,
    /// A private key in hexadecimal.
    Text,
    /// A keystore of ours or of another wallet.
    File,
}

/// Another key for the wallet.
#[derive(Clone, PartialEq, Eq, Deserialize, Type)]
pub struct NewKey {
    pub source: KeySource,
    /// The private key, for `text`.
    pub text: String,
    /// For `file`.
    pub path: String,
    /// Of the file.
    pub password: String,
    /// The password of the wallet from then on; empty for none.
    pub protect_with: String,
}
