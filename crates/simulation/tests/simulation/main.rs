//! The coordinator in a simulated world: its real router, leases, scheduler, verification, ledger and store, with workers and
//! creators that reach it over turmoil's network. Messages are lost, held back, doubled and overtake each other; the
//! coordinator is killed in the middle of requests; its clock jumps. A seed decides all of it, and repeats it.
//!
//! - `VERIFRAME_SEEDS`: how many worlds (8, in `./dev test full` 40); with it `VERIFRAME_SEED` (1) is the first, without it each seed has worlds of its own; `VERIFRAME_THREADS`: how many at a time.
//!
//! Time is simulated, the database is not: the simulation stands still while the coordinator works, so a request takes no
//! time and nothing depends on how fast the threads of the database are.

mod account;
mod answers;
mod clock;
mod coordinator;
mod copies;
mod creator;
mod end;
mod faults;
mod line;
mod message;
mod money;
mod pictures;
mod reader;
mod rules;
mod run;
mod snapshot;
mod tally;
mod template;
mod told;
mod witness;
mod worker;
mod world;

use run::{Runtime, number};
use veriframe_peers::a_part_of;

#[test]
fn no_task_is_lost_none_is_paid_twice_no_late_write_counts_and_events_are_in_order() {
    const WORLDS: u32 = 40;
    let seed = number("VERIFRAME_SEED", 1);
    if std::env::var_os("VERIFRAME_SEEDS").is_some() {
        run::seeds(seed, number("VERIFRAME_SEEDS", 1));
    } else {
        // Of each seed others.
        run::seeds(seed.wrapping_mul(u64::from(WORLDS)), u64::from(a_part_of(WORLDS)));
    }
}

#[test]
fn a_seed_repeats_itself() {
    let runtime = Runtime::start();
    for seed in [7, 8, 9] {
        let first = runtime.world(seed).unwrap();
        let again = runtime.world(seed).unwrap();
        assert!(first.journal.len() > 100, "hardly anything happened");
        let differs = first
            .journal
            .iter()
            .zip(&again.journal)
            .find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.journal.len(), again.journal.len(), "seed {seed}");
    }
}
