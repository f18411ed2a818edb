//! Second renders of frames that keep everybody waiting: who gets one, and which of the two renders counts.

use crate::support::{Client, Picture, World, picture, put};
use serde_json::Value;
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Page,
    job::{AvailableJob, Job, JobExplanation, Task, TaskKind, TaskStatus},
    lease::Lease,
};

/// A frame is expected to take six seconds, as one that came in did; the straggler has been at its frames for a
/// hundred.
struct Late {
    world: World,
    creator: Client,
    slow: Client,
    /// Of the frames from 1 on.
    slow_lease: Lease,
    quick: Client,
    job: Job,
    good: Picture,
}

impl Late {
    /// The straggler holds so many frames; one more is done.
    async fn holding(held: u32) -> Self {
        let world = World::start().await;
        let (creator, slow) = (world.client().await, world.worker().await);
        let mut request = Client::job(&world.scene(), &format!("1-{}", held + 1));
        request["verification"] = "none".into();
        let job = creator.post_job(&request).await;
        let slow_lease = slow.claim(&job.id, held).await.unwrap();
        assert_eq!(slow_lease.tasks.len() as u32, held);
        let quick = world.worker().await;
        let good = picture(&world.blocks, 1);
        let lease = quick.claim(&job.id, 1).await.unwrap();
        quick.finish(&lease, &good).await;
        let late = Self {
            world,
            creator,
            slow,
            slow_lease,
            quick,
            job,
            good,
        };
        late.wait(100).await;
        late
    }

    /// The straggler goes on and tells that it is there.
    async fn wait(&self, seconds: i64) {
        for _ in 0..seconds / 50 {
            self.world.clock.advance(50);
            let told = self.slow.heartbeat(&self.slow_lease, 0.0).await.unwrap();
            assert_eq!(told["continue"], true);
        }
    }

    async fn copy(&self) -> Lease {
        let lease = self.quick.claim(&self.job.id, 5).await.unwrap();
        let kinds: Vec<TaskKind> = lease.tasks.iter().map(|task| task.kind).collect();
        assert_eq!(kinds, [TaskKind::Copy]);
        lease
    }

    async fn frame(&self, number: i32) -> Task {
        let mut tasks = self.creator.tasks(&self.job.id).await.into_iter();
        tasks
            .find(|task| task.frame == number && task.kind == TaskKind::Frame)
            .unwrap()
    }

    async fn copies(&self) -> Vec<Task> {
        let mut tasks = self.creator.tasks(&self.job.id).await;
        tasks.retain(|task| task.kind == TaskKind::Copy);
        tasks
    }

    async fn nothing_for(&self, worker: &Client) {
        assert!(offered(worker).await.is_empty());
        let refused = worker.claim(&self.job.id, 5).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::AlreadyAssigned);
    }
}

async fn offered(worker: &Client) -> Vec<AvailableJob> {
    let page: Page<AvailableJob> = worker.get("/jobs/available").await.unwrap();
    page.items
}

async fn lost<T: std::fmt::Debug>(answer: impl Future<Output = Result<T, crate::support::Refused>>) {
    assert_eq!(answer.await.unwrap_err().code, ErrorCode::LeaseLost);
}

