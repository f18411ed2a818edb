//! How late an event is at another replica: from the first byte of the request that it tells of until it was heard.

use crate::{Client, figures::Waits, server::Server, socket::Socket};
use std::time::Instant;
use veriframe_peers::{Figure, Redis};
use veriframe_wire::EventData;

const ROUNDS: usize = 200;

/// A creator at one, a worker at the other; with Redis between them, and with PostgreSQL alone.
pub async fn measure(database: &str) {
    let redis = Redis::start();
    let with_redis = redis.as_ref().map(Redis::url);
    for (name, redis) in [("with Redis", with_redis), ("without Redis", None)] {
        let servers = [(); 2].map(|()| Server::start(Some(database.to_owned()), redis.clone()));
        between(&servers, name).await;
    }
}

async fn between([first, second]: &[Server; 2], name: &str) {
    let (creator, worker) = (Client::sign_in(&first.url).await, Client::sign_in(&second.url).await);
    worker.register("bench").await;
    let mut at_creator = Socket::open(&creator, None, &["jobs"]).await;
    let mut at_worker = Socket::open(&worker, None, &["market"]).await;
    let (mut posted, mut claimed, mut progress) = (Waits::default(), Waits::default(), Waits::default());
    let request = Client::job(&first.scene, "1");
    for _ in 0..ROUNDS {
        let asked = Instant::now();
        let (job, ()) = tokio::join!(creator.post_job(&request), async {
            let is_offered = |event: &EventData| matches!(event, EventData::JobAvailable { .. });
            at_worker.wait_for(is_offered).await;
            posted.add(asked);
        });
        let asked = Instant::now();
        let (lease, ()) = tokio::join!(worker.claim(&job.id, 1), async {
            let is_told =
                |event: &EventData| matches!(event, EventData::JobAssigned { job: told, .. } if *told == job.id);
            at_creator.wait_for(is_told).await;
            claimed.add(asked);
        });
        let lease = lease.expect("nobody else asks");
        let asked = Instant::now();
        let (answer, ()) = tokio::join!(worker.heartbeat(&lease, 0.5), async {
            let is_told =
                |event: &EventData| matches!(event, EventData::TaskProgress { job: told, .. } if *told == job.id);
            at_creator.wait_for(is_told).await;
            progress.add(asked);
        });
        answer.expect("the lease is good");
        creator.act(&job.id, "cancel").await.expect("it is the creator's");
    }
    for (what, waits) in [("a posted job", posted), ("a claim", claimed), ("progress", progress)] {
        let tell = |of: &str, share: f64| {
            let name = format!("{what} {name}, at the other replica: {of}");
            Figure::new(&name, waits.percentile(share), "ms").tell();
        };
        tell("p50", 0.5);
        tell("p99", 0.99);
        tell("at most", 1.0);
    }
}
