//! What goes wrong, and when. One draw decides all of it.

use crate::world::{COORDINATOR, World};
use std::time::Duration;
use turmoil::Sim;

/// How the next request ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    Answered,
    /// The coordinator dies when it looks at its clock for this time.
    KilledAt(i64),
    /// It dies between the commit and the answer.
    AnswerLost,
}

/// What ends a fault of the network.
#[derive(Clone, Copy, Debug)]
enum Mending {
    Repair,
    Release,
    /// Of messages to the coordinator, or of those from it.
    RepairTo,
    RepairFrom,
}

pub struct Faults {
    chance: fastrand::Rng,
    next_at: u64,
    up_again_at: Option<u64>,
    /// By seat.
    broken: Vec<Option<(u64, Mending)>>,
}

impl Faults {
    pub fn new(seed: u64, seats: usize) -> Self {
        Self {
            chance: fastrand::Rng::with_seed(seed ^ 0xfa17),
            next_at: 3000,
            up_again_at: None,
            broken: vec![None; seats],
        }
    }

    pub fn tick(&mut self, sim: &mut Sim<'_>, world: &World, elapsed: u64) {
        self.restart(sim, world, elapsed);
        for seat in 0..self.broken.len() {
            if let Some((until, mending)) = self.broken[seat]
                && (elapsed >= until || world.calm.get())
            {
                mend(sim, seat, mending);
                self.broken[seat] = None;
            }
        }
        if !world.calm.get() && elapsed >= self.next_at {
            self.next_at = elapsed + self.chance.u64(500..7000);
            self.strike(sim, world, elapsed);
        }
    }

    fn restart(&mut self, sim: &mut Sim<'_>, world: &World, elapsed: u64) {
        if world.machine.borrow().is_up() {
            return;
        }
        match self.up_again_at {
            None => {
                sim.crash(COORDINATOR);
                self.up_again_at = Some(elapsed + self.chance.u64(500..12_000));
            }
            Some(at) if elapsed >= at => {
                self.up_again_at = None;
                sim.bounce(COORDINATOR);
                world.tally.borrow_mut().count("restarts");
            }
            Some(_) => {}
        }
    }

    fn strike(&mut self, sim: &mut Sim<'_>, world: &World, elapsed: u64) {
        let seat = self.chance.usize(0..self.broken.len());
        let until = elapsed + self.chance.u64(1000..35_000);
        let count = |what| world.tally.borrow_mut().count(what);
        match self.chance.u32(0..16) {
            0..=3 if self.broken[seat].is_none() => {
                sim.partition(name(seat), COORDINATOR);
                self.broken[seat] = Some((until, Mending::Repair));
                count("partitions");
            }
            4 if self.broken[seat].is_none() => {
                sim.partition_oneway(name(seat), COORDINATOR);
                self.broken[seat] = Some((until, Mending::RepairTo));
                count("partitions of one direction");
            }
            5 | 6 if self.broken[seat].is_none() => {
                sim.partition_oneway(COORDINATOR, name(seat));
                self.broken[seat] = Some((until, Mending::RepairFrom));
                count("partitions of one direction");
            }
            7 | 8 if self.broken[seat].is_none() => {
                sim.hold(name(seat), COORDINATOR);
                self.broken[seat] = Some((until, Mending::Release));
                count("times messages were held back");
            }
            9 => {
                world.clock.jump(self.chance.i64(1000..90_000));
                count("clock jumps forwards");
            }
            10 => {
                world.clock.jump(-self.chance.i64(1000..60_000));
                count("clock jumps backwards");
            }
            11 if self.chance.u32(0..6) == 0 => {
                world.clock.jump(self.chance.i64(900_000..3_600_000));
                count("clock jumps of an hour");
            }
            12 | 13 => world.fate.set(Fate::KilledAt(self.chance.i64(1..6))),
            14 => world.fate.set(Fate::AnswerLost),
            15 if world.machine.borrow().is_up() => {
                world.die();
                count("kills between requests");
            }
            _ => {}
        }
    }
}

/// How a seat is called in the network.
pub fn name(seat: usize) -> String {
    format!("seat-{seat}")
}

fn mend(sim: &Sim<'_>, seat: usize, mending: Mending) {
    let name = name(seat);
    match mending {
        Mending::Repair => sim.repair(name, COORDINATOR),
        Mending::Release => sim.release(name, COORDINATOR),
        Mending::RepairTo => sim.repair_oneway(name, COORDINATOR),
        Mending::RepairFrom => sim.repair_oneway(COORDINATOR, name),
    }
}

/// How long messages are on their way at most: some overtake others.
pub fn slowest(chance: &mut fastrand::Rng) -> Duration {
    Duration::from_millis(chance.u64(100..3000))
}
