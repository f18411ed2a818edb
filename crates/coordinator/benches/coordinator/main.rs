//! How many claims a coordinator serves, how long each waits, and what ten thousand open sockets cost: `./dev bench coordinator`.
//!
//! The coordinator is a process of its own, as in life; the workers are here. On SQLite always; on PostgreSQL when
//! `VERIFRAME_POSTGRES` names a server, beside a plain queue in the same database; there two replicas tell each other of events,
//! too.

#[path = "../../tests/it/support/client.rs"]
#[allow(dead_code, reason = "what the tests ask of a coordinator is more than is measured")]
mod client;
#[path = "../../tests/it/support/database.rs"]
#[allow(dead_code, reason = "the tests share a database between coordinators")]
mod database;
mod farm;
mod figures;
#[path = "../../tests/it/support/pictures.rs"]
#[allow(dead_code, reason = "no frames are handed in")]
mod pictures;
mod plain_queue;
mod replicas;
mod server;
#[path = "../../tests/it/support/socket.rs"]
mod socket;
mod sockets;
mod write_ahead;

use client::Client;
use database::TestDatabase;
use figures::Promises;
use pictures::Picture;
use server::Server;
use std::time::Duration;

const WORKERS: usize = 500;
const TASKS: u32 = 10_000;
const SOCKETS: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == server::SERVE) {
        return server::serve(&arguments[2], arguments.get(3).cloned(), arguments.get(4));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let mut promises = Promises::default();
    println!("{WORKERS} workers, {TASKS} tasks, on SQLite");
    on("SQLite", None, 500.0, &mut promises).await;
    if let Some(database) = TestDatabase::make().await {
        println!("the same on PostgreSQL");
        let rate = on("PostgreSQL", Some(&database), 1000.0, &mut promises).await;
        let plain = plain_queue::claims_per_second(&database.url(), TASKS).await;
        figures::tell("a plain queue with SKIP LOCKED, no HTTP, claims/s", plain);
        figures::tell("ours beside it", rate / plain);
        Box::pin(replicas::measure(&database.url(), &mut promises)).await;
    } else {
        println!("SKIPPED: PostgreSQL: VERIFRAME_POSTGRES names no server");
    }
    promises.expect_kept();
}

/// Returns claims per second.
async fn on(name: &str, database: Option<&TestDatabase>, least: f64, promises: &mut Promises) -> f64 {
    let server = Server::start(database.map(TestDatabase::url), None);
    let log = write_ahead::Log::of(&server, database).await;
    let farm = farm::Farm::gather(&server, WORKERS).await;
    let at_once = farm.claim_everything(&server, TASKS).await;
    promises.at_least(
        &format!("{name}: claims/s, all workers at once"),
        at_once.per_second(),
        least,
    );
    figures::tell("  p50 of those, ms", at_once.percentile(0.5));
    figures::tell("  p99 of those, ms", at_once.percentile(0.99));
    let steady = farm.claim_at(&server, least, Duration::from_secs(10)).await;
    promises.below(
        &format!("{name}: p99 of a claim at {least} a second, ms"),
        steady.percentile(0.99),
        100.0,
    );
    // Ten thousand workers say both every 20 seconds.
    let alive = farm.stay_alive(&server, 20).await;
    promises.at_least(
        &format!("{name}: heartbeats and statuses/s, all workers at once"),
        alive.per_second(),
        1000.0,
    );
    figures::tell("  p99 of those, ms", alive.percentile(0.99));
    let log = log.megabytes().await;
    match database {
        None => promises.below(&format!("{name}: the write-ahead log at most, MB"), log, 256.0),
        Some(_) => figures::tell(&format!("{name}: written ahead in all, MB"), log),
    }
    if database.is_none() {
        sockets::measure(&server, &farm, SOCKETS, promises).await;
    }
    at_once.per_second()
}
