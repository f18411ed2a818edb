//! What is to be done on the chain, once.

use veriframe_chain::send::Call;
use veriframe_core::Amount;

/// What a transaction does; the history tells it by these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    PostJob,
    Accept,
    Cancel,
    Expire,
    Assign,
    Commit,
    Reveal,
    Finalise,
    Challenge,
    Resolve,
    Claim,
    Withdraw,
    Register,
    UpdateProfile,
    Deregister,
    AddStake,
    Unstake,
    WithdrawStake,
    Transfer,
    /// Puts the account itself on the chain.
    Deploy,
}

const NAMES: [(What, &str); 20] = [
    (What::PostJob, "post_job"),
    (What::Accept, "accept"),
    (What::Cancel, "cancel"),
    (What::Expire, "expire"),
    (What::Assign, "assign"),
    (What::Commit, "commit"),
    (What::Reveal, "reveal"),
    (What::Finalise, "finalise"),
    (What::Challenge, "challenge"),
    (What::Resolve, "resolve"),
    (What::Claim, "claim"),
    (What::Withdraw, "withdraw"),
    (What::Register, "register"),
    (What::UpdateProfile, "update_profile"),
    (What::Deregister, "deregister"),
    (What::AddStake, "add_stake"),
    (What::Unstake, "unstake"),
    (What::WithdrawStake, "withdraw_stake"),
    (What::Transfer, "transfer"),
    (What::Deploy, "deploy"),
];

/// Where money moves when it succeeds, seen from the account; the fee aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Out,
    In,
    /// Only what the contracts owe changes.
    None,
}

impl What {
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(what, _)| *what == self);
        found.map_or("", |(_, name)| name)
    }

    pub fn parse(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found.map(|(what, _)| *what)
    }

    pub fn direction(self) -> Direction {
        match self {
            Self::PostJob | Self::Commit | Self::Challenge | Self::Register | Self::AddStake | Self::Transfer => {
                Direction::Out
            }
            Self::Withdraw | Self::WithdrawStake => Direction::In,
            Self::Accept
            | Self::Cancel
            | Self::Expire
            | Self::Assign
            | Self::Reveal
            | Self::Finalise
            | Self::Resolve
            | Self::Claim
            | Self::UpdateProfile
            | Self::Deregister
            | Self::Unstake
            | Self::Deploy => Direction::None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Names what is to be done, such as `job draft-17`: what is paid under one id is paid once, however often it is asked for.
    pub id: String,
    pub what: What,
    /// For the history: `Bowling, 10 frames`.
    pub words: String,
    /// Happen all or not at all.
    pub calls: Vec<Call>,
    /// What moves, in the token's smallest unit; see [`What::direction`].
    pub amount: Amount,
    /// The job it is for; empty for none.
    pub job: String,
    /// The most that may be paid in fees, the account's deployment with it: [`super::Quote::fee_most`] as it was agreed to.
    pub limit: Amount,
}

impl Payment {
    /// What leaves the account, the fee aside.
    pub fn spends(&self) -> Amount {
        match self.what.direction() {
            Direction::Out => self.amount,
            Direction::In | Direction::None => Amount::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (what, name) in NAMES {
            assert_eq!(What::parse(name), Some(what));
            assert_eq!(what.name(), name);
        }
        assert_eq!(What::parse("steal"), None);
    }
}
