use crate::support::{Client, Socket, World, picture};
use reqwest::Method;
use serde_json::{Value, json};
use veriframe_core::{Amount, Clock};
use veriframe_wire::{
    ErrorCode, EventData, Page, Time,
    account::Account,
    job::{Job, JobStatus, Task},
};

#[tokio::test]
async fn cancelling_gives_the_rest_back_and_ends_leases() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-10");
    request["verification"] = "none".into();
    let job = creator.post_job(&request).await;
    let good = picture(&world.blocks, 1);
    let lease = worker.claim(&job.id, 2).await.unwrap();
    worker.hand_in(&lease, &[(&lease.tasks[0].id, &good)]).await.unwrap();

    assert_eq!(
        worker.act(&job.id, "cancel").await.unwrap_err().code,
        ErrorCode::Forbidden
    );
    let cancelled = creator.act(&job.id, "cancel").await.unwrap();
    assert_eq!(
        (cancelled.status, cancelled.refunded.0),
        (JobStatus::Cancelled, Amount::credits(11))
    );
    assert_eq!((cancelled.counts.paid, cancelled.counts.cancelled), (1, 9));
    assert_eq!(creator.balance().await, Amount::credits(99));
    let late = worker
        .hand_in(&lease, &[(&lease.tasks[1].id, &good)])
        .await
        .unwrap_err();
    assert_eq!(late.code, ErrorCode::LeaseLost);
    assert_eq!(worker.heartbeat(&lease, 0.5).await.unwrap()["continue"], false);
    assert_eq!(
        creator.act(&job.id, "cancel").await.unwrap_err().code,
        ErrorCode::InvalidState
    );
    let account: Account = creator.get("/ledger/account").await.unwrap();
    assert_eq!(account.escrowed.0, Amount::ZERO);
}

/// Cancelling is no way to get a frame for nothing.
#[tokio::test]
async fn a_frame_that_waits_for_its_audit_is_paid_on_cancel() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-3")).await;
    let lease = worker.claim(&job.id, 1).await.unwrap();
    worker.finish(&lease, &picture(&world.blocks, 1)).await;
    assert_eq!(creator.show(&job.id).await.counts.submitted, 1);
    let cancelled = creator.act(&job.id, "cancel").await.unwrap();
    assert_eq!((cancelled.counts.paid, cancelled.spent.0), (1, Amount::credits(1)));
    assert_eq!(worker.balance().await, Amount::credits(101));
}

#[tokio::test]
async fn a_paused_job_hands_out_nothing_but_takes_what_is_in_hand() {
    let world = World::start().await;
    let me = world.worker().await;
    let mut market = Socket::open(&me, None, &["market"]).await;
    let job = me.post_job(&Client::job(&world.scene(), "1-4")).await;
    let lease = me.claim(&job.id, 2).await.unwrap();
    assert_eq!(me.act(&job.id, "pause").await.unwrap().status, JobStatus::Paused);
    assert_eq!(me.claim(&job.id, 1).await.unwrap_err().code, ErrorCode::InvalidState);
    // Of two frames one is begun: it is finished, also when that takes longer than a lease.
    let [begun, other] = &lease.tasks[..] else {
        panic!("two were asked for: {lease:?}")
    };
    for round in 0..3 {
        world.clock.advance(60);
        let told = me.heartbeat_of(&lease, &[begun], 0.5).await.unwrap();
        let given_back = if round == 0 { json!([other.id]) } else { Value::Null };
        assert_eq!((&told["continue"], &told["not_wanted"]), (&json!(true), &given_back));
    }
    assert_eq!(me.show(&job.id).await.counts.queued, 3);
    let good = picture(&world.blocks, 1);
    me.hand_in(&lease, &[(&begun.id, &good)]).await.unwrap();
    assert_eq!(me.act(&job.id, "resume").await.unwrap().status, JobStatus::Rendering);
    market
        .wait_for(|event| matches!(event, EventData::JobAvailable { queued: 3, .. }))
        .await;
    assert_eq!(me.work_through(&job.id, &picture(&world.blocks, 1)).await, 3);
    assert_eq!(me.show(&job.id).await.status, JobStatus::Complete);
}

#[tokio::test]
async fn a_deadline_ends_the_job() {
    let world = World::start().await;
    let creator = world.client().await;
    let mut own = Socket::open(&creator, None, &["jobs"]).await;
    let mut request = Client::job(&world.scene(), "1-3");
    request["deadline"] = serde_json::to_value(Time(world.clock.now().plus_seconds(60))).unwrap();
    let job = creator.post_job(&request).await;
    world.clock.advance(60);
    own.wait_for(|event| matches!(event, EventData::JobFailed { .. })).await;
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Expired);
    assert_eq!(creator.balance().await, Amount::credits(100));
}

async fn post_with_key(client: &Client, request: &Value, key: &str) -> Result<Job, ErrorCode> {
    let request = client
        .request(Method::POST, "/jobs")
        .header("Idempotency-Key", key)
        .json(request);
    client.send(request).await.map_err(|refused| refused.code)
}

