//! What no schedule can beat, even one that knows everything before.

use crate::world::World;
use std::collections::HashSet;
use veriframe_core::schedule::market::{Able, levels};

pub struct Bound {
    /// All work that arrives from some moment on and that only certain workers can do, over the speed of those while they
    /// are there: the greatest of all moments and all such groups of workers.
    pub load: f64,
    /// The longest frame on the fastest worker that can take it.
    pub frame: f64,
}

impl Bound {
    pub fn makespan(&self) -> f64 {
        self.load.max(self.frame)
    }
}

/// Failed attempts, fetching and what vanished workers had begun are not in it: a schedule has them on top.
pub fn bound(world: &World) -> Bound {
    let all = Able::of(world.workers.iter().map(|_| true));
    let mut groups: HashSet<&Able> = world.jobs.iter().map(|job| &job.able).collect();
    groups.insert(&all);
    let unions = crowded(world);
    groups.extend(&unions);
    let mut load: f64 = 0.0;
    for group in groups {
        let mut work = 0.0;
        let members = || (0..world.workers.len()).filter(|&worker| group.has(worker));
        let speed: f64 = members().map(|worker| world.workers[worker].speed).sum();
        let vanish = members().any(|worker| world.workers[worker].away.is_some());
        // Jobs are in order of arrival: from the last one on backwards, more and more work arrives after a moment.
        for job in world.jobs.iter().rev() {
            if !job.able.is_within(group) {
                continue;
            }
            work += job.frames.iter().sum::<f64>();
            // Nobody is away in the fastest case: only where that beats what was found, it is worth a closer look.
            if job.arrives + work / speed > load || vanish {
                load = load.max(done_at(world, group, job.arrives, work));
            }
        }
    }
    let frame = world.jobs.iter().map(|job| {
        let fastest = (0..world.workers.len())
            .filter(|&worker| job.able.has(worker))
            .map(|worker| world.workers[worker].speed)
            .fold(0.0, f64::max);
        job.arrives + job.frames.iter().copied().fold(0.0, f64::max) / fastest
    });
    Bound {
        load,
        frame: frame.fold(0.0, f64::max),
    }
}

/// When the group has done the work, beginning at the moment.
fn done_at(world: &World, group: &Able, from: f64, work: f64) -> f64 {
    let members: Vec<_> = (0..world.workers.len())
        .filter(|&worker| group.has(worker))
        .map(|worker| &world.workers[worker])
        .collect();
    let mut changes: Vec<f64> = members
        .iter()
        .filter_map(|worker| worker.away)
        .flat_map(|(leaves, returns)| [leaves, returns])
        .filter(|&at| at > from)
        .collect();
    changes.sort_by(f64::total_cmp);
    let (mut now, mut left) = (from, work);
    for next in changes.into_iter().chain([f64::INFINITY]) {
        let speed: f64 = members
            .iter()
            .filter(|worker| {
                worker
                    .away
                    .is_none_or(|(leaves, returns)| now < leaves || now >= returns)
            })
            .map(|worker| worker.speed)
            .sum();
        let done = speed * (next - now);
        if done >= left {
            return now + left / speed;
        }
        left -= done;
        now = next;
    }
    now
}

/// Groups of workers that much of the work lies on: those above some level when what arrives from some moment on is
/// spread as evenly as it can be. Any group gives a bound that is true; these give one that is close.
fn crowded(world: &World) -> Vec<Able> {
    let speeds: Vec<f64> = world.workers.iter().map(|worker| worker.speed).collect();
    let mut groups = Vec::new();
    for from in (0..world.jobs.len()).step_by(50) {
        let piles: Vec<_> = world.jobs[from..]
            .iter()
            .map(|job| (&job.able, job.frames.iter().sum::<f64>()))
            .collect();
        let capacities: Vec<f64> = piles.iter().map(|(able, _)| able.capacity(&speeds)).collect();
        let levels = levels(&piles, &capacities, &speeds);
        let mut heights = levels.clone();
        heights.sort_by(|one, other| other.total_cmp(one));
        heights.dedup_by(|one, other| (*one - *other).abs() < 1.0);
        for height in heights.iter().take(40) {
            groups.push(Able::of(levels.iter().map(|level| *level >= height - 1.0)));
        }
    }
    groups
}
