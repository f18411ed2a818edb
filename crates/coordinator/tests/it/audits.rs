use crate::support::{Client, Picture, World, picture};
use image::{Rgb, RgbImage};
use veriframe_core::Amount;
use veriframe_wire::{
    AmountText,
    job::{CheckOutcome, Job, JobStatus, Task, TaskKind, TaskStatus},
    worker::Worker,
};

async fn render(worker: &Client, job: &str, picture: &Picture) -> TaskKind {
    let lease = worker.claim(job, 1).await.unwrap();
    worker.finish(&lease, picture).await;
    lease.tasks[0].kind
}

async fn reputation(worker: &Client) -> u32 {
    let record: Worker = worker.get(&format!("/workers/{}", worker.address())).await.unwrap();
    record.reputation
}

async fn frame_and_audits(creator: &Client, job: &str) -> (Task, Vec<Task>) {
    let (mut frames, audits): (Vec<Task>, Vec<Task>) = creator
        .tasks(job)
        .await
        .into_iter()
        .partition(|task| task.kind == TaskKind::Frame);
    (frames.remove(0), audits)
}

struct Scene {
    world: World,
    creator: Client,
    workers: [Client; 3],
    job: Job,
}

/// One frame, and three workers that may render it.
async fn one_frame() -> Scene {
    let world = World::start().await;
    let creator = world.client().await;
    let workers = [world.worker().await, world.worker().await, world.worker().await];
    let job = creator.post_job(&Client::job(&world.scene(), "1")).await;
    Scene {
        world,
        creator,
        workers,
        job,
    }
}

#[tokio::test]
async fn equal_renders_are_paid() {
    let Scene {
        world,
        creator,
        workers: [a, b, _],
        job,
    } = one_frame().await;
    let good = picture(&world.blocks, 1);
    assert_eq!(render(&a, &job.id, &good).await, TaskKind::Frame);
    assert!(
        a.claim(&job.id, 1).await.is_err(),
        "nobody audits its own frame while another can"
    );
    assert_eq!(render(&b, &job.id, &good).await, TaskKind::Audit);
    let (frame, audits) = frame_and_audits(&creator, &job.id).await;
    let check = frame.check.unwrap();
    assert_eq!((check.outcome, check.by.unwrap().0), (CheckOutcome::Equal, b.address()));
    assert_eq!((frame.status, audits[0].status), (TaskStatus::Paid, TaskStatus::Paid));
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Complete);
    assert_eq!(
        (a.balance().await, b.balance().await),
        (Amount::credits(101), Amount::credits(101))
    );
    assert_eq!(reputation(&a).await, 505);
}

#[tokio::test]
async fn the_third_render_convicts_the_first() {
    let Scene {
        world,
        creator,
        workers: [liar, b, c],
        job,
    } = one_frame().await;
    let (good, bad) = (picture(&world.blocks, 1), picture(&world.blocks, 2));
    render(&liar, &job.id, &bad).await;
    render(&b, &job.id, &good).await;
    let (frame, audits) = frame_and_audits(&creator, &job.id).await;
    assert_eq!(frame.check.unwrap().outcome, CheckOutcome::Different);
    assert_eq!((frame.status, audits.len()), (TaskStatus::Submitted, 2));
    assert!(
        b.claim(&job.id, 1).await.is_err(),
        "the third render is for somebody who has not rendered it"
    );
    render(&c, &job.id, &good).await;

    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    assert_eq!(frame.status, TaskStatus::Paid);
    assert_eq!(frame.worker.unwrap().0, b.address());
    assert_eq!(frame.result.unwrap().result_cid, good.cid);
    assert_eq!(frame.check.unwrap().outcome, CheckOutcome::Equal);
    let job = creator.show(&job.id).await;
    assert_eq!(
        (job.status, job.spent),
        (JobStatus::Complete, AmountText(Amount::credits(2)))
    );
    assert_eq!(
        (liar.balance().await, reputation(&liar).await),
        (Amount::credits(100), 400)
    );
    assert_eq!(
        (b.balance().await, c.balance().await),
        (Amount::credits(101), Amount::credits(101))
    );
}

