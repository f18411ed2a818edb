//! Whatever is called in whatever order, no unit of the token appears or disappears.

use crate::setup::{BOND, Market, Person, commitment, settle};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::HashMap;
use veriframe_chain::{
    Felt,
    market::{JobState, OnChainJob, Settlement, market, pack_text, registry},
    send::Call,
};
use veriframe_core::Amount;
use veriframe_peers::a_part_of;

/// Each is a transaction of its own; a fifth of them unless everything is asked for.
const CALLS: u32 = 1000;
const CHECK_EVERY: u32 = 10;
const ALL: [&str; 14] = [
    "post",
    "register",
    "stake",
    "assign",
    "commit",
    "reveal",
    "challenge",
    "resolve",
    "accept",
    "finalise",
    "expire",
    "cancel",
    "claim",
    "withdraw",
];

struct Chance(TestRunner);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        (0..end).new_tree(&mut self.0).unwrap().current()
    }
}

/// Who calls what.
struct Move<'a> {
    name: &'static str,
    who: &'a Person,
    calls: Vec<Call>,
}

struct Sequence<'a> {
    m: &'a Market,
    people: [&'a Person; 5],
    chance: Chance,
    sensible_of_four: u64,
    /// What was committed to, by job.
    settlements: HashMap<u64, Settlement>,
}

#[tokio::test]
async fn calls_in_any_order_conserve_the_token() {
    let Some(m) = Market::start().await else { return };
    let seed = std::env::var("VERIFRAME_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    println!("VERIFRAME_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::to_le_bytes(seed));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let calls = a_part_of(CALLS);
    let mut sequence = Sequence {
        m: &m,
        people: [&m.owner, &m.creator, &m.worker, &m.other, &m.treasury],
        chance: Chance(TestRunner::new_with_rng(Config::default(), rng)),
        // Of few calls more lead further into the life of a job.
        sensible_of_four: if calls == CALLS { 2 } else { 3 },
        settlements: HashMap::new(),
    };
    let (mut accepted, mut refused) = (HashMap::new(), 0);
    let never = |accepted: &HashMap<&str, u32>| -> Vec<&str> {
        ALL.into_iter().filter(|name| !accepted.contains_key(name)).collect()
    };
    // A part of the calls need not hold the rarest of them; what chance leaves out of it comes later.
    let allowed = if calls == CALLS { 0 } else { 6 };
    for number in 0..CALLS {
        if number >= calls && never(&accepted).len() <= allowed {
            break;
        }
        let next = sequence.next().await;
        match m.try_send(next.who, &next.calls).await {
            Ok(_) => *accepted.entry(next.name).or_insert(0) += 1,
            Err(_) => refused += 1,
        }
        if number % CHECK_EVERY == 0 {
            m.assert_conserved().await;
        }
    }
    m.assert_conserved().await;
    println!("{accepted:?}, {refused} refused");
    let never = never(&accepted);
    assert!(
        never.len() <= allowed,
        "{never:?} never worked: the sequence tests too little"
    );
}

