use crate::support::{Client, Socket, World, picture};
use serde_json::json;
use std::time::Instant;
use veriframe_wire::{
    EventData,
    event::{CLOSE_RESUME, CLOSE_UNAUTHENTICATED, Event},
    job::JobStatus,
};

#[tokio::test]
async fn a_reader_that_comes_back_misses_nothing() {
    let world = World::start().await;
    let me = world.worker().await;
    let topics = ["jobs", "market"];
    let mut whole = Socket::open(&me, Some(0), &topics).await;
    let mut first = Socket::open(&me, Some(0), &topics).await;
    let job = me.post_job(&Client::job(&world.scene(), "1-6")).await;

    // One reads a little and goes away while work goes on.
    let created = first
        .wait_for(|event| matches!(event, EventData::JobCreated { .. }))
        .await;
    drop(first);
    let good = picture(&world.blocks, 1);
    let lease = me.claim(&job.id, 2).await.unwrap();
    me.finish(&lease, &good).await;
    let mut second = Socket::open(&me, created.seq, &topics).await;
    me.work_through(&job.id, &good).await;

    let ended = |event: &EventData| matches!(event, EventData::JobCompleted { .. });
    let collect = async |socket: &mut Socket| {
        let mut events: Vec<Event> = Vec::new();
        while !events.last().is_some_and(|event| ended(&event.data)) {
            events.push(socket.event().await);
        }
        events.retain(|event| event.seq.is_some());
        events
    };
    let all = collect(&mut whole).await;
    let resumed = collect(&mut second).await;
    assert!(
        all.windows(2).all(|pair| pair[0].seq < pair[1].seq),
        "in order, nothing twice"
    );
    let after: Vec<Event> = all.into_iter().filter(|event| event.seq > created.seq).collect();
    assert_eq!(resumed, after);
    let paid = after
        .iter()
        .filter(|event| matches!(event.data, EventData::Payout { .. }));
    assert_eq!(paid.count(), 6);
}

#[tokio::test]
async fn a_posted_job_reaches_an_idle_worker_at_once() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut market = Socket::open(&worker, None, &["market"]).await;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let request = Client::job(&world.scene(), "1-5");
        let posting = tokio::spawn({
            let creator = creator.clone();
            async move {
                creator.post_job(&request).await;
                Instant::now()
            }
        });
        market
            .wait_for(|event| matches!(event, EventData::JobAvailable { .. }))
            .await;
        let pushed = Instant::now();
        let answered = posting.await.unwrap();
        best = best.min(pushed.saturating_duration_since(answered).as_secs_f64());
    }
    // The push leaves after the commit, before the answer does: it is not a timer that brings it.
    assert!(best < 0.05, "{best} s after the answer");
}

#[tokio::test]
async fn progress_is_heard_but_not_kept() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1")).await;
    let topic = format!("job:{}", job.id);
    let mut socket = Socket::open(&me, None, &[&topic]).await;
    let lease = me.claim(&job.id, 1).await.unwrap();
    me.heartbeat(&lease, 0.25).await.unwrap();
    let event = socket
        .wait_for(|event| matches!(event, EventData::TaskProgress { .. }))
        .await;
    assert_eq!(event.seq, None);
    assert!((me.tasks(&job.id).await[0].progress - 0.25).abs() < f32::EPSILON);

    me.finish(&lease, &picture(&world.blocks, 1)).await;
    let mut replay = Socket::open(&me, Some(0), &[&topic]).await;
    let event = replay
        .wait_for(|event| matches!(event, EventData::TaskProgress { .. } | EventData::JobCompleted { .. }))
        .await;
    assert!(matches!(event.data, EventData::JobCompleted { .. }));
}

#[tokio::test]
async fn topics_keep_other_people_s_events_apart() {
    let world = World::start().await;
    let (me, other) = (world.client().await, world.client().await);
    let mut own = Socket::open(&me, None, &["jobs"]).await;
    let theirs = other.post_job(&Client::job(&world.scene(), "1")).await;
    other.act(&theirs.id, "cancel").await.unwrap();
    let mine = me.post_job(&Client::job(&world.scene(), "1")).await;
    me.act(&mine.id, "cancel").await.unwrap();
    loop {
        match own.event().await.data {
            EventData::BalanceChanged { address } => assert_eq!(address.0, me.address()),
            EventData::JobCreated { job, .. } | EventData::JobAvailable { job, .. } => assert_eq!(job, mine.id),
            EventData::JobUpdated { job, status, .. } => {
                assert_eq!((job, status), (mine.id.clone(), JobStatus::Cancelled));
            }
            EventData::JobCancelled { job, .. } => {
                assert_eq!(job, mine.id);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_socket_without_a_good_token_is_closed() {
    let world = World::start().await;
    let me = world.client().await;
    let mut silent = Socket::connect(&me).await;
    silent.say(&json!({ "type": "subscribe", "topics": ["jobs"] })).await;
    assert_eq!(silent.raw().await, Err(CLOSE_UNAUTHENTICATED));

    world.clock.advance(16 * 60);
    let mut late = Socket::connect(&me).await;
    late.say(&json!({ "type": "authenticate", "token": me.token })).await;
    assert_eq!(late.raw().await, Err(CLOSE_UNAUTHENTICATED));

    let me = world.client().await;
    let mut confused = Socket::open(&me, None, &["jobs"]).await;
    confused
        .say(&json!({ "type": "subscribe", "topics": ["everything"] }))
        .await;
    assert_eq!(confused.raw().await, Err(1008));
}

#[tokio::test]
async fn sockets_are_closed_at_shutdown() {
    let world = World::start().await;
    let me = world.client().await;
    let mut socket = Socket::open(&me, None, &["jobs"]).await;
    world.shutdown.cancel();
    assert_eq!(socket.raw().await, Err(CLOSE_RESUME));
    world.running.join.await.unwrap();
}