#[tokio::test]
async fn the_third_render_convicts_the_second() {
    let Scene {
        world,
        creator,
        workers: [a, liar, c],
        job,
    } = one_frame().await;
    let (good, bad) = (picture(&world.blocks, 1), picture(&world.blocks, 2));
    render(&a, &job.id, &good).await;
    render(&liar, &job.id, &bad).await;
    render(&c, &job.id, &good).await;
    let (frame, audits) = frame_and_audits(&creator, &job.id).await;
    assert_eq!((frame.status, frame.worker.unwrap().0), (TaskStatus::Paid, a.address()));
    assert_eq!(
        (audits[0].status, audits[1].status),
        (TaskStatus::Failed, TaskStatus::Paid)
    );
    assert_eq!(
        (liar.balance().await, reputation(&liar).await),
        (Amount::credits(100), 400)
    );
    assert_eq!(
        (a.balance().await, c.balance().await),
        (Amount::credits(101), Amount::credits(101))
    );
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Complete);
}

#[tokio::test]
async fn a_scene_that_never_renders_the_same_blames_nobody() {
    let Scene {
        world,
        creator,
        workers,
        job,
    } = one_frame().await;
    for (seed, worker) in workers.iter().enumerate() {
        render(worker, &job.id, &picture(&world.blocks, seed as u8 + 1)).await;
    }
    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    let check = frame.check.unwrap();
    assert_eq!(
        (frame.status, check.outcome),
        (TaskStatus::Paid, CheckOutcome::Different)
    );
    assert!(check.note.contains("Three renders disagree"), "{}", check.note);
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Complete);
    for worker in &workers {
        assert!(reputation(worker).await >= 500);
    }
    let total =
        creator.balance().await.units() + workers[0].balance().await.units() + workers[1].balance().await.units();
    assert_eq!(total, Amount::credits(300).units());
}

/// Across kinds of hardware a little noise is honest; on the same kind it is not.
#[tokio::test]
async fn the_tolerance_is_for_other_hardware_only() {
    for (device, expected) in [("cuda", CheckOutcome::Similar), ("cpu", CheckOutcome::Different)] {
        let Scene {
            world,
            creator,
            workers: [a, b, _],
            job,
        } = one_frame().await;
        let shade = |value: u8| RgbImage::from_pixel(16, 8, Rgb([value, 100, 100]));
        let (first, mut second) = (
            Picture::of(&world.blocks, shade(100)),
            Picture::of(&world.blocks, shade(101)),
        );
        second.device = device;
        render(&a, &job.id, &first).await;
        render(&b, &job.id, &second).await;
        let (frame, _) = frame_and_audits(&creator, &job.id).await;
        assert_eq!(frame.check.unwrap().outcome, expected, "{device}");
    }
}

/// A black frame may be honest, but never goes unchecked.
#[tokio::test]
async fn a_black_frame_is_always_audited() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-10");
    request["cap"] = Amount::credits(20).to_string().into();
    let job = creator.post_job(&request).await;
    let good = picture(&world.blocks, 1);
    for _ in 0..2 {
        render(&worker, &job.id, &good).await;
    }
    let black = Picture::of(&world.blocks, RgbImage::new(16, 8));
    let lease = loop {
        let lease = worker.claim(&job.id, 1).await.unwrap();
        if lease.tasks[0].kind == TaskKind::Frame {
            break lease;
        }
        worker.finish(&lease, &good).await;
    };
    worker.finish(&lease, &black).await;
    let tasks = creator.tasks(&job.id).await;
    let black = tasks.iter().find(|task| task.id == lease.tasks[0].id).unwrap();
    assert_eq!(black.status, TaskStatus::Submitted);
}