fn not_wanted(told: &Value) -> Vec<&str> {
    let names = told["not_wanted"].as_array();
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn the_copy_of_a_straggler_that_is_first_becomes_the_frame() {
    let late = Late::holding(2).await;
    let offers = offered(&late.quick).await;
    assert_eq!((offers.len(), offers[0].queued), (1, 0));
    let copy = late.copy().await;
    assert_eq!(copy.tasks[0].frame, 1, "the one that is expected last");
    late.nothing_for(&late.quick).await;
    let job = late.creator.show(&late.job.id).await;
    assert_eq!(
        (job.counts.queued, job.counts.leased, job.counts.paid),
        (0, 2, 1),
        "copies are no frames"
    );
    let told: JobExplanation = late.creator.get(&format!("/jobs/{}/explain", job.id)).await.unwrap();
    assert_eq!(
        told.text,
        "All 2 tasks that are left are in workers' hands; one of them is rendered by a second worker, too, to be sooner."
    );

    let before = late.quick.balance().await;
    late.quick.finish(&copy, &late.good).await;
    let paid = before.checked_add(Amount::credits(1)).unwrap();
    assert_eq!(late.quick.balance().await, paid);
    let frame = late.frame(1).await;
    assert_eq!(frame.status, TaskStatus::Paid);
    assert_eq!(frame.worker.unwrap().0, late.quick.address());
    assert_eq!(late.copies().await[0].status, TaskStatus::Submitted);

    // The straggler is told, and its late frame is not taken; the other is still its own.
    let (first, second) = (&late.slow_lease.tasks[0].id, &late.slow_lease.tasks[1].id);
    lost(late.slow.hand_in(&late.slow_lease, &[(first, &late.good)])).await;
    let told = late.slow.heartbeat(&late.slow_lease, 0.5).await.unwrap();
    assert_eq!(
        (told["continue"].as_bool(), not_wanted(&told)),
        (Some(true), vec![first.as_str()])
    );
    late.slow
        .hand_in(&late.slow_lease, &[(second, &late.good)])
        .await
        .unwrap();
    let job = late.creator.show(&late.job.id).await;
    assert_eq!(job.status, veriframe_wire::job::JobStatus::Complete);
    assert_eq!(job.spent.0, Amount::credits(3));
    assert_eq!(late.frame(2).await.worker.unwrap().0, late.slow.address());
}

#[tokio::test]
async fn a_straggler_with_nothing_else_to_do_is_told_to_stop() {
    let late = Late::holding(2).await;
    for _ in 0..2 {
        let copy = late.copy().await;
        late.quick.finish(&copy, &late.good).await;
    }
    let ended = late.creator.show(&late.job.id).await;
    assert_eq!(ended.spent.0, Amount::credits(3));
    let told = late.slow.heartbeat(&late.slow_lease, 0.5).await.unwrap();
    assert_eq!(told["continue"], false);
    assert_eq!(not_wanted(&told).len(), 2);
    for task in &late.slow_lease.tasks {
        lost(late.slow.hand_in(&late.slow_lease, &[(&task.id, &late.good)])).await;
    }
}

#[tokio::test]
async fn a_copy_that_comes_second_is_nothing() {
    let late = Late::holding(2).await;
    let copy = late.copy().await;
    let first = &late.slow_lease.tasks[0].id;
    let told = late.quick.heartbeat(&copy, 0.5).await.unwrap();
    assert!(told.get("not_wanted").is_none(), "{told}");
    late.slow
        .hand_in(&late.slow_lease, &[(first, &late.good)])
        .await
        .unwrap();
    let frame = late.frame(1).await;
    assert_eq!(
        (frame.status, frame.worker.unwrap().0),
        (TaskStatus::Paid, late.slow.address())
    );
    assert_eq!(late.copies().await[0].status, TaskStatus::Cancelled);
    let before = late.quick.balance().await;
    lost(late.quick.hand_in(&copy, &[(&copy.tasks[0].id, &late.good)])).await;
    let told = late.quick.heartbeat(&copy, 0.9).await.unwrap();
    assert_eq!(
        (told["continue"].as_bool(), not_wanted(&told)),
        (Some(false), vec![&*copy.tasks[0].id])
    );
    assert_eq!(late.quick.balance().await, before);
    assert_eq!(late.frame(1).await.paid.0, Amount::credits(1));
}

#[tokio::test]
async fn a_copy_whose_lease_ends_is_gone_and_the_frame_stays_where_it_is() {
    let late = Late::holding(1).await;
    let copy = late.copy().await;
    late.wait(100).await;
    // The copier was silent; another one may try.
    let third = late.world.worker().await;
    assert_eq!(offered(&third).await.len(), 1);
    let again = third.claim(&late.job.id, 1).await.unwrap();
    let states: Vec<TaskStatus> = late.copies().await.iter().map(|task| task.status).collect();
    assert_eq!(states, [TaskStatus::Cancelled, TaskStatus::Leased]);
    lost(late.quick.hand_in(&copy, &[(&copy.tasks[0].id, &late.good)])).await;
    third.give_up(&again, "stopped").await.unwrap();
    assert_eq!(late.copies().await[1].status, TaskStatus::Cancelled);
    let frame = late.frame(1).await;
    assert_eq!((frame.status, frame.failures), (TaskStatus::Leased, 0));
    assert_eq!(frame.worker.unwrap().0, late.slow.address());
    late.slow.finish(&late.slow_lease, &late.good).await;
    assert_eq!(late.creator.show(&late.job.id).await.spent.0, Amount::credits(2));
}

#[tokio::test]
async fn a_copier_that_fails_takes_only_its_copy_away() {
    let late = Late::holding(1).await;
    let third = late.world.worker().await;
    let copy = late.copy().await;
    late.quick.give_up(&copy, "render_failed").await.unwrap();
    let frame = late.frame(1).await;
    assert_eq!((frame.status, frame.failures), (TaskStatus::Leased, 1));
    assert_eq!(late.copies().await[0].status, TaskStatus::Failed);
    late.nothing_for(&late.quick).await;
    // Nor is what is no picture a frame.
    let again = third.claim(&late.job.id, 1).await.unwrap();
    let garbage = Picture {
        cid: put(&late.world.blocks, b"no picture"),
        device: "cpu",
    };
    let receipts = third.hand_in(&again, &[(&again.tasks[0].id, &garbage)]).await.unwrap();
    assert!(!receipts[0].accepted);
    assert_eq!(late.frame(1).await.status, TaskStatus::Leased);
    late.nothing_for(&third).await;
    late.slow.finish(&late.slow_lease, &late.good).await;
    let job = late.creator.show(&late.job.id).await;
    assert_eq!((job.spent.0, job.counts.failed), (Amount::credits(2), 0));
}

#[tokio::test]
async fn there_is_no_copy_when_it_does_not_pay() {
    let late = Late::holding(1).await;
    late.slow.heartbeat(&late.slow_lease, 0.95).await.unwrap();
    late.nothing_for(&late.quick).await;
    late.slow.heartbeat(&late.slow_lease, 0.2).await.unwrap();
    assert_eq!(offered(&late.quick).await.len(), 1);
    // Nor when there is something else to do…
    let other = late.creator.post_job(&Client::job(&late.world.scene(), "1-2")).await;
    let offers: Vec<String> = offered(&late.quick).await.into_iter().map(|job| job.id).collect();
    assert_eq!(offers, [&*other.id]);
    let refused = late.quick.claim(&late.job.id, 1).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AlreadyAssigned);
    late.creator.act(&other.id, "cancel").await.unwrap();
    // …or the job is paused.
    late.creator.act(&late.job.id, "pause").await.unwrap();
    assert!(offered(&late.quick).await.is_empty());
    assert_eq!(
        late.quick.claim(&late.job.id, 1).await.unwrap_err().code,
        ErrorCode::InvalidState
    );
    assert!(late.copies().await.is_empty());
}

