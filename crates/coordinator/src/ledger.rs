//! The ledger of local credits: double entry, nothing is made or lost.
//!
//! Accounts are `faucet` (where local credits come from), `chain` (the market contract: what it holds for jobs, and pays out by
//! itself), `user:ADDRESS` and `escrow:JOB`. The first two stand below zero.

use crate::{
    error::{ApiError, ApiResult},
    events::Topics,
    store::{
        WriteTx,
        accounts::{self, Reason},
    },
};
use std::fmt;
use veriframe_core::{Address, Amount};
use veriframe_wire::{AddressText, ErrorCode, EventData, account::EntryKind};

/// More is refused everywhere, so that sums stay far from the end of 128 bits.
pub const AMOUNT_MAX: Amount = Amount::from_units(1_000_000_000_000 * veriframe_core::amount::UNITS_PER_CREDIT);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    Faucet,
    Chain,
    User(Address),
    Escrow(String),
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faucet => f.write_str("faucet"),
            Self::Chain => f.write_str("chain"),
            Self::User(address) => write!(f, "user:{address}"),
            Self::Escrow(job) => write!(f, "escrow:{job}"),
        }
    }
}

impl Account {
    /// Money from outside of the books comes from these.
    fn is_outside(&self) -> bool {
        matches!(self, Self::Faucet | Self::Chain)
    }

    /// The address of a person's account, from its name in the books.
    pub fn user_of(name: &str) -> Option<Address> {
        name.strip_prefix("user:")?.parse().ok()
    }
}

/// Moves money. Every account but those of the outside must have it.
pub async fn transfer(
    tx: &mut WriteTx,
    source: &Account,
    target: &Account,
    amount: Amount,
    reason: Reason<'_>,
) -> ApiResult<()> {
    if amount == Amount::ZERO || source == target {
        return Ok(());
    }
    let units = i128::try_from(amount.units()).map_err(ApiError::internal)?;
    let (from, to) = (source.to_string(), target.to_string());
    let had = accounts::balance(tx.db(), &from).await?.unwrap_or_default();
    if !source.is_outside() && had < units {
        return Err(ApiError::new(
            ErrorCode::InsufficientFunds,
            format!(
                "This needs {} credits, the account has {}.",
                amount.to_credits(),
                Amount::from_units(had.unsigned_abs()).to_credits()
            ),
        )
        .hint("Lower the amount, or get more credits."));
    }
    let left = had - units;
    let gets = accounts::balance(tx.db(), &to).await?.unwrap_or_default() + units;
    accounts::set_balance(tx.db(), &from, left).await?;
    accounts::set_balance(tx.db(), &to, gets).await?;
    let now = tx.now;
    let number = accounts::insert_transfer(tx.db(), &from, &to, amount, reason, now).await?;
    accounts::insert_entry(tx.db(), number, &from, -units, left).await?;
    accounts::insert_entry(tx.db(), number, &to, units, gets).await?;
    for account in [source, target] {
        if let &Account::User(address) = account {
            let data = EventData::BalanceChanged {
                address: AddressText(address),
            };
            tx.emit(Topics::account(address), data).await?;
        }
    }
    Ok(())
}

/// The balance of a user's or an escrow account; nothing for one that was never used.
pub async fn balance(db: &mut sqlx::AnyConnection, account: &Account) -> Result<Amount, sqlx::Error> {
    let units = accounts::balance(db, &account.to_string()).await?.unwrap_or_default();
    Ok(Amount::from_units(u128::try_from(units).unwrap_or_default()))
}

/// The first credits of an account that was not here before.
pub async fn open_account(tx: &mut WriteTx, address: Address, credits: Amount) -> ApiResult<()> {
    let account = Account::User(address);
    if accounts::balance(tx.db(), &account.to_string()).await?.is_some() {
        return Ok(());
    }
    accounts::set_balance(tx.db(), &account.to_string(), 0).await?;
    transfer(tx, &Account::Faucet, &account, credits, plain(EntryKind::Faucet)).await
}

/// A reason that has to do with no job.
pub const fn plain(kind: EntryKind) -> Reason<'static> {
    Reason {
        kind,
        job: None,
        frame: None,
    }
}
