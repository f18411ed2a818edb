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
use pictures::Picture;
use server::Server;
use std::time::Duration;
use veriframe_peers::Figure;

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
    println!("{WORKERS} workers, {TASKS} tasks, on SQLite");
    let queue = plain_queue::on_sqlite(TASKS).await;
    on(
        "SQLite",
        None,
        500.0,
        ("a plain SQLite table, no HTTP, claims/s", queue, 0.25),
    )
    .await;
    if let Some(database) = TestDatabase::make().await {
        println!("the same on PostgreSQL");
        let queue = plain_queue::on_postgres(&database.url(), TASKS).await;
        let plain = ("a plain queue with SKIP LOCKED, no HTTP, claims/s", queue, 0.25);
        on("PostgreSQL", Some(&database), 1000.0, plain).await;
        Box::pin(replicas::measure(&database.url())).await;
    } else {
        println!("SKIPPED: PostgreSQL: VERIFRAME_POSTGRES names no server");
    }
}

/// `pace`: claims a second in the steady part. `plain`: the peer, its claims a second, and the share of them that is promised.
async fn on(name: &str, database: Option<&TestDatabase>, pace: f64, plain: (&str, f64, f64)) {
    let tell = |what: &str, value: f64, unit: &str| Figure::new(&format!("{name}: {what}"), value, unit).tell();
    let server = Server::start(database.map(TestDatabase::url), None);
    let log = write_ahead::Log::of(&server, database).await;
    let farm = farm::Farm::gather(&server, WORKERS).await;
    let at_once = farm.claim_everything(&server, TASKS).await;
    let (peer, theirs, share) = plain;
    Figure::new(
        &format!("{name}: claims/s, all workers at once"),
        at_once.per_second(),
        "/s",
    )
    .at_least(share, peer, theirs);
    tell("p50 of those", at_once.percentile(0.5), "ms");
    tell("p99 of those", at_once.percentile(0.99), "ms");
    let steady = farm.claim_at(&server, pace, Duration::from_secs(10)).await;
    tell(
        &format!("p99 of a claim at {pace} a second"),
        steady.percentile(0.99),
        "ms",
    );
    // Ten thousand workers say both every 20 seconds.
    let alive = farm.stay_alive(&server, 20).await;
    Figure::new(
        &format!("{name}: heartbeats and statuses/s, all workers at once"),
        alive.per_second(),
        "/s",
    )
    .at_least(0.5, "claims/s of the same", at_once.per_second());
    tell("p99 of those", alive.percentile(0.99), "ms");
    let log = log.megabytes().await;
    match database {
        None => Figure::new("SQLite: the write-ahead log at most", log, "MB").within(256.0),
        Some(_) => tell("written ahead in all", log, "MB"),
    }
    if database.is_none() {
        sockets::measure(&server, &farm, SOCKETS, steady.percentile(0.99)).await;
    }
}
