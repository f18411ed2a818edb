//! Whatever is called in whatever order, no unit of the token appears or disappears.

use crate::setup::{BOND, Market, Person, commitment, settle};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::HashMap;
use veriframe_chain::{
    Felt,
    market::{JobState, Settlement, market, pack_text, registry},
    send::Call,
};
use veriframe_core::Amount;

/// Each is a transaction of its own. The seed is printed with the first line of the log.
const CALLS: usize = 1000;
const CHECK_EVERY: usize = 10;

#[tokio::test]
async fn a_thousand_calls_in_any_order() {
    let Some(m) = Market::start().await else { return };
    let seed = std::env::var("VERIFRAME_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    println!("VERIFRAME_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut next = |below: u64| (0..below).new_tree(&mut runner).unwrap().current();

    let people = [&m.owner, &m.creator, &m.worker, &m.other, &m.treasury];
    let mut settlements: HashMap<u64, Settlement> = HashMap::new();
    let (mut accepted, mut refused) = (HashMap::new(), 0);
    for number in 0..CALLS {
        let who = people[next(5) as usize];
        let jobs = m.views().job_count(m.at.market).await.unwrap();
        // Mostly a recent job: those are the ones that something can happen to.
        let job = jobs.saturating_sub(next(4)).max(1);
        let other = people[next(5) as usize];
        let units = Amount::from_units(u128::from(next(6_000)) * 1_000_000_000_000_000 + u128::from(next(3)));
        if next(40) == 0 {
            m.wait(next(3) * 3600 + 1800);
        }
        let (name, calls) = match next(20) {
            0..3 => (
                "post",
                market::post_job(m.at.token, m.at.market, &m.posting(next(2) == 0).await),
            ),
            3 => (
                "register",
                registry::register(m.at.token, m.at.registry, units, &pack_text("{}")),
            ),
            4 => match next(4) {
                0 => ("unstake", vec![registry::unstake(m.at.registry, units)]),
                1 => ("withdraw_stake", vec![registry::withdraw_stake(m.at.registry)]),
                2 => ("add_stake", registry::add_stake(m.at.token, m.at.registry, units)),
                _ => ("slashed", vec![registry::withdraw(m.at.registry)]),
            },
            5 => ("cancel", vec![market::cancel(m.at.market, job)]),
            6..8 => ("assign", vec![market::assign(m.at.market, job, &who.address)]),
            8..10 => ("assign", vec![market::assign(m.at.market, job, &other.address)]),
            10..13 => {
                let shares = settle(&[(&m.worker, units), (&m.other, Amount::credits(1))]);
                (aim(&m, job).await, step(&m, job, who, shares, &mut settlements).await)
            }
            13 => ("challenge", market::challenge(m.at.token, m.at.market, BOND, job)),
            14 => (
                "resolve",
                vec![market::resolve(m.at.market, job, next(4) as u16 * 3_333)],
            ),
            15 => ("accept", vec![market::accept(m.at.market, job)]),
            16 => ("finalise", vec![market::finalise(m.at.market, job)]),
            17 => ("expire", vec![market::expire(m.at.market, job)]),
            18 => match settlements.get(&job) {
                Some(settlement) if settlement.proof(&other.address).is_some() => {
                    ("claim", vec![m.claim_call(job, settlement, other)])
                }
                _ => (
                    "claim",
                    vec![market::claim(m.at.market, job, &who.address, units, Felt::ONE, &[])],
                ),
            },
            _ => ("withdraw", vec![market::withdraw(m.at.market)]),
        };
        match m.try_send(who, &calls).await {
            Ok(_) => *accepted.entry(name).or_insert(0) += 1,
            Err(_) => refused += 1,
        }
        if number % CHECK_EVERY == 0 {
            m.assert_conserved().await;
        }
    }
    m.assert_conserved().await;
    println!("{accepted:?}, {refused} refused");
    for name in ["post", "assign", "commit", "reveal", "claim", "withdraw", "expire"] {
        assert!(
            accepted.contains_key(name),
            "{name} never worked: the sequence tests too little"
        );
    }
}

async fn aim(m: &Market, job: u64) -> &'static str {
    match m.views().job(m.at.market, job).await {
        Ok(job) if job.state == JobState::Committed => "reveal",
        _ => "commit",
    }
}

/// What the job's aggregator would do next, by whoever it is.
async fn step(
    m: &Market,
    job: u64,
    who: &Person,
    shares: Settlement,
    settlements: &mut HashMap<u64, Settlement>,
) -> Vec<Call> {
    if aim(m, job).await == "reveal"
        && let Some(settlement) = settlements.get(&job)
    {
        return vec![m.reveal_call(job, settlement)];
    }
    let commitment = commitment(who, job, &shares);
    settlements.insert(job, shares);
    market::commit(m.at.token, m.at.market, BOND, job, commitment)
}
