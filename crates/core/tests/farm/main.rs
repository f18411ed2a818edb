//! A farm of 200 mixed workers and 1,000 jobs, simulated with the coordinator's own rules: how long it takes against
//! what no schedule can beat, and how long artists wait against first come, first served.

mod bound;
mod event;
mod outcome;
mod run;
mod starve;
mod world;

use bound::bound;
use outcome::Outcome;
use run::{Order, run};
use std::{fmt::Write as _, thread};
use world::World;

const SEEDS: [u64; 3] = [1, 2, 3];
/// Of the bound that knows everything before and loses nothing to failures.
const MAKESPAN_AT_MOST: f64 = 1.10;
/// Of what first come, first served takes a job on average.
const COMPLETION_AT_MOST: f64 = 0.75;
/// Seconds until somebody begins with a job.
const FIRST_FRAME_AT_MOST: f64 = 600.0;

#[test]
fn the_farm_is_used_well_and_nobody_waits_for_ever() {
    let seeds = SEEDS.map(|seed| (seed, thread::spawn(move || simulate(seed))));
    for (seed, simulation) in seeds {
        let (text, best, ours, first_come) = simulation.join().expect("a simulation ends");
        println!("{text}");
        assert_eq!(
            (ours.unfinished, first_come.unfinished),
            (0, 0),
            "seed {seed}: every job is done"
        );
        assert!(ours.makespan <= best * MAKESPAN_AT_MOST, "seed {seed}: the makespan");
        let mean = ours.mean_completion() / first_come.mean_completion();
        assert!(mean <= COMPLETION_AT_MOST, "seed {seed}: the mean completion");
        assert!(
            ours.longest_wait() <= FIRST_FRAME_AT_MOST,
            "seed {seed}: the longest wait"
        );
        assert!(ours.deadlines_met >= first_come.deadlines_met, "seed {seed}: deadlines");
    }
}

fn simulate(seed: u64) -> (String, f64, Outcome, Outcome) {
    let world = World::new(seed);
    let bound = bound(&world);
    let best = bound.makespan();
    let (ours, first_come) = (run(&world, Order::Ours), run(&world, Order::FirstCome));
    let mut text = String::new();
    let frames: usize = world.jobs.iter().map(|job| job.frames.len()).sum();
    let work: f64 = world.jobs.iter().flat_map(|job| &job.frames).sum();
    let _ = writeln!(
        text,
        "seed {seed}: {frames} frames, {work:.0} s of work, no schedule ends before {best:.0} s (load {:.0}, one frame {:.0})",
        bound.load, bound.frame
    );
    for (name, it) in [("ours", &ours), ("first come", &first_come)] {
        let _ = writeln!(
            text,
            "  {name:10} makespan {:6.0} s (+{:.1} %), mean completion {:5.0} s, longest wait {:5.0} s, longest job {:5.0} s, \
             {} copies ({} won), {:.1} % of the work done in vain, {} deadlines kept",
            it.makespan,
            (it.makespan / best - 1.0) * 100.0,
            it.mean_completion(),
            it.longest_wait(),
            it.completion.iter().copied().fold(0.0, f64::max),
            it.copies,
            it.copies_won,
            (it.rendered / work - 1.0) * 100.0,
            it.deadlines_met
        );
    }
    (text, best, ours, first_come)
}
