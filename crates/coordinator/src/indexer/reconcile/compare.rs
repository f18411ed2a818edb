//! What follows from events beside what the contract answers.

use crate::store::{
    chain_differences::Difference,
    chain_jobs::{ChainJobRow, ChainJobState},
    chain_workers::ChainWorkerRow,
};
use veriframe_chain::{
    Felt,
    market::{JobState, OnChainJob, OnChainResult, OnChainWorker},
    number,
};
use veriframe_core::{Address, Amount};

/// A contract's zero is our nothing.
fn units(amount: Amount) -> Option<String> {
    (amount > Amount::ZERO).then(|| amount.to_string())
}

/// As far as our columns go.
fn whole(value: u64) -> Option<String> {
    (value > 0).then(|| value.min(i64::MAX as u64).to_string())
}

fn felt(value: Felt) -> Option<String> {
    (value != Felt::ZERO).then(|| number::format(&value))
}

fn address(value: Option<Address>) -> Option<String> {
    value.map(|address| address.to_string())
}

#[derive(Default)]
struct Comparison {
    /// The row began before the first block that is indexed: what it does not hold is not known.
    partial: bool,
    differences: Vec<Difference>,
}

impl Comparison {
    fn same(&mut self, field: &'static str, kept: Option<String>, told: Option<String>) {
        if kept != told && !(self.partial && kept.is_none()) {
            self.differences.push(Difference { field, kept, told });
        }
    }
}

/// `claimed`: the sum of the claims that are kept of it; `None` when it is out of range.
pub(super) fn job(
    row: Option<&ChainJobRow>,
    claimed: Option<Amount>,
    told: &OnChainJob,
    result: &OnChainResult,
) -> Vec<Difference> {
    let mut all = Comparison::default();
    let state = (told.state != JobState::None).then(|| word(told.state).to_owned());
    let Some(row) = row else {
        all.same("state", None, state);
        return all.differences;
    };
    all.partial = row.created_block.is_none();
    all.same("state", Some(row.state.word().to_owned()), state);
    all.same("creator", address(row.creator), address(told.creator));
    all.same("budget", row.budget.and_then(units), units(told.budget));
    all.same("deadline", row.deadline.and_then(whole), whole(told.deadline));
    all.same(
        "challenge_window",
        row.challenge_window.and_then(|window| whole(window.into())),
        whole(told.challenge_window.into()),
    );
    all.same(
        "self_assign",
        row.self_assign.map(|flag| flag.to_string()),
        Some(told.self_assign.to_string()),
    );
    all.same(
        "spec_commitment",
        row.spec_commitment.and_then(felt),
        felt(told.spec_commitment),
    );
    all.same("worker", address(row.worker), address(told.worker));
    all.same("aggregator", address(row.aggregator), address(told.aggregator));
    all.same(
        "settlement_root",
        row.settlement_root.and_then(felt),
        felt(result.settlement_root),
    );
    all.same("total_paid", row.total_paid.and_then(units), units(result.total_paid));
    all.same("ends_at", row.ends_at.and_then(whole), whole(result.ends_at));
    if row.state == ChainJobState::Finalised {
        all.same(
            "worker_share",
            row.worker_share.and_then(|share| whole(share.into())),
            whole(result.worker_share.into()),
        );
        let left = row.claimable.zip(claimed);
        let left = left.and_then(|(all, claimed)| all.units().checked_sub(claimed.units()));
        all.same(
            "unclaimed",
            left.and_then(|left| units(Amount::from_units(left))),
            units(result.unclaimed),
        );
    }
    all.differences
}

pub(super) fn worker(row: Option<&ChainWorkerRow>, told: &OnChainWorker) -> Vec<Difference> {
    let mut all = Comparison::default();
    let row = row.cloned().unwrap_or_default();
    // Who was paid or slashed without having been told of before may have registered before the first block.
    all.partial = row.registered.is_none() && row != ChainWorkerRow::default();
    let flag = |flag: bool| flag.then(|| "true".to_owned());
    all.same("registered", row.registered.and_then(flag), flag(told.registered));
    all.same("verified", row.verified.and_then(flag), flag(told.verified));
    all.same("stake", row.stake.and_then(units), units(told.stake));
    all.same("locked", row.locked.and_then(units), units(told.locked));
    all.same("unbonding", row.unbonding.and_then(units), units(told.unbonding));
    // It begins somewhere without an event.
    if row.reputation.is_some() {
        all.same(
            "reputation",
            row.reputation.and_then(|reputation| whole(reputation.into())),
            whole(told.reputation.into()),
        );
    }
    all.differences
}

/// What a contract holds for others, and what it has.
pub(super) fn holdings(owes: &[Amount], has: Amount) -> Option<Difference> {
    let owes = owes
        .iter()
        .try_fold(0_u128, |sum, amount| sum.checked_add(amount.units()));
    match owes {
        // Anybody can send it more than it asked for.
        Some(owes) if owes <= has.units() => None,
        owes => Some(Difference {
            field: "balance",
            kept: owes.map(|owes| owes.to_string()),
            told: Some(has.to_string()),
        }),
    }
}

/// The words of our own states, of which there is one more.
fn word(state: JobState) -> &'static str {
    match state {
        JobState::None => "none",
        JobState::Open => ChainJobState::Open.word(),
        JobState::Assigned => ChainJobState::Assigned.word(),
        JobState::Committed => ChainJobState::Committed.word(),
        JobState::Challengeable => ChainJobState::Challengeable.word(),
        JobState::Disputed => ChainJobState::Disputed.word(),
        JobState::Finalised => ChainJobState::Finalised.word(),
        JobState::Cancelled => ChainJobState::Cancelled.word(),
        JobState::Expired => ChainJobState::Expired.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> OnChainWorker {
        OnChainWorker {
            registered: true,
            verified: false,
            reputation: 500,
            stake: Amount::from_units(5),
            locked: Amount::ZERO,
            unbonding: Amount::ZERO,
            unbonding_until: 0,
        }
    }

    #[test]
    fn a_worker_is_compared_with_what_was_told_of_it() {
        let mut row = ChainWorkerRow {
            registered: Some(true),
            stake: Some(Amount::from_units(5)),
            ..ChainWorkerRow::default()
        };
        assert!(worker(Some(&row), &told()).is_empty());
        row.locked = Some(Amount::from_units(1));
        row.reputation = Some(400);
        let found: Vec<_> = worker(Some(&row), &told())
            .into_iter()
            .map(|found| found.field)
            .collect();
        assert_eq!(found, ["locked", "reputation"]);
        let missing = worker(None, &told());
        assert_eq!(missing[0].field, "registered");
        assert_eq!(
            (missing[0].kept.as_deref(), missing[0].told.as_deref()),
            (None, Some("true"))
        );
    }

    #[test]
    fn a_worker_of_before_the_first_block_is_compared_as_far_as_it_is_known() {
        let row = ChainWorkerRow {
            stake: Some(Amount::from_units(4)),
            ..ChainWorkerRow::default()
        };
        let found = worker(Some(&row), &told());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "stake");
    }

    #[test]
    fn a_contract_may_have_more_than_it_owes_but_not_less() {
        let owes = [2, 3].map(Amount::from_units);
        assert!(holdings(&owes, Amount::from_units(5)).is_none());
        assert!(holdings(&owes, Amount::from_units(6)).is_none());
        assert_eq!(holdings(&owes, Amount::from_units(4)).unwrap().field, "balance");
        assert!(holdings(&[Amount::from_units(u128::MAX), Amount::from_units(1)], Amount::ZERO).is_some());
    }
}
