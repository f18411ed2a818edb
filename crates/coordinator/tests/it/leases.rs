use crate::support::{Client, Picture, Socket, World, picture};
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, EventData,
    job::{JobStatus, TaskStatus},
    lease::Lease,
};

async fn hand_in_first(worker: &Client, lease: &Lease, picture: &Picture) -> Result<(), ErrorCode> {
    let task = lease.tasks[0].id.as_str();
    worker
        .hand_in(lease, &[(task, picture)])
        .await
        .map(|_| ())
        .map_err(|refused| refused.code)
}

/// What SIGSTOP past the lease and SIGCONT do: the late worker keeps nothing, each frame is paid once.
#[tokio::test]
async fn a_late_worker_is_refused_and_the_frame_is_paid_once() {
    let world = World::start().await;
    let creator = world.client().await;
    let mut request = Client::job(&world.scene(), "1-20");
    request["verification"] = "none".into();
    let (slow, quick) = (world.worker().await, world.worker().await);
    let mut market = Socket::open(&quick, None, &["market"]).await;
    let job = creator.post_job(&request).await;
    let good = picture(&world.blocks, 1);

    let queued = |event: &EventData| matches!(event, EventData::JobAvailable { queued: 20, .. });
    market.wait_for(queued).await;
    let stopped = slow.claim(&job.id, 2).await.unwrap();
    world.clock.advance(91);
    // In either order: the clock may move in the middle of a sweep.
    let (mut is_offline, mut is_free) = (false, false);
    while !(is_offline && is_free) {
        let event = market.event().await.data;
        is_free |= queued(&event);
        is_offline |= matches!(event, EventData::WorkerStatus { worker, .. } if worker.0 == slow.address());
    }
    quick.register("run-1").await;
    assert_eq!(quick.work_through(&job.id, &good).await, 20);

    assert_eq!(hand_in_first(&slow, &stopped, &good).await, Err(ErrorCode::LeaseLost));
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Complete);
    assert_eq!(slow.balance().await, Amount::credits(100));
    assert_eq!(quick.balance().await, Amount::credits(120));
    assert_eq!(creator.balance().await, Amount::credits(80));
}

/// Even between the end of the lease and the next sweep.
#[tokio::test]
async fn a_lease_that_ran_out_is_lost_at_that_moment() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-3")).await;
    let good = picture(&world.blocks, 1);
    let lease = worker.claim(&job.id, 1).await.unwrap();
    world.clock.advance(60);
    assert_eq!(worker.heartbeat(&lease, 0.5).await.unwrap()["continue"], true);
    world.clock.advance(89);
    assert_eq!(worker.heartbeat(&lease, 0.6).await.unwrap()["continue"], true);
    world.clock.advance(90);
    assert_eq!(
        worker.heartbeat(&lease, 0.7).await.unwrap_err().code,
        ErrorCode::LeaseLost
    );
    assert_eq!(hand_in_first(&worker, &lease, &good).await, Err(ErrorCode::LeaseLost));
    assert_eq!(
        worker.give_up(&lease, "stopped").await.unwrap_err().code,
        ErrorCode::LeaseLost
    );
}

/// They are served together, and none gets what is another's.
#[tokio::test]
async fn heartbeats_that_come_together_are_answered_each_for_itself() {
    let world = World::start().await;
    let creator = world.client().await;
    let going = creator.post_job(&Client::job(&world.scene(), "1-40")).await;
    let paused = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    let mut held = Vec::new();
    for n in 0..20 {
        let worker = world.worker().await;
        let lease = worker
            .claim(if n == 7 { &paused.id } else { &going.id }, 1)
            .await
            .unwrap();
        held.push((worker, lease));
    }
    let _: Value = creator
        .post(&format!("/jobs/{}/pause", paused.id), &json!({}))
        .await
        .unwrap();
    // Two that ask about what the other holds.
    let (third, fourth) = (held[3].1.clone(), held[4].1.clone());
    (held[3].1, held[4].1) = (fourth, third);
    world.clock.advance(60);
    let beats = held.iter().map(|(worker, lease)| worker.heartbeat(lease, 0.5));
    let answers = futures_util::future::join_all(beats).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match n {
            3 | 4 => assert_eq!(answer.unwrap_err().code, ErrorCode::LeaseLost),
            // It is paused, and was begun.
            7 => assert_eq!(answer.unwrap()["continue"], true),
            _ => assert_eq!(answer.unwrap()["continue"], true),
        }
    }
    // Only those that were told to go on have more time.
    world.clock.advance(60);
    let beats = held.iter().map(|(worker, lease)| worker.heartbeat(lease, 0.6));
    let answers = futures_util::future::join_all(beats).await;
    let lost: Vec<usize> = (0..)
        .zip(&answers)
        .filter(|(_, answer)| answer.is_err())
        .map(|(n, _)| n)
        .collect();
    assert_eq!(lost, [3, 4]);
}

