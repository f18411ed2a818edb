//! Calls, as they go into a transaction.

use super::{pack_text, selector};
use crate::{
    number::{Felt, of_address as of},
    send::Call,
};
use veriframe_core::{Address, Amount};

/// What a creator decides when posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Seconds in which a shown result can be challenged.
    pub challenge_window: u32,
    /// Whether a staked worker may assign the job to itself.
    pub self_assign: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub budget: Amount,
    /// Seconds since 1970.
    pub deadline: u64,
    pub policy: Policy,
    /// See [`pack_text`]; 1 to 128 felts.
    pub spec: Vec<Felt>,
}

/// What was committed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reveal {
    pub settlement_root: Felt,
    pub total_paid: Amount,
    pub results_cid: String,
    pub salt: Felt,
}

fn call(to: Felt, name: &str, calldata: Vec<Felt>) -> Call {
    Call {
        to,
        selector: selector(name),
        calldata,
    }
}

fn span(felts: &[Felt]) -> Vec<Felt> {
    let length = Felt::from(felts.len());
    std::iter::once(length).chain(felts.iter().copied()).collect()
}

/// Of the token.
pub mod erc20 {
    use super::{Address, Amount, Call, Felt, call, of};

    /// A token counts in 256 bits; no amount of ours has more than 128.
    fn amount(of: Amount) -> [Felt; 2] {
        [Felt::from(of.units()), Felt::ZERO]
    }

    pub fn approve(token: Felt, spender: Felt, most: Amount) -> Call {
        let [low, high] = amount(most);
        call(token, "approve", vec![spender, low, high])
    }

    pub fn transfer(token: Felt, to: &Address, units: Amount) -> Call {
        let [low, high] = amount(units);
        call(token, "transfer", vec![of(to), low, high])
    }
}

/// Of `JobMarket`.
pub mod market {
    use super::{Address, Amount, Call, Felt, Posting, Reveal, call, erc20, of, pack_text, span};
    use crate::market::commitment;

    /// Approves exactly the budget, and posts: one transaction.
    pub fn post_job(token: Felt, market: Felt, posting: &Posting) -> Vec<Call> {
        let mut calldata = vec![
            commitment(&posting.spec),
            Felt::from(posting.budget.units()),
            Felt::from(posting.deadline),
            Felt::from(posting.policy.challenge_window),
            Felt::from(posting.policy.self_assign),
        ];
        calldata.extend(span(&posting.spec));
        vec![
            erc20::approve(token, market, posting.budget),
            call(market, "post_job", calldata),
        ]
    }

    pub fn cancel(market: Felt, job: u64) -> Call {
        call(market, "cancel", vec![job.into()])
    }

    pub fn accept(market: Felt, job: u64) -> Call {
        call(market, "accept", vec![job.into()])
    }

    pub fn assign(market: Felt, job: u64, worker: &Address) -> Call {
        call(market, "assign", vec![job.into(), of(worker)])
    }

    /// Approves the bond, and commits.
    pub fn commit(token: Felt, market: Felt, bond: Amount, job: u64, root_commitment: Felt) -> Vec<Call> {
        vec![
            erc20::approve(token, market, bond),
            call(market, "commit", vec![job.into(), root_commitment]),
        ]
    }

    pub fn reveal(market: Felt, job: u64, reveal: &Reveal) -> Call {
        let mut calldata = vec![
            job.into(),
            reveal.settlement_root,
            Felt::from(reveal.total_paid.units()),
        ];
        calldata.extend(span(&pack_text(&reveal.results_cid)));
        calldata.push(reveal.salt);
        call(market, "reveal", calldata)
    }

    /// Approves the bond, and challenges.
    pub fn challenge(token: Felt, market: Felt, bond: Amount, job: u64) -> Vec<Call> {
        vec![
            erc20::approve(token, market, bond),
            call(market, "challenge", vec![job.into(), Felt::from(bond.units())]),
        ]
    }

    pub fn finalise(market: Felt, job: u64) -> Call {
        call(market, "finalise", vec![job.into()])
    }

    pub fn expire(market: Felt, job: u64) -> Call {
        call(market, "expire", vec![job.into()])
    }

    /// `worker_share` in parts of 10,000.
    pub fn resolve(market: Felt, job: u64, worker_share: u16) -> Call {
        call(market, "resolve", vec![job.into(), worker_share.into()])
    }

    pub fn resolve_by_default(market: Felt, job: u64) -> Call {
        call(market, "resolve_by_default", vec![job.into()])
    }

    pub fn claim(market: Felt, job: u64, worker: &Address, amount: Amount, digest: Felt, proof: &[Felt]) -> Call {
        let mut calldata = vec![job.into(), of(worker), Felt::from(amount.units()), digest];
        calldata.extend(span(proof));
        call(market, "claim", calldata)
    }

    pub fn withdraw(market: Felt) -> Call {
        call(market, "withdraw", Vec::new())
    }

    pub fn withdraw_for(market: Felt, account: &Address) -> Call {
        call(market, "withdraw_for", vec![of(account)])
    }
}

/// Of `WorkerRegistry`.
pub mod registry {
    use super::{Address, Amount, Call, Felt, call, erc20, of, span};

    /// Approves the stake, and registers. `profile` is at most 64 felts.
    pub fn register(token: Felt, registry: Felt, stake: Amount, profile: &[Felt]) -> Vec<Call> {
        let mut calldata = vec![Felt::from(stake.units())];
        calldata.extend(span(profile));
        let register = call(registry, "register", calldata);
        if stake == Amount::ZERO {
            return vec![register];
        }
        vec![erc20::approve(token, registry, stake), register]
    }

    pub fn update(registry: Felt, profile: &[Felt]) -> Call {
        call(registry, "update", span(profile))
    }

    pub fn deregister(registry: Felt) -> Call {
        call(registry, "deregister", Vec::new())
    }

    /// Approves the stake, and adds it.
    pub fn add_stake(token: Felt, registry: Felt, amount: Amount) -> Vec<Call> {
        vec![
            erc20::approve(token, registry, amount),
            call(registry, "add_stake", vec![Felt::from(amount.units())]),
        ]
    }

    pub fn unstake(registry: Felt, amount: Amount) -> Call {
        call(registry, "unstake", vec![Felt::from(amount.units())])
    }

    pub fn withdraw_stake(registry: Felt) -> Call {
        call(registry, "withdraw_stake", Vec::new())
    }

    pub fn withdraw(registry: Felt) -> Call {
        call(registry, "withdraw", Vec::new())
    }

    pub fn verify(registry: Felt, worker: &Address, verified: bool) -> Call {
        call(registry, "verify", vec![of(worker), Felt::from(verified)])
    }

    /// Of both contracts: a role by name, such as `scheduler`.
    pub fn set_role(contract: Felt, role: &str, account: Felt, granted: bool) -> Call {
        let role = Felt::from_bytes_be_slice(role.as_bytes());
        call(contract, "set_role", vec![role, account, Felt::from(granted)])
    }

    pub fn pause(contract: Felt) -> Call {
        call(contract, "pause", Vec::new())
    }

    pub fn unpause(contract: Felt) -> Call {
        call(contract, "unpause", Vec::new())
    }
}