#[tokio::test]
async fn every_frame_twice_when_asked_for() {
    let world = World::start().await;
    let me = world.worker().await;
    let mut request = Client::job(&world.scene(), "1-3");
    request["verification"] = "every".into();
    let refused = me.post::<Job>("/jobs", &request).await.unwrap_err();
    assert!(refused.message.contains("6 renders"), "{}", refused.message);
    request["cap"] = Amount::credits(6).to_string().into();
    let job = me.post_job(&request).await;
    assert_eq!(me.work_through(&job.id, &picture(&world.blocks, 1)).await, 6);
    let job = me.show(&job.id).await;
    // One's own renders cost nothing, whatever they are for.
    assert_eq!((job.status, job.spent.0), (JobStatus::Complete, Amount::ZERO));
}

#[tokio::test]
async fn an_accepted_frame_needs_no_audit() {
    let Scene {
        world,
        creator,
        workers: [a, b, _],
        job,
    } = one_frame().await;
    let good = picture(&world.blocks, 1);
    render(&a, &job.id, &good).await;
    let audit = b.claim(&job.id, 1).await.unwrap();
    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    assert!(a.act_on(&frame, "accept").await.is_err(), "only its creator");
    let frame = creator.act_on(&frame, "accept").await.unwrap();
    assert_eq!(
        (frame.status, frame.check.unwrap().outcome),
        (TaskStatus::Paid, CheckOutcome::Accepted)
    );
    let job = creator.show(&job.id).await;
    assert_eq!((job.status, job.spent.0), (JobStatus::Complete, Amount::credits(1)));
    assert_eq!(b.heartbeat(&audit, 0.5).await.unwrap()["continue"], false);
    assert!(b.hand_in(&audit, &[(&audit.tasks[0].id, &good)]).await.is_err());
}

#[tokio::test]
async fn a_paid_frame_is_rendered_again_or_disputed_within_the_cap() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let auditor = world.worker().await;
    let mut request = Client::job(&world.scene(), "1-3");
    request["verification"] = "none".into();
    request["cap"] = Amount::credits(5).to_string().into();
    let job = creator.post_job(&request).await;
    let good = picture(&world.blocks, 1);
    render(&worker, &job.id, &good).await;
    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    assert_eq!(frame.status, TaskStatus::Paid);

    let again = creator.act_on(&frame, "rerender").await.unwrap();
    assert_eq!((again.status, again.result), (TaskStatus::Queued, None));
    render(&worker, &job.id, &good).await;
    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    assert_eq!(frame.paid, AmountText(Amount::credits(2)));

    let disputed = creator.act_on(&frame, "dispute").await.unwrap();
    assert_eq!(
        (disputed.status, disputed.check.unwrap().outcome),
        (TaskStatus::Paid, CheckOutcome::Pending)
    );
    assert_eq!(
        creator.act_on(&frame, "rerender").await.unwrap_err().code,
        veriframe_wire::ErrorCode::InvalidState
    );
    assert_eq!(render(&auditor, &job.id, &good).await, TaskKind::Audit);
    let (frame, _) = frame_and_audits(&creator, &job.id).await;
    assert_eq!(frame.check.as_ref().unwrap().outcome, CheckOutcome::Equal);

    // Five are promised now: two frames, a second render, an audit, and the one that is left.
    let refused = creator.act_on(&frame, "rerender").await.unwrap_err();
    assert_eq!(refused.code, veriframe_wire::ErrorCode::InsufficientFunds);
    worker.work_through(&job.id, &good).await;
    let job = creator.show(&job.id).await;
    assert_eq!((job.status, job.spent.0), (JobStatus::Complete, Amount::credits(5)));
    let refused = creator.act_on(&frame, "rerender").await.unwrap_err();
    assert_eq!(refused.code, veriframe_wire::ErrorCode::InvalidState);
}