impl<'a> Sequence<'a> {
    fn person(&mut self) -> &'a Person {
        self.people[self.chance.below(5) as usize]
    }

    async fn next(&mut self) -> Move<'a> {
        if self.chance.below(30) == 0 {
            self.m.wait(self.chance.below(3) * 3600 + 1800);
        }
        let jobs = self.m.views().job_count(self.m.at.market).await.unwrap();
        // A recent one: those are the ones that something can happen to.
        let id = jobs.saturating_sub(self.chance.below(4)).max(1);
        let job = self.m.views().job(self.m.at.market, id).await.ok();
        match job.filter(|job| job.state != JobState::None) {
            None => self.post().await,
            // Some moves are what comes next for a job, by whoever may do it; the others anything by anybody.
            Some(job) if self.chance.below(4) < self.sensible_of_four => self.sensible(id, &job).await,
            Some(job) => self.anything(id, &job).await,
        }
    }

    async fn post(&mut self) -> Move<'a> {
        let posting = self.m.posting(self.chance.below(2) == 0).await;
        Move {
            name: "post",
            who: &self.m.creator,
            calls: market::post_job(self.m.at.token, self.m.at.market, &posting),
        }
    }

    async fn sensible(&mut self, id: u64, job: &OnChainJob) -> Move<'a> {
        let m = self.m;
        let at = m.at.market;
        let aggregator = job
            .aggregator
            .and_then(|address| self.people.into_iter().find(|who| who.address == address));
        let by_aggregator = aggregator.unwrap_or(&m.owner);
        let (name, who, calls) = match job.state {
            JobState::Open => {
                let worker = self.person();
                ("assign", &m.owner, vec![market::assign(at, id, &worker.address)])
            }
            JobState::Assigned => return self.commit(id, by_aggregator),
            JobState::Committed => match self.settlements.get(&id) {
                Some(settlement) => ("reveal", by_aggregator, vec![m.reveal_call(id, settlement)]),
                None => return self.post().await,
            },
            JobState::Challengeable => match self.chance.below(3) {
                0 => ("accept", &m.creator, vec![market::accept(at, id)]),
                1 => ("challenge", &m.other, market::challenge(m.at.token, at, BOND, id)),
                _ => {
                    m.wait(3700);
                    ("finalise", self.person(), vec![market::finalise(at, id)])
                }
            },
            JobState::Disputed => {
                let share = [0, 3_333, 10_000][self.chance.below(3) as usize];
                ("resolve", &m.owner, vec![market::resolve(at, id, share)])
            }
            JobState::Finalised if self.chance.below(2) == 0 => match self.settlements.get(&id) {
                Some(settlement) => ("claim", &m.worker, vec![m.claim_call(id, settlement, &m.worker)]),
                None => return self.post().await,
            },
            _ => return self.post().await,
        };
        Move { name, who, calls }
    }

    fn commit(&mut self, id: u64, who: &'a Person) -> Move<'a> {
        let m = self.m;
        let settlement = settle(&[(&m.worker, self.units()), (&m.other, Amount::credits(1))]);
        let binding = commitment(who, id, &settlement);
        self.settlements.insert(id, settlement);
        Move {
            name: "commit",
            who,
            calls: market::commit(m.at.token, m.at.market, BOND, id, binding),
        }
    }

    /// Up to twelve, so that some settlements are above the budget.
    fn units(&mut self) -> Amount {
        Amount::from_units(u128::from(self.chance.below(12_000)) * 1_000_000_000_000_000 + 1)
    }

    async fn anything(&mut self, id: u64, job: &OnChainJob) -> Move<'a> {
        let m = self.m;
        let (who, other, units) = (self.person(), self.person(), self.units());
        let (token, at, reg) = (m.at.token, m.at.market, m.at.registry);
        let (name, calls) = match self.chance.below(15) {
            0 => ("register", registry::register(token, reg, units, &pack_text("{}"))),
            1 => ("stake", registry::add_stake(token, reg, units)),
            2 => ("unstake", vec![registry::unstake(reg, units)]),
            3 => ("withdraw_stake", vec![registry::withdraw_stake(reg)]),
            4 => ("withdraw_slashed", vec![registry::withdraw(reg)]),
            5 => ("cancel", vec![market::cancel(at, id)]),
            6 => ("assign", vec![market::assign(at, id, &who.address)]),
            7 => ("reveal", vec![m.reveal_call(id, &settle(&[(other, units)]))]),
            8 => ("challenge", market::challenge(token, at, BOND, id)),
            9 => ("accept", vec![market::accept(at, id)]),
            10 => ("finalise", vec![market::finalise(at, id)]),
            11 => {
                m.wait(job.deadline.saturating_sub(m.now().await) + 3601);
                ("expire", vec![market::expire(at, id)])
            }
            12 => (
                "claim",
                vec![market::claim(at, id, &other.address, units, Felt::ONE, &[])],
            ),
            13 => ("deregister", vec![registry::deregister(reg)]),
            _ => ("withdraw", vec![market::withdraw(at)]),
        };
        Move { name, who, calls }
    }
}
