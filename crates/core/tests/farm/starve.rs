//! One big job among small ones that never end and are more than the farm can do.

use veriframe_core::schedule::{
    JobFacts, WorkerFacts,
    rank::{AGING, WITHOUT_AGE_AT_MOST, rank},
};

const SMALL: f64 = 30.0;
/// Half as often as they are done.
const COMES_EVERY: f64 = 20.0;
const BIG_FRAME: f64 = 60.0;
const BIG_FRAMES: u32 = 60;

fn facts(age: f64, work: f64, frame_work: f64) -> JobFacts {
    JobFacts {
        age,
        work,
        frame_work,
        capacity: 1.0,
        // All the creators of small jobs together have everything in hands, each of them next to nothing; the worst case
        // for the big job is that its own creator is never behind.
        creator_load: if work > SMALL { 1.0 } else { 0.0 },
        tightness: 1.0,
        priority: if work > SMALL { 0.5 } else { 2.0 },
        deadline_in: None,
        pay: if work > SMALL { 0.1 } else { 10.0 },
        unknown: false,
    }
}

#[test]
fn a_big_job_is_done_among_small_ones_without_end() {
    let worker = WorkerFacts {
        speed: 1.0,
        slow: false,
        own: false,
        has_scene: false,
    };
    let (mut now, mut next_comes) = (0.0, 0.0);
    let mut small: std::collections::VecDeque<f64> = std::collections::VecDeque::new();
    let mut left = BIG_FRAMES;
    while left > 0 {
        while next_comes <= now {
            small.push_back(next_comes);
            next_comes += COMES_EVERY;
        }
        let big = rank(&facts(now, f64::from(left) * BIG_FRAME, BIG_FRAME), &worker);
        // Of the small ones the oldest is the best.
        let oldest = small
            .front()
            .map(|came| rank(&facts(now - came, SMALL, SMALL), &worker));
        if oldest.is_none_or(|oldest| big.best_first(&oldest).is_lt()) {
            left -= 1;
            now += BIG_FRAME;
        } else {
            small.pop_front();
            now += SMALL;
        }
        assert!(
            now < 7.0 * 24.0 * 3600.0,
            "the big job starves: {left} frames are left after a week"
        );
    }
    // From this age on nothing new stands before it; what came before is worked off in half that time again.
    let overtaken_until = AGING * WITHOUT_AGE_AT_MOST.sqrt();
    println!("the big job was done after {:.1} h", now / 3600.0);
    assert!(now < overtaken_until * 2.0, "{now}");
}