/// The answer to its claim was lost, and it says so a minute later.
#[tokio::test]
async fn a_lease_that_its_worker_does_not_name_is_free() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    let (known, forgotten) = (
        worker.claim(&job.id, 1).await.unwrap(),
        worker.claim(&job.id, 1).await.unwrap(),
    );
    let says = json!({
        "status": "online", "free_slots": 1, "leases": [known.id],
        "temperatures": [{ "device": "a test", "celsius": 61 }],
    });
    let leased = async || creator.show(&job.id).await.counts.leased;
    let say = async || {
        let request = worker.request(reqwest::Method::PUT, "/workers/me/status").json(&says);
        worker.send::<Value>(request).await.unwrap();
    };
    say().await;
    assert_eq!(leased().await, 2, "the answer may be on its way");
    world.clock.advance(60);
    worker.heartbeat(&known, 0.5).await.unwrap();
    say().await;
    assert_eq!(leased().await, 1);
    let good = picture(&world.blocks, 1);
    assert_eq!(
        hand_in_first(&worker, &forgotten, &good).await,
        Err(ErrorCode::LeaseLost)
    );
    assert_eq!(hand_in_first(&worker, &known, &good).await, Ok(()));
}

#[tokio::test]
async fn a_fence_of_another_lease_opens_nothing() {
    let world = World::start().await;
    let creator = world.client().await;
    let (one, other) = (world.worker().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-10")).await;
    let good = picture(&world.blocks, 1);
    let (first, second) = (
        one.claim(&job.id, 1).await.unwrap(),
        other.claim(&job.id, 1).await.unwrap(),
    );
    assert!(second.fence > first.fence);

    // Somebody else's lease, a fence that does not belong to the lease, and a task of another lease.
    assert_eq!(hand_in_first(&other, &first, &good).await, Err(ErrorCode::LeaseLost));
    let mixed = Lease {
        fence: second.fence,
        ..first.clone()
    };
    assert_eq!(hand_in_first(&one, &mixed, &good).await, Err(ErrorCode::LeaseLost));
    let stolen = Lease {
        tasks: second.tasks.clone(),
        ..first.clone()
    };
    assert_eq!(hand_in_first(&one, &stolen, &good).await, Err(ErrorCode::LeaseLost));
    assert_eq!(hand_in_first(&one, &first, &good).await, Ok(()));
}

#[tokio::test]
async fn a_new_run_of_the_program_frees_what_the_old_one_held() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    let lost = worker.claim(&job.id, 1).await.unwrap();
    worker.register("run-1").await;
    assert_eq!(
        creator.show(&job.id).await.counts.leased,
        1,
        "the same run keeps its lease"
    );
    worker.register("run-2").await;
    assert_eq!(creator.show(&job.id).await.counts.queued, 2);
    let good = picture(&world.blocks, 1);
    assert_eq!(hand_in_first(&worker, &lost, &good).await, Err(ErrorCode::LeaseLost));
    let again = worker.claim(&job.id, 1).await.unwrap();
    assert_eq!(again.tasks[0].frame, lost.tasks[0].frame);
}

#[tokio::test]
async fn handing_in_twice_is_answered_and_paid_once() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-2");
    request["verification"] = "none".into();
    let job = creator.post_job(&request).await;
    let good = picture(&world.blocks, 1);
    let lease = worker.claim(&job.id, 1).await.unwrap();
    for _ in 0..3 {
        assert_eq!(hand_in_first(&worker, &lease, &good).await, Ok(()));
    }
    let job = creator.show(&job.id).await;
    assert_eq!(job.spent.0, Amount::credits(1));
    // Another picture for the same task is another matter.
    let other = picture(&world.blocks, 2);
    assert_eq!(hand_in_first(&worker, &lease, &other).await, Err(ErrorCode::LeaseLost));
}

