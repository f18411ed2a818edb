//! Which jobs a worker is offered, in which order, and what is said when nothing happens.

use crate::support::{Client, Refused, World, picture};
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Page,
    job::{AvailableJob, Job, JobExplanation, OrderJobsResponse},
};

async fn offered(worker: &Client) -> Vec<AvailableJob> {
    let page: Page<AvailableJob> = worker.get("/jobs/available?explain=true").await.unwrap();
    page.items
}

async fn explained(creator: &Client, job: &Job) -> JobExplanation {
    creator.get(&format!("/jobs/{}/explain", job.id)).await.unwrap()
}

async fn register_with(worker: &Client, change: impl FnOnce(&mut Value)) {
    let mut request = json!({ "capabilities": Client::capabilities(1), "instance": "run-1" });
    change(&mut request);
    let _: Value = worker.post("/workers/register", &request).await.unwrap();
}

/// To a job that is posted.
type Change = fn(&mut Value);

#[tokio::test]
async fn a_worker_is_told_with_numbers_why_a_job_is_not_for_it() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let scene = world.scene();
    let wants: [(&str, Change); 4] = [
        ("newer", |job| job["requirements"]["saved_by"] = "4.2.0".into()),
        ("device", |job| {
            job["requirements"]["devices"] = json!(["optix", "cuda"]);
        }),
        ("known", |job| job["requirements"]["min_reputation"] = 700.into()),
        ("big", |job| job["requirements"]["memory_bytes"] = (9_u64 << 30).into()),
    ];
    for (name, change) in wants {
        let mut job = Client::job(&scene, "1-2");
        job["name"] = name.into();
        change(&mut job);
        creator.post_job(&job).await;
    }
    register_with(&worker, |request| {
        request["price_floor"] = Amount::credits(1).to_string().into();
    })
    .await;
    let mut cheap = Client::job(&scene, "1-2");
    cheap["name"] = "cheap".into();
    cheap["price_per_frame"] = Amount::parse_credits("0.92").unwrap().to_string().into();
    creator.post_job(&cheap).await;

    let offered = offered(&worker).await;
    let why = |name: &str| {
        let job = offered.iter().find(|job| job.name == name).unwrap();
        job.why_not.clone().unwrap()
    };
    assert_eq!(why("newer"), "needs Blender 4.2 or newer, you have 3.4.1");
    assert_eq!(why("device"), "needs CUDA or OptiX, you have CPU");
    assert_eq!(why("known"), "asks for a reputation of 700, you have 500");
    assert_eq!(why("big"), "needs 9216 MB of memory, the limit here is 8192 MB");
    assert_eq!(
        why("cheap"),
        "pays 0.92 credits a frame, 8 % below your floor: you ask for 1.00"
    );
}

#[tokio::test]
async fn an_artist_is_told_why_nothing_happens() {
    let world = World::start().await;
    let creator = world.client().await;
    let mut request = Client::job(&world.scene(), "1-2");
    request["requirements"]["saved_by"] = "4.2.0".into();
    let job = creator.post_job(&request).await;
    assert_eq!(explained(&creator, &job).await.text, "No worker is online.");

    let (one, _two) = (world.worker().await, world.worker().await);
    let told = explained(&creator, &job).await;
    assert_eq!(told.text, "2 workers are online: 2 need a newer Blender.");
    assert_eq!((told.workers_online, told.workers_able), (2, 0));
    assert_eq!(
        (told.reasons[0].workers, told.reasons[0].reason.as_str()),
        (2, "need a newer Blender")
    );

    register_with(&one, |request| {
        request["capabilities"]["blenders"][0]["version"] = "4.2.1".into();
    })
    .await;
    let told = explained(&creator, &job).await;
    assert_eq!(
        told.text,
        "2 workers are online: 1 could take it, 1 with a free slot, 1 needs a newer Blender."
    );
    one.claim(&job.id, 2).await.unwrap();
    assert_eq!(
        explained(&creator, &job).await.text,
        "All 2 tasks that are left are in workers' hands."
    );
    creator.act(&job.id, "pause").await.unwrap();
    assert_eq!(explained(&creator, &job).await.text, "The job is paused: resume it.");
}

#[tokio::test]
async fn the_short_the_urgent_and_those_of_creators_with_less_in_hands_come_first() {
    let world = World::start().await;
    let (creator, other) = (world.client().await, world.client().await);
    let (worker, busy) = (world.worker().await, world.worker().await);
    let scene = world.scene();
    let post = async |by: &Client, name: &str, frames: &str, priority: &str| {
        let mut job = Client::job(&scene, frames);
        job["name"] = name.into();
        job["priority"] = priority.into();
        by.post_job(&job).await
    };
    post(&creator, "long", "1-20", "normal").await;
    post(&creator, "short", "1-2", "normal").await;
    post(&creator, "urgent", "1-20", "high").await;
    // One that is under way, so that the others are not all unknown in the same way.
    let begun = post(&creator, "begun", "1-20", "low").await;
    busy.claim(&begun.id, 1).await.unwrap();
    post(&other, "theirs", "1-20", "normal").await;
    world.clock.advance(120);
    for registered in [&worker, &busy] {
        registered.register("run-1").await;
    }
    let names: Vec<String> = offered(&worker).await.into_iter().map(|job| job.name).collect();
    let place = |name: &str| names.iter().position(|other| other == name).unwrap();
    assert!(place("short") < place("long"), "{names:?}");
    assert!(place("urgent") < place("long"), "{names:?}");
    assert!(place("theirs") < place("long"), "{names:?}");
    assert!(place("long") < place("begun"), "{names:?}");
}

