//! The contracts' reasons for refusing, in words for people.
//!
//! The codes are those of `contracts/src/errors.cairo`; a test compares the two lists.

use crate::node::Revert;

/// A reason of the contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Stable; the short string that the contract panics with.
    pub code: &'static str,
    /// A sentence.
    pub message: &'static str,
}

impl Refusal {
    /// The reason behind an undone call; `None` when it is none of the contracts' own.
    pub fn of(revert: &Revert) -> Option<&'static Self> {
        REFUSALS.iter().find(|refusal| revert.is(refusal.code))
    }
}

const fn because(code: &'static str, message: &'static str) -> Refusal {
    Refusal { code, message }
}

pub const REFUSALS: &[Refusal] = &[
    because("NOT_OWNER", "Only the contract's owner may do this."),
    because(
        "NOT_PENDING_OWNER",
        "Only the account that was named as the next owner may accept.",
    ),
    because("NOT_CREATOR", "Only the account that posted the job may do this."),
    because("NOT_SCHEDULER", "This account may not assign this job."),
    because(
        "NOT_AGGREGATOR",
        "Only the account that the job was assigned through may do this.",
    ),
    because("NOT_ARBITER", "Only the arbiter may decide a dispute."),
    because("NOT_VERIFIER", "Only the verifier may do this."),
    because("NOT_MARKET", "Only the market contract may do this."),
    because("IS_AGGREGATOR", "Who showed a result cannot challenge it."),
    because(
        "PAUSED",
        "The market takes nothing new at the moment. Withdrawals, refunds and claims go on.",
    ),
    because("NOT_PAUSED", "The contract is not paused."),
    because("UNKNOWN_ROLE", "The contract knows no such role."),
    because("ROLE_FIXED", "This role was given once and for all."),
    because("ROLE_NOT_HELD", "The account does not have this role."),
    because("ZERO_ADDRESS", "The zero address cannot have this."),
    because("NO_UPGRADE", "No upgrade is proposed."),
    because("UPGRADE_TOO_EARLY", "The 48 hours after the proposal are not over."),
    because("NO_SUCH_JOB", "There is no such job on the chain."),
    because("JOB_NOT_OPEN", "The job is no longer open."),
    because("JOB_NOT_ASSIGNED", "The job is not assigned."),
    because("JOB_NOT_COMMITTED", "No result was committed for the job."),
    because(
        "JOB_NOT_CHALLENGEABLE",
        "The job has no result that can be challenged or accepted now.",
    ),
    because("JOB_NOT_DISPUTED", "The job is not disputed."),
    because("JOB_NOT_FINALISED", "The job is not finalised yet."),
    because("JOB_NOT_EXPIRABLE", "The job can no longer expire."),
    because("DEADLINE_PASSED", "The job's deadline has passed."),
    because("DEADLINE_TOO_FAR", "The deadline is more than 366 days away."),
    because("DEADLINE_NOT_PASSED", "The job's deadline has not passed yet."),
    because(
        "REVEAL_PERIOD_PASSED",
        "The time in which the result could be shown is over.",
    ),
    because("REVEAL_PERIOD_OPEN", "The result can still be shown."),
    because("WINDOW_OPEN", "The result can still be challenged."),
    because("WINDOW_CLOSED", "The time for challenges is over."),
    because("ARBITER_TIME_OPEN", "The arbiter still has time to decide."),
    because("ARBITER_TIME_PASSED", "The arbiter's time is over."),
    because("STILL_UNBONDING", "The stake is still on its way out."),
    because(
        "BAD_BUDGET",
        "A budget is more than nothing, and less than 2^120 of the smallest unit.",
    ),
    because(
        "BAD_WINDOW",
        "The time for challenges is between one minute and 30 days.",
    ),
    because(
        "BAD_SPEC_LENGTH",
        "The job's specification is empty or too long for the chain.",
    ),
    because(
        "WRONG_SPEC_COMMITMENT",
        "The commitment does not fit the job's specification.",
    ),
    because("ZERO_COMMITMENT", "An empty commitment binds to nothing."),
    because("WRONG_REVEAL", "This is not the result that was committed to."),
    because("OVER_BUDGET", "The result asks for more than the job's budget."),
    because("BAD_CID_LENGTH", "The address of the results is empty or too long."),
    because("BAD_BOND", "The bond is not what the market asks for."),
    because("BAD_SHARE", "A share is 0 to 10,000 parts."),
    because("BAD_PROFILE_LENGTH", "The worker's profile is too long for the chain."),
    because("BAD_AMOUNT", "The amount is out of range."),
    because(
        "SELF_ASSIGN_OFF",
        "The creator does not let workers take this job by themselves.",
    ),
    because("PROOF_TOO_LONG", "The proof is longer than any can be."),
    because("BAD_PROOF", "The proof does not show this payment."),
    because("ALREADY_CLAIMED", "The worker's part of this job was claimed already."),
    because("OVER_TOTAL", "The settlement pays more than its result said."),
    because("NOTHING_OWED", "Nothing is owed to this account."),
    because(
        "TRANSFER_FAILED",
        "The token did not move: the balance or the approval is too small.",
    ),
    because("TOTAL_TOO_LARGE", "The contract cannot hold more."),
    because("REENTRANT_CALL", "The token called back into the contract."),
    because("NOT_REGISTERED", "The worker is not registered on the chain."),
    because("ALREADY_REGISTERED", "The worker is registered already."),
    because("ALREADY_LOCKED", "Stake is locked for this job already."),
    because("STAKE_LOCKED", "A job has some of this stake locked."),
    because("STAKE_TOO_SMALL", "The free stake is too small."),
    because("NOTHING_UNBONDING", "No stake is on its way out."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_of_the_contracts_has_a_sentence() {
        let source = include_str!("../../../../contracts/src/errors.cairo");
        let codes: BTreeSet<&str> = source
            .lines()
            .filter(|line| line.starts_with("pub const"))
            .filter_map(|line| line.split('\'').nth(1))
            .collect();
        let known: BTreeSet<&str> = REFUSALS.iter().map(|refusal| refusal.code).collect();
        assert_eq!(codes, known);
        assert_eq!(known.len(), REFUSALS.len());
    }

    #[test]
    fn a_reason_is_found_in_what_a_node_tells() {
        let revert = Revert::new("Execution failed. Failure reason: 0x5041555345440a, 0x504155534544 ('PAUSED').");
        assert_eq!(Refusal::of(&revert).map(|refusal| refusal.code), Some("PAUSED"));
        assert_eq!(Refusal::of(&Revert::new("out of gas")), None);
    }
}