#[tokio::test]
async fn a_failed_frame_goes_to_somebody_else() {
    let world = World::start().await;
    let creator = world.client().await;
    let (clumsy, skilled) = (world.worker().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "7")).await;

    let lease = clumsy.claim(&job.id, 1).await.unwrap();
    clumsy.give_up(&lease, "render_failed").await.unwrap();
    let task = creator.tasks(&job.id).await.remove(0);
    assert_eq!(
        (task.status, task.failures, task.last_failure.as_str()),
        (TaskStatus::Queued, 1, "It broke.")
    );
    assert_eq!(
        clumsy.claim(&job.id, 1).await.unwrap_err().code,
        ErrorCode::AlreadyAssigned
    );

    // Stopping is nobody's fault.
    let lease = skilled.claim(&job.id, 1).await.unwrap();
    skilled.give_up(&lease, "stopped").await.unwrap();
    let lease = skilled.claim(&job.id, 1).await.unwrap();
    assert_eq!(lease.tasks[0].frame, 7);
    skilled.give_up(&lease, "out_of_memory").await.unwrap();

    // Both failed it, so each may try again; the third failure of two is not the end while… there is nobody else.
    let lease = clumsy.claim(&job.id, 1).await.unwrap();
    clumsy.give_up(&lease, "render_failed").await.unwrap();
    let job = creator.show(&job.id).await;
    assert_eq!(job.status, JobStatus::Failed);
    assert_eq!((job.counts.failed, creator.balance().await), (1, Amount::credits(100)));
}

#[tokio::test]
async fn a_tenth_may_fail() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1-20")).await;
    let good = picture(&world.blocks, 1);
    for _ in 0..18 {
        let lease = me.claim(&job.id, 1).await.unwrap();
        me.finish(&lease, &good).await;
    }
    // Two are left; the only worker there is fails each of them three times.
    for _ in 0..6 {
        let lease = me.claim(&job.id, 1).await.unwrap();
        me.give_up(&lease, "render_failed").await.unwrap();
    }
    let done = me.show(&job.id).await;
    assert_eq!(
        (done.status, done.counts.failed, done.counts.paid),
        (JobStatus::Complete, 2, 18)
    );
    assert_eq!(me.balance().await, Amount::credits(100));
}

#[tokio::test]
async fn a_picture_that_cannot_be_the_frame_is_refused() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1")).await;
    let not_an_image = Picture {
        cid: crate::support::put(&world.blocks, b"not an image"),
        device: "cpu",
    };
    let too_small = Picture::of(&world.blocks, image::RgbImage::from_pixel(4, 4, image::Rgb([9, 9, 9])));
    for (bad, why) in [(not_an_image, "cannot be used"), (too_small, "4 x 4 pixels")] {
        let lease = me.claim(&job.id, 1).await.unwrap();
        let receipt = me
            .hand_in(&lease, &[(&lease.tasks[0].id, &bad)])
            .await
            .unwrap()
            .remove(0);
        assert!(!receipt.accepted && receipt.reason.contains(why), "{}", receipt.reason);
    }
    let lease = me.claim(&job.id, 1).await.unwrap();
    let missing = Picture {
        cid: "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e".to_owned(),
        device: "cpu",
    };
    assert_eq!(
        hand_in_first(&me, &lease, &missing).await,
        Err(ErrorCode::ContentMissing)
    );
    // Nothing was kept, so the same lease may still hand in what is there.
    assert_eq!(hand_in_first(&me, &lease, &picture(&world.blocks, 1)).await, Ok(()));
    assert_eq!(me.show(&job.id).await.status, JobStatus::Complete);
}

#[tokio::test]
async fn a_batch_is_shared_and_slots_are_limited() {
    let world = World::start().await;
    let (one, _two) = (world.worker().await, world.worker().await);
    let job = one.post_job(&Client::job(&world.scene(), "1-3")).await;
    // Three frames, two workers: nobody gets all of them.
    assert_eq!(one.claim(&job.id, 100).await.unwrap().tasks.len(), 2);
    assert_eq!(one.claim(&job.id, 100).await.unwrap().tasks.len(), 1);
    assert_eq!(one.claim(&job.id, 100).await.unwrap_err().code, ErrorCode::NotEligible);

    let pause = json!({ "status": "paused", "reason": "on battery", "free_slots": 0 });
    let put = one.request(reqwest::Method::PUT, "/workers/me/status").json(&pause);
    let worker: Value = one.send(put).await.unwrap();
    assert_eq!(
        (&worker["status"], &worker["status_reason"]),
        (&json!("paused"), &json!("on battery"))
    );
    assert_eq!(one.claim(&job.id, 1).await.unwrap_err().code, ErrorCode::NotEligible);
}
