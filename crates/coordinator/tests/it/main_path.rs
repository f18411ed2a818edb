use crate::support::{Client, Socket, World, picture};
use serde_json::Value;
use veriframe_core::Amount;
use veriframe_wire::{
    AmountText, EventData, Page,
    account::{Entry, EntryKind},
    job::{CheckOutcome, JobStatus, LogLine, TaskStatus},
    worker::{Earnings, Worker},
};

/// Two people: one posts, the other renders. Every number is looked at.
#[tokio::test]
async fn a_job_is_posted_rendered_checked_and_paid() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut push = Socket::open(&worker, None, &["market"]).await;
    let mut own = Socket::open(&creator, None, &["jobs"]).await;

    let job = creator.post_job(&Client::job(&world.scene(), "1-5")).await;
    assert_eq!(job.status, JobStatus::Open);
    assert_eq!(job.counts.queued, 5);
    assert_eq!(creator.balance().await, Amount::credits(94));
    push.wait_for(|event| matches!(event, EventData::JobAvailable { queued: 5, .. }))
        .await;

    // The first of this worker for this creator is audited; there is nobody else, so it audits itself.
    let good = picture(&world.blocks, 1);
    let lease = worker.claim(&job.id, 1).await.unwrap();
    assert_eq!(lease.tasks.len(), 1);
    worker.finish(&lease, &good).await;
    let frame = creator.tasks(&job.id).await.remove(0);
    assert_eq!(frame.status, TaskStatus::Submitted);
    assert_eq!(frame.check.unwrap().outcome, CheckOutcome::Pending);
    assert_eq!(worker.work_through(&job.id, &good).await, 5);

    let job = creator.show(&job.id).await;
    assert_eq!(job.status, JobStatus::Complete);
    assert_eq!(job.counts.paid, 5);
    assert_eq!(job.spent, AmountText(Amount::credits(6)));
    assert_eq!(job.refunded, AmountText(Amount::ZERO));
    assert_eq!(creator.balance().await, Amount::credits(94));
    assert_eq!(worker.balance().await, Amount::credits(106));
    own.wait_for(|event| matches!(event, EventData::JobCompleted { .. }))
        .await;

    let frames = creator.tasks(&job.id).await;
    let audited = frames.iter().filter(
        |task| matches!(&task.check, Some(check) if check.outcome == CheckOutcome::Equal && check.by.is_some()),
    );
    assert_eq!(audited.count(), 1);
    let digest = &frames[0].result.as_ref().unwrap().pixel_digest;
    assert_eq!(digest.len(), 64, "the coordinator's own digest, not the worker's word");

    let earnings: Earnings = worker
        .get(&format!("/workers/{}/earnings", worker.address()))
        .await
        .unwrap();
    assert_eq!(earnings.paid, AmountText(Amount::credits(6)));
    assert_eq!((earnings.frames_paid, earnings.frames_pending), (6, 0));
    assert_eq!((earnings.days.len(), earnings.jobs[0].frames), (1, 6));
    let record: Worker = creator.get(&format!("/workers/{}", worker.address())).await.unwrap();
    assert_eq!((record.frames_verified, record.reputation), (6, 530));
    let log: Page<LogLine> = creator.get(&format!("/jobs/{}/log?frame=2", job.id)).await.unwrap();
    assert_eq!(log.items.len(), 1);

    let entries: Page<Entry> = worker.get("/ledger/entries?limit=3").await.unwrap();
    assert_eq!(entries.items.len(), 3);
    assert!(
        entries
            .items
            .iter()
            .all(|entry| entry.kind == EntryKind::Payout && entry.incoming)
    );
    assert_eq!(entries.items[0].balance, AmountText(Amount::credits(106)));
    assert_eq!(entries.items[0].job_name.as_deref(), Some("Bowling"));
    let cursor = entries.next_cursor.unwrap();
    let rest: Page<Entry> = worker.get(&format!("/ledger/entries?cursor={cursor}")).await.unwrap();
    assert_eq!(rest.items.len(), 4);
    assert_eq!(rest.items[3].kind, EntryKind::Faucet);
}

/// One person renders for itself: nothing is audited, nothing is paid, and all of the cap comes back.
#[tokio::test]
async fn own_frames_cost_nothing() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1-20")).await;
    let mut sizes = Vec::new();
    let good = picture(&world.blocks, 3);
    while let Ok(lease) = me.claim(&job.id, 100).await {
        sizes.push(lease.tasks.len());
        me.finish(&lease, &good).await;
    }
    // Two to learn the speed (six seconds a frame), then a minute of work at a time.
    assert_eq!(sizes, [2, 10, 8]);
    let job = me.show(&job.id).await;
    assert_eq!(job.status, JobStatus::Complete);
    assert_eq!(job.spent, AmountText(Amount::ZERO));
    assert_eq!(job.refunded, AmountText(Amount::credits(24)));
    assert_eq!(me.balance().await, Amount::credits(100));
    let states: Vec<JobStatus> = job.timeline.iter().map(|entry| entry.status).collect();
    assert_eq!(states, [JobStatus::Open, JobStatus::Rendering, JobStatus::Complete]);
    let record: Worker = me.get(&format!("/workers/{}", me.address())).await.unwrap();
    assert_eq!((record.frames_verified, record.reputation), (20, 500));
}

#[tokio::test]
async fn a_worker_learns_what_it_can_take_and_why_not() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let scene = world.scene();
    let first = creator.post_job(&Client::job(&scene, "1-3")).await;
    let mut newer = Client::job(&scene, "1");
    newer["requirements"]["saved_by"] = "4.2.0".into();
    let newer = creator.post_job(&newer).await;
    let own = worker.post_job(&Client::job(&scene, "1")).await;

    let ids = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let page: Value = worker.get("/jobs/available?status=pending").await.unwrap();
    assert_eq!(ids(&page), [own.id.clone(), first.id.clone()]);
    let page: Value = worker.get("/jobs/available?explain=true").await.unwrap();
    let all = [own.id, first.id, newer.id.clone()];
    assert_eq!(ids(&page), all);
    // The same, a row at a time.
    let (mut paged, mut query) = (Vec::new(), "limit=1".to_owned());
    loop {
        let page: Value = worker
            .get(&format!("/jobs/available?explain=true&{query}"))
            .await
            .unwrap();
        paged.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let refused = worker.get::<Value>("/jobs/available?cursor=job-1").await.unwrap_err();
    assert_eq!(refused.code, veriframe_wire::ErrorCode::InvalidRequest);
    assert_eq!(
        page["items"][2]["why_not"],
        "needs Blender 4.2 or newer, you have 3.4.1"
    );
    let refused = worker.claim(&newer.id, 1).await.unwrap_err();
    assert_eq!(refused.code, veriframe_wire::ErrorCode::NotEligible);
    assert!(refused.message.contains("needs Blender 4.2"), "{}", refused.message);
}