#[tokio::test]
async fn the_order_follows_what_happens_at_once() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    assert!(offered(&worker).await.is_empty());
    let job = creator.post_job(&Client::job(&world.scene(), "1-3")).await;
    assert_eq!(offered(&worker).await[0].queued, 3);
    let lease = worker.claim(&job.id, 1).await.unwrap();
    assert_eq!(offered(&worker).await[0].queued, 2);
    worker.finish(&lease, &picture(&world.blocks, 1)).await;
    creator.act(&job.id, "pause").await.unwrap();
    assert!(offered(&worker).await.is_empty());
}

/// The order of one creator is its own affair: the others' jobs stand where they stood.
#[tokio::test]
async fn a_creator_orders_its_jobs_and_nobody_else_s() {
    let world = World::start().await;
    let (creator, other, worker) = (world.client().await, world.client().await, world.worker().await);
    let scene = world.scene();
    let mut posted = Vec::new();
    for (who, name) in [(&creator, "a"), (&other, "x"), (&creator, "b"), (&creator, "c")] {
        let mut job = Client::job(&scene, "1-2");
        job["name"] = name.into();
        posted.push(who.post_job(&job).await);
        // Of equals the oldest stands first.
        world.clock.advance(1);
    }
    let id = |name: &str| posted.iter().find(|job| job.name == name).unwrap().id.clone();
    let order = async |who: &Client, jobs: &[String]| -> Result<OrderJobsResponse, Refused> {
        let request = who.request(reqwest::Method::PUT, "/jobs/order");
        who.send(request.json(&json!({ "jobs": jobs }))).await
    };
    let names = async || {
        offered(&worker)
            .await
            .into_iter()
            .map(|job| job.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["a", "x", "b", "c"]);

    let ordered = order(&creator, &[id("c"), id("a"), id("b")]).await.unwrap();
    let turns: Vec<i64> = ordered.jobs.iter().map(|job| job.turn).collect();
    assert!(turns.is_sorted(), "{turns:?}");
    assert_eq!(names().await, ["c", "x", "a", "b"]);
    // Two of them trade; the third stays.
    order(&creator, &[id("b"), id("c")]).await.unwrap();
    assert_eq!(names().await, ["b", "x", "a", "c"]);
    // What comes later comes after them.
    let mut job = Client::job(&scene, "1-2");
    job["name"] = "d".into();
    creator.post_job(&job).await;
    assert_eq!(names().await, ["b", "x", "a", "c", "d"]);
    // One that has ended has no turn any more, and disturbs nothing.
    creator.act(&id("b"), "cancel").await.unwrap();
    assert_eq!(
        order(&creator, &[id("c"), id("b"), id("a")]).await.unwrap().jobs.len(),
        2
    );
    assert_eq!(names().await, ["c", "x", "a", "d"]);

    let refused = order(&other, &[id("x"), id("a")]).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let nothing = order(&creator, &[]).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::InvalidRequest);
    let twice = order(&creator, &[id("a"), id("a")]).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::InvalidRequest);
}

/// Who renders for itself goes on with the foremost job after the frame in hand.
#[tokio::test]
async fn what_is_put_behind_another_is_given_back_unless_it_was_begun() {
    let world = World::start().await;
    let me = world.worker().await;
    let scene = world.scene();
    let first = me.post_job(&Client::job(&scene, "1-4")).await;
    let second = me.post_job(&Client::job(&scene, "1-2")).await;
    let lease = me.claim(&first.id, 2).await.unwrap();
    let order = me.request(reqwest::Method::PUT, "/jobs/order");
    let jobs = json!({ "jobs": [second.id, first.id] });
    let _: OrderJobsResponse = me.send(order.json(&jobs)).await.unwrap();
    let told = me.heartbeat_of(&lease, &[&lease.tasks[0]], 0.1).await.unwrap();
    assert_eq!(
        (&told["continue"], &told["not_wanted"]),
        (&json!(true), &json!([lease.tasks[1].id]))
    );
    assert_eq!(me.show(&first.id).await.counts.queued, 3);
    let good = picture(&world.blocks, 1);
    me.hand_in(&lease, &[(&lease.tasks[0].id, &good)]).await.unwrap();
    assert_eq!(me.work_through(&second.id, &good).await, 2);
    let lease = me.claim(&first.id, 2).await.unwrap();
    let told = me.heartbeat_of(&lease, &[], 0.0).await.unwrap();
    assert_eq!(told["continue"], true, "nothing is before it any more");
}