#[tokio::test]
async fn the_same_key_posts_once() {
    let world = World::start().await;
    let (me, other) = (world.client().await, world.client().await);
    let request = Client::job(&world.scene(), "1-3");
    // Even at the same time.
    let (first, second) = tokio::join!(post_with_key(&me, &request, "k"), post_with_key(&me, &request, "k"));
    assert_eq!(first.as_ref().unwrap().id, second.unwrap().id);
    assert_eq!(me.balance().await, Amount::credits(96));
    let changed = Client::job(&world.scene(), "1-4");
    assert_eq!(
        post_with_key(&me, &changed, "k").await.unwrap_err(),
        ErrorCode::IdempotencyConflict
    );
    // A key is the caller's own.
    let theirs = post_with_key(&other, &request, "k").await.unwrap();
    assert_ne!(theirs.id, first.unwrap().id);
}

#[tokio::test]
async fn what_cannot_be_a_job_is_refused() {
    let world = World::start().await;
    let me = world.client().await;
    let good = Client::job(&world.scene(), "1-3");
    let with = |pointer: &str, value: Value| {
        let mut request = good.clone();
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    let refused = [
        (with("/frames", "".into()), ErrorCode::InvalidRequest),
        (with("/frames", "5-1".into()), ErrorCode::InvalidRequest),
        (with("/name", " ".into()), ErrorCode::InvalidRequest),
        (
            with("/render/entry", "../scene.blend".into()),
            ErrorCode::InvalidRequest,
        ),
        (with("/render/format", "gif".into()), ErrorCode::InvalidRequest),
        (with("/price_per_frame", "0".into()), ErrorCode::InvalidRequest),
        (with("/price_per_frame", json!(1)), ErrorCode::InvalidRequest),
        (with("/cap", "1".into()), ErrorCode::InvalidRequest),
        (
            with("/cap", Amount::credits(101).to_string().into()),
            ErrorCode::InsufficientFunds,
        ),
        (with("/asset_cid", "not a cid".into()), ErrorCode::InvalidRequest),
        (
            with(
                "/asset_cid",
                "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e".into(),
            ),
            ErrorCode::ContentMissing,
        ),
        (with("/requirements/saved_by", "new".into()), ErrorCode::InvalidRequest),
        (with("/summary/fps", json!(1e300)), ErrorCode::InvalidRequest),
        (with("/summary/fps", json!(-1.0)), ErrorCode::InvalidRequest),
        (with("/frames", "1-100001".into()), ErrorCode::InvalidRequest),
    ];
    for (request, code) in refused {
        let answer = me.post::<Job>("/jobs", &request).await.unwrap_err();
        assert_eq!(answer.code, code, "{request} → {}", answer.message);
    }
    let mut unknown = good.clone();
    unknown["colour"] = "red".into();
    let answer = me.post::<Job>("/jobs", &unknown).await.unwrap_err();
    assert!(answer.message.contains("colour"), "{}", answer.message);
    assert_eq!(me.balance().await, Amount::credits(100));
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let world = World::start().await;
    let (one, two) = (world.worker().await, world.client().await);
    let scene = world.scene();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(one.post_job(&Client::job(&scene, "1-5")).await.id);
    }
    let other = two.post_job(&Client::job(&scene, "1")).await;
    one.act(&ids[0], "cancel").await.unwrap();
    one.claim(&other.id, 1).await.unwrap();

    let list = |query: String| {
        let one = one.clone();
        async move {
            let page: Page<Job> = one.get(&format!("/jobs?{query}")).await.unwrap();
            (
                page.items.into_iter().map(|job| job.id).collect::<Vec<_>>(),
                page.next_cursor,
            )
        }
    };
    let (all, next) = list(String::new()).await;
    assert_eq!((all.len(), next), (6, None));
    let (mine, _) = list(format!("creator={}", one.address())).await;
    assert_eq!(mine, ids.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(list("status=cancelled".to_owned()).await.0, [ids[0].clone()]);
    assert_eq!(list(format!("worker={}", one.address())).await.0, [other.id.as_str()]);
    assert!(list("engine=eevee".to_owned()).await.0.is_empty());

    let (first, cursor) = list("limit=4".to_owned()).await;
    let (second, end) = list(format!("limit=4&cursor={}", cursor.unwrap())).await;
    assert_eq!([first, second].concat(), all);
    assert_eq!(end, None);
    for bad in ["limit=0", "limit=1001", "cursor=x", "colour=red", "status=open,failed"] {
        let refused = one.get::<Value>(&format!("/jobs?{bad}")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest, "{bad}");
    }

    let tasks = format!("/jobs/{}/tasks", ids[1]);
    let page: Page<Task> = one.get(&format!("{tasks}?limit=2")).await.unwrap();
    let cursor = page.next_cursor.unwrap();
    let page: Page<Task> = one.get(&format!("{tasks}?limit=2&cursor={cursor}")).await.unwrap();
    assert_eq!(page.items.iter().map(|task| task.frame).collect::<Vec<_>>(), [3, 4]);
    let page: Page<Task> = one.get(&format!("{tasks}?after=4&kind=frame")).await.unwrap();
    assert_eq!(page.items.iter().map(|task| task.frame).collect::<Vec<_>>(), [5]);
    assert_eq!(
        one.get::<Value>("/jobs/none").await.unwrap_err().code,
        ErrorCode::NotFound
    );
}
