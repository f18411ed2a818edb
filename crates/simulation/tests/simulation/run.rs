//! Many worlds, on as many threads as there are.

use crate::{
    tally::Tally,
    template::Template,
    world::{self, Ended},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Instant,
};

/// From the environment.
pub fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a number")),
        Err(_) => otherwise,
    }
}

/// The threads on which the coordinator of one world after the other really runs.
pub struct Runtime {
    runtime: tokio::runtime::Runtime,
    template: Arc<Template>,
}

impl Runtime {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let template = Arc::new(Template::make(runtime.handle()));
        Self { runtime, template }
    }

    pub fn world(&self, seed: u64) -> Result<Ended, String> {
        let lived = catch_unwind(AssertUnwindSafe(|| {
            world::run(seed, self.runtime.handle(), &self.template)
        }));
        lived.unwrap_or_else(|_| Err("it panicked".to_owned()))
    }
}

/// What must have happened in so many worlds that nothing was left to luck.
const FAULTS: [&str; 14] = [
    "restarts",
    "kills between requests",
    "kills in the middle of a request",
    "kills between commit and answer",
    "partitions",
    "partitions of one direction",
    "times messages were held back",
    "messages doubled",
    "old messages sent again",
    "clock jumps forwards",
    "clock jumps backwards",
    "stale writes refused",
    "idempotent writes repeated",
    "leases expired",
];

pub fn seeds(first: u64, count: u64) {
    let started = Instant::now();
    let next = AtomicU64::new(first);
    let end = first + count;
    let total = Mutex::new(Tally::default());
    let wrong = Mutex::new(Vec::new());
    let threads = number(
        "VERIFRAME_THREADS",
        thread::available_parallelism().map_or(1, |n| n.get() as u64),
    );
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            scope.spawn(|| {
                let runtime = Runtime::start();
                loop {
                    let seed = next.fetch_add(1, SeqCst);
                    if seed >= end {
                        return;
                    }
                    match runtime.world(seed) {
                        Ok(ended) => lock(&total).merge(&ended.tally),
                        Err(error) => {
                            // Others would only fail in the same way.
                            next.store(end, SeqCst);
                            lock(&wrong).push((seed, error));
                        }
                    }
                    let done = seed + 1 - first;
                    if done.is_multiple_of(1000) {
                        println!("{done} seeds in {} s", started.elapsed().as_secs());
                    }
                }
            });
        }
    });
    let total = lock(&total);
    println!(
        "seeds {first} to {} in {} s:\n{total}",
        end - 1,
        started.elapsed().as_secs()
    );
    for (seed, error) in lock(&wrong).iter() {
        println!("seed {seed}: {error}\nalone: VERIFRAME_SEED={seed} VERIFRAME_SEEDS=1 ./dev simulate");
    }
    assert!(lock(&wrong).is_empty(), "seed {} is broken", lock(&wrong)[0].0);
    if count >= 100 {
        for fault in FAULTS {
            assert!(total.get(fault) > 0, "{fault}: not once in {count} worlds");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
