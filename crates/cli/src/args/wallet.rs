//! The wallet.

use super::{Network, Output};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use veriframe_core::{Address, Amount};

#[derive(Debug, Subcommand)]
pub enum WalletCommand {
    /// Address, balance and the newest entries of the history
    Show(WalletShow),
    /// Get STRK for nothing, on a test network
    Fund(WalletShow),
    /// Send STRK to an address
    Send(WalletSend),
    /// Take what the market owes into the wallet
    Withdraw(WalletPay),
    /// Put the key under VERIFRAME_NEW_PASSWORD; every command asks for it in VERIFRAME_PASSWORD from then on
    Protect(WalletShow),
    /// Take the password away again
    Unprotect(WalletShow),
    /// Use another key: VERIFRAME_PRIVATE_KEY, or a file with one; the old one is kept beside it
    Import(WalletImport),
}

impl WalletCommand {
    pub fn output(&self) -> &Output {
        match self {
            Self::Show(args) | Self::Fund(args) | Self::Protect(args) | Self::Unprotect(args) => &args.output,
            Self::Send(args) => &args.pay.output,
            Self::Withdraw(args) => &args.output,
            Self::Import(args) => &args.show.output,
        }
    }
}

#[derive(Debug, Args)]
pub struct WalletShow {
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct WalletPay {
    /// Pay without being asked
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct WalletSend {
    #[arg(value_name = "ADDRESS")]
    pub to: Address,
    /// In STRK, such as 2.50
    #[arg(value_parser = Amount::parse_credits)]
    pub amount: Amount,
    #[command(flatten)]
    pub pay: WalletPay,
}

#[derive(Debug, Args)]
pub struct WalletImport {
    /// A file of VeriFrame or of another wallet, under VERIFRAME_KEYSTORE_PASSWORD
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Make a new key
    #[arg(long, conflicts_with = "file")]
    pub new: bool,
    #[command(flatten)]
    pub show: WalletShow,
}
