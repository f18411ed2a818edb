//! Two coordinators on one PostgreSQL.

use crate::support::{Client, Socket, TestDatabase, World, picture};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tokio::time::timeout;
use veriframe_coordinator::RedisAddress;
use veriframe_peers::Redis;
use veriframe_wire::{EventData, event::Event, job::JobStatus};

/// How late an event may be at another replica.
const AT_MOST: Duration = Duration::from_millis(100);

/// `None`, said loudly, where the tests run without a server.
async fn two() -> Option<(World, World)> {
    if !TestDatabase::is_shared() {
        println!("SKIPPED: two replicas need a PostgreSQL server; VERIFRAME_POSTGRES names one");
        return None;
    }
    let first = World::start().await;
    let second = first.replica().await;
    Some((first, second))
}

fn print_and_check(what: &str, mut late: Vec<Duration>) {
    late.sort();
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "{what}: {} events, p50 {:.1?}, p90 {:.1?}, p99 {:.1?}, max {:.1?}",
        late.len(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
    assert!(at(90) < AT_MOST, "{what}: {late:?}");
}

/// How long after the answer to the write that it tells of an event came. Many come before: the answer has its way, too.
async fn lateness(
    socket: &mut Socket,
    wanted: impl Fn(&EventData) -> bool,
    answered: tokio::task::JoinHandle<Instant>,
) -> Duration {
    socket.wait_for(wanted).await;
    let heard = Instant::now();
    heard.saturating_duration_since(answered.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_and_a_worker_at_two_replicas_hear_each_other_at_once() {
    let Some((first, second)) = two().await else { return };
    let (creator, worker) = (first.client().await, second.worker().await);
    let mut at_creator = Socket::open(&creator, None, &["jobs"]).await;
    let mut at_worker = Socket::open(&worker, None, &["market"]).await;
    let good = picture(&first.blocks, 1);
    let (mut to_worker, mut to_creator, mut progress) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for _ in 0..30 {
        let posting = tokio::spawn({
            let (creator, request) = (creator.clone(), Client::job(&first.scene(), "1"));
            async move { (creator.post_job(&request).await, Instant::now()) }
        });
        // Audits of earlier jobs are told of as well.
        let job = loop {
            match at_worker.event().await.data {
                EventData::JobAvailable { job, .. } if seen.insert(job.clone()) => break job,
                _ => {}
            }
        };
        let heard = Instant::now();
        to_worker.push(heard.saturating_duration_since(posting.await.unwrap().1));

        let lease = worker.claim(&job, 1).await.unwrap();
        let told = |event: &EventData| matches!(event, EventData::TaskProgress { job: told, .. } if *told == job);
        let telling = tokio::spawn({
            let (worker, lease) = (worker.clone(), lease.clone());
            async move {
                worker.heartbeat(&lease, 0.5).await.unwrap();
                Instant::now()
            }
        });
        progress.push(lateness(&mut at_creator, told, telling).await);
        // Whoever asks the other replica is told the same.
        let task = creator.tasks(&job).await.remove(0);
        assert!((task.progress - 0.5).abs() < f32::EPSILON, "{task:?}");

        let submitted = |event: &EventData| matches!(event, EventData::TaskSubmitted { job: told, .. } if *told == job);
        let finishing = tokio::spawn({
            let (worker, lease, good) = (worker.clone(), lease.clone(), good.clone());
            async move {
                worker.finish(&lease, &good).await;
                Instant::now()
            }
        });
        to_creator.push(lateness(&mut at_creator, submitted, finishing).await);
    }
    print_and_check("a posted job, at the other replica's worker", to_worker);
    print_and_check("a handed in frame, at the other replica's creator", to_creator);
    print_and_check("progress, at the other replica's creator", progress);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_sees_the_log_whoever_wrote_it() {
    let Some((first, second)) = two().await else { return };
    let me = first.worker().await;
    let topics = ["jobs", "market"];
    let good = picture(&first.blocks, 1);
    // Both replicas are written to at once, while readers come and resume at both.
    let writing: Vec<_> = [&first, &second, &first, &second]
        .into_iter()
        .map(|world| {
            let (me, scene, good) = (world.moved(&me), world.scene(), good.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    let job = me.post_job(&Client::job(&scene, "1-2")).await;
                    me.work_through(&job.id, &good).await;
                }
            })
        })
        .collect();
    let mut readers = Vec::new();
    for world in [&first, &second] {
        readers.push(Socket::open(&world.moved(&me), Some(0), &topics).await);
    }
    for write in writing {
        write.await.unwrap();
    }
    readers.push(Socket::open(&second.moved(&me), Some(0), &topics).await);
    let end = second.moved(&me).post_job(&Client::job(&first.scene(), "1")).await;
    let is_end = |event: &EventData| matches!(event, EventData::JobCreated { job, .. } if *job == end.id);
    let mut logs: Vec<Vec<Event>> = Vec::new();
    for reader in &mut readers {
        let mut events: Vec<Event> = Vec::new();
        while !events.last().is_some_and(|event| is_end(&event.data)) {
            events.push(reader.event().await);
        }
        events.retain(|event| event.seq.is_some());
        assert!(
            events.windows(2).all(|pair| pair[0].seq < pair[1].seq),
            "in order, nothing twice"
        );
        logs.push(events);
    }
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0], logs[2]);
    let posted = logs[0]
        .iter()
        .filter(|event| matches!(event.data, EventData::JobCreated { .. }));
    assert_eq!(posted.count(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_goes_on_where_the_other_stopped() {
    let Some((first, second)) = two().await else { return };
    let me = first.worker().await;
    let job = me.post_job(&Client::job(&first.scene(), "1-4")).await;
    let good = picture(&first.blocks, 1);
    let lease = me.claim(&job.id, 2).await.unwrap();
    first.shutdown.cancel();
    first.running.join.await.unwrap();
    let me = second.moved(&me);
    me.heartbeat(&lease, 0.1).await.unwrap();
    me.finish(&lease, &good).await;
    me.work_through(&job.id, &good).await;
    assert_eq!(me.show(&job.id).await.status, JobStatus::Complete);
    let waiting = async { while me.balance().await != veriframe_core::Amount::credits(100) {} };
    timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the books add up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_dies_and_comes_back_changes_nothing_but_health() {
    if !TestDatabase::is_shared() {
        println!("SKIPPED: two replicas need a PostgreSQL server; VERIFRAME_POSTGRES names one");
        return;
    }
    let Some(mut redis) = Redis::start() else { return };
    let address = RedisAddress::parse(&redis.url()).unwrap();
    let first = World::start_with(|settings| settings.redis = Some(address.clone())).await;
    let second = first.replica_with(|settings| settings.redis = Some(address)).await;
    let (creator, worker) = (first.client().await, second.worker().await);
    cache_is(&[&first, &second], "ok").await;
    let good = picture(&first.blocks, 1);
    for level in ["ok", "degraded", "ok"] {
        cache_is(&[&first, &second], level).await;
        let mut at_creator = Socket::open(&creator, None, &["jobs"]).await;
        let job = creator.post_job(&Client::job(&first.scene(), "1")).await.id;
        let lease = worker.claim(&job, 1).await.unwrap();
        worker.heartbeat(&lease, 0.5).await.unwrap();
        let told = |event: &EventData| matches!(event, EventData::TaskProgress { job: told, .. } if *told == job);
        at_creator.wait_for(told).await;
        worker.finish(&lease, &good).await;
        let submitted = |event: &EventData| matches!(event, EventData::TaskSubmitted { job: told, .. } if *told == job);
        at_creator.wait_for(submitted).await;
        let overview: serde_json::Value = creator.get("/workers/stats/overview").await.unwrap();
        assert_eq!(overview["total"], 1);
        match level {
            "ok" => redis.kill(),
            _ => redis.start_again(),
        }
    }
}

/// Returns when each of them says so of its Redis.
async fn cache_is(worlds: &[&World], level: &str) {
    let looking = async {
        for world in worlds {
            let url = format!("{}/health", world.running.url());
            loop {
                let health: serde_json::Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
                if health["components"]["cache"]["status"] == level {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    timeout(Duration::from_secs(20), looking).await.expect("health says so");
}