#[tokio::test]
async fn one_copy_and_never_by_the_same_worker() {
    let late = Late::holding(1).await;
    let third = late.world.worker().await;
    late.slow.register("run-1").await;
    late.nothing_for(&late.slow).await;
    late.copy().await;
    late.nothing_for(&third).await;
    late.nothing_for(&late.quick).await;
}

#[tokio::test]
async fn the_same_copy_handed_in_twice_is_answered_as_before() {
    let late = Late::holding(2).await;
    let copy = late.copy().await;
    let results = [(&*copy.tasks[0].id, &late.good)];
    let first = late.quick.hand_in(&copy, &results).await.unwrap();
    let balance = late.quick.balance().await;
    assert_eq!(late.quick.hand_in(&copy, &results).await.unwrap(), first);
    assert_eq!(late.quick.balance().await, balance);
    let other = picture(&late.world.blocks, 2);
    lost(late.quick.hand_in(&copy, &[(&copy.tasks[0].id, &other)])).await;
}

#[tokio::test]
async fn the_frame_of_a_straggler_that_is_gone_goes_on_and_the_copy_may_still_be_first() {
    let late = Late::holding(1).await;
    let third = late.world.worker().await;
    let copy = late.copy().await;
    late.slow.give_up(&late.slow_lease, "stopped").await.unwrap();
    assert_eq!(late.frame(1).await.status, TaskStatus::Queued);
    let refused = late.quick.claim(&late.job.id, 1).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AlreadyAssigned, "it renders the frame already");
    let lease = third.claim(&late.job.id, 1).await.unwrap();
    assert_eq!(lease.tasks[0].kind, TaskKind::Frame);
    late.quick.finish(&copy, &late.good).await;
    lost(third.hand_in(&lease, &[(&lease.tasks[0].id, &late.good)])).await;
    let told = third.heartbeat(&lease, 0.5).await.unwrap();
    assert_eq!(not_wanted(&told), [&*lease.tasks[0].id]);
    let frame = late.frame(1).await;
    assert_eq!(frame.worker.unwrap().0, late.quick.address());
    assert_eq!(late.creator.show(&late.job.id).await.spent.0, Amount::credits(2));
}
