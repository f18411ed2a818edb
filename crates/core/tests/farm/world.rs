//! A farm and its jobs, drawn from a seed.

use std::collections::BTreeSet;
use veriframe_core::{
    Amount, BlenderInfo, BlenderVersion, DeviceKind, Engine, Requirements,
    schedule::{Offer, Wants, market::Able, speed::SPEED_START},
};

pub const WORKERS: usize = 200;
pub const JOBS: usize = 1000;
const CREATORS: usize = 40;
/// Jobs arrive over this time; the farm needs longer for them, so that an order matters.
const ARRIVE_WITHIN: f64 = 3600.0;
/// One attempt in so many fails, somewhere on its way.
pub const FAILS_ONE_IN: u64 = 20;
/// One worker in so many goes away in the middle of a lease, and comes back later.
const VANISHES_ONE_IN: u64 = 20;

/// Steele, Lea and Flood, “Fast Splittable Pseudorandom Number Generators” (2014).
#[derive(Clone)]
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Even in its logarithm.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least * (most / least).powf(self.share())
    }
}

/// Whether and where the attempt of a task fails: the same for every schedule.
pub fn fails_at(seed: u64, task: usize, attempt: u32) -> Option<f64> {
    let mut draw = Draw(seed ^ (task as u64) << 20 ^ u64::from(attempt) << 52);
    draw.next();
    (draw.below(FAILS_ONE_IN) == 0).then(|| draw.share())
}

pub struct Worker {
    pub offer: Offer,
    /// Two orders of magnitude lie between the slowest and the fastest.
    pub speed: f64,
    /// What its benchmark promises: within a factor of two of the truth, or nothing.
    pub benchmark: f64,
    /// Away from the first time to the second.
    pub away: Option<(f64, f64)>,
}

pub struct Job {
    pub creator: usize,
    pub wants: Wants,
    pub arrives: f64,
    pub deadline: Option<f64>,
    /// Of each frame, in seconds on a worker of speed 1.
    pub frames: Vec<f64>,
    pub able: Able,
}

pub struct World {
    pub seed: u64,
    pub workers: Vec<Worker>,
    pub jobs: Vec<Job>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let workers: Vec<Worker> = (0..WORKERS).map(|_| worker(&mut draw)).collect();
        let mut jobs: Vec<Job> = (0..JOBS).map(|_| job(&mut draw)).collect();
        jobs.sort_by(|one, other| one.arrives.total_cmp(&other.arrives));
        // A job that no worker fits is told so, and is nobody's to schedule.
        for job in &mut jobs {
            loop {
                job.able = Able::of(
                    workers
                        .iter()
                        .map(|worker| job.wants.check(&worker.offer, false).is_ok()),
                );
                if (0..WORKERS).filter(|&worker| job.able.has(worker)).count() >= 3 {
                    break;
                }
                job.wants = wants(&mut draw);
            }
        }
        Self { seed, workers, jobs }
    }
}

fn worker(draw: &mut Draw) -> Worker {
    // Newer Blenders are rarer, and one in ten has two.
    let versions = [(3, 6), (4, 2), (4, 5)];
    let version = |draw: &mut Draw| versions[[0, 1, 1, 1, 2, 2, 2, 2, 2, 2][draw.below(10) as usize]];
    let installed = 1 + usize::from(draw.below(10) == 0);
    let engines: BTreeSet<Engine> = if draw.below(10) == 0 {
        [Engine::Cycles].into()
    } else {
        [Engine::Cycles, Engine::Eevee].into()
    };
    let blenders = (0..installed)
        .map(|_| {
            let (major, minor) = version(draw);
            BlenderInfo {
                version: BlenderVersion::new(major, minor, 0),
                engines: engines.clone(),
                denoisers: ["openimagedenoise".to_owned()].into(),
                sandboxed: true,
            }
        })
        .collect();
    let gpu = draw.below(5) < 3;
    let vanishes = draw.below(VANISHES_ONE_IN) == 0;
    let from = draw.share() * 9000.0;
    let speed = draw.between(0.1, 10.0);
    let benchmark = if draw.below(10) == 0 {
        SPEED_START
    } else {
        speed * draw.between(0.5, 2.0)
    };
    Worker {
        benchmark,
        offer: Offer {
            blenders,
            memory: Some([8_u64, 16, 16, 32, 64][draw.below(5) as usize] << 30),
            devices: if gpu {
                [DeviceKind::Cpu, DeviceKind::Optix].into()
            } else {
                [DeviceKind::Cpu].into()
            },
            reputation: 300 + draw.below(700) as u32,
            price_floor: Amount::from_units(u128::from(draw.below(60))),
        },
        speed,
        away: vanishes.then(|| (from, from + 600.0 + draw.share() * 1200.0)),
    }
}

fn wants(draw: &mut Draw) -> Wants {
    let (major, minor) = [
        (3, 6),
        (3, 6),
        (3, 6),
        (3, 6),
        (4, 2),
        (4, 2),
        (4, 2),
        (4, 2),
        (4, 5),
        (4, 5),
    ][draw.below(10) as usize];
    Wants {
        requirements: Requirements {
            engine: if draw.below(3) == 0 {
                Engine::Eevee
            } else {
                Engine::Cycles
            },
            saved_by: BlenderVersion::new(major, minor, 0),
            denoiser: (draw.below(2) == 0).then(|| "openimagedenoise".to_owned()),
            memory_bytes: [0_u64, 1, 2, 2, 4, 4, 6, 8, 12, 24][draw.below(10) as usize] << 30,
        },
        devices: if draw.below(10) == 0 {
            [DeviceKind::Optix].into()
        } else {
            BTreeSet::new()
        },
        reputation: (draw.below(20) == 0).then_some(500),
        price: Some(Amount::from_units(u128::from(30 + draw.below(100)))),
        unit: "credits",
    }
}

fn job(draw: &mut Draw) -> Job {
    // A few creators post most: the first one in eleven of them about a third.
    let creator = (draw.share().powi(3) * CREATORS as f64) as usize;
    let count = draw.between(1.0, 120.0) as usize;
    let typical = draw.between(15.0, 600.0);
    let arrives = draw.share() * ARRIVE_WITHIN;
    Job {
        creator,
        wants: wants(draw),
        arrives,
        deadline: (draw.below(5) == 0).then(|| arrives + draw.between(600.0, 14_400.0)),
        frames: (0..count).map(|_| typical * (0.7 + 0.6 * draw.share())).collect(),
        able: Able::default(),
    }
}
