//! The books: nothing is made, lost, or paid twice.

use crate::snapshot::{Database, Snapshot};
use std::collections::BTreeMap;

pub fn check(snapshot: &Snapshot) -> Result<(), String> {
    let sum: i128 = snapshot.balances.values().sum();
    if sum != 0 {
        return Err(format!("the books are off by {sum}"));
    }
    if let Some((account, balance)) = snapshot
        .balances
        .iter()
        .find(|(name, balance)| **balance < 0 && *name != "faucet")
    {
        return Err(format!("{account} stands at {balance}"));
    }
    for (id, job) in &snapshot.jobs {
        let held = snapshot
            .balances
            .get(&format!("escrow:{id}"))
            .copied()
            .unwrap_or_default();
        if held + job.spent + job.refunded != job.cap {
            return Err(format!("job {id} holds {held} of {job:?}"));
        }
    }
    match snapshot.payouts.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("(task, edition) {:?} was paid twice", pair[0])),
        None => Ok(()),
    }
}

/// The history of every account leads to its balance, and the two sides of every transfer cancel out.
pub fn check_history(database: &Database, snapshot: &Snapshot) -> Result<(), String> {
    let mut accounts: BTreeMap<String, i128> = BTreeMap::new();
    let mut transfers: BTreeMap<i64, i128> = BTreeMap::new();
    for (account, transfer, amount, balance) in database.entries() {
        let sum = accounts.entry(account.clone()).or_default();
        *sum += amount;
        if *sum != balance {
            return Err(format!(
                "after transfer {transfer} {account} is said to have {balance}, not {sum}"
            ));
        }
        *transfers.entry(transfer).or_default() += amount;
    }
    if let Some((transfer, sum)) = transfers.iter().find(|(_, sum)| **sum != 0) {
        return Err(format!("the sides of transfer {transfer} differ by {sum}"));
    }
    let differs = snapshot
        .balances
        .iter()
        .find(|(account, balance)| accounts.get(*account).copied().unwrap_or_default() != **balance);
    if let Some((account, balance)) = differs {
        return Err(format!("the history of {account} does not lead to {balance}"));
    }
    let (paid, moved) = (
        i64::try_from(snapshot.payouts.len()).expect("few"),
        database.payout_transfers(),
    );
    if paid != moved {
        return Err(format!("{paid} payouts, and {moved} transfers for them"));
    }
    Ok(())
}
