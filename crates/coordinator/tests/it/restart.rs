use crate::support::{Client, Socket, World, picture, settings};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_coordinator::{LaunchError, launch_with_listener};
use veriframe_core::{Amount, SystemClock};
use veriframe_wire::job::JobStatus;

#[tokio::test]
async fn nothing_is_lost() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1-6")).await;
    let good = picture(&world.blocks, 1);
    let lease = me.claim(&job.id, 2).await.unwrap();
    me.hand_in(&lease, &[(&lease.tasks[0].id, &good)]).await.unwrap();
    let before = (me.show(&job.id).await, me.tasks(&job.id).await, me.balance().await);

    let world = world.restart().await;
    // The token is still good: its key was kept.
    let me = world.moved(&me);
    assert_eq!(
        (me.show(&job.id).await, me.tasks(&job.id).await, me.balance().await),
        before
    );
    // The lease goes on; a repetition of what was handed in is known.
    me.hand_in(&lease, &[(&lease.tasks[0].id, &good)]).await.unwrap();
    assert_eq!(me.heartbeat(&lease, 0.5).await.unwrap()["continue"], true);
    me.hand_in(&lease, &[(&lease.tasks[1].id, &good)]).await.unwrap();
    me.work_through(&job.id, &good).await;
    let done = me.show(&job.id).await;
    assert_eq!((done.status, done.counts.paid), (JobStatus::Complete, 6));
    assert_eq!(me.balance().await, Amount::credits(100));

    // The log holds both runs.
    let mut socket = Socket::open(&me, Some(0), &["jobs"]).await;
    let mut seqs = Vec::new();
    loop {
        let event = socket.event().await;
        seqs.extend(event.seq);
        if matches!(event.data, veriframe_wire::EventData::JobCompleted { .. }) {
            break;
        }
    }
    assert!(seqs.is_sorted());
}

#[tokio::test]
async fn a_lease_that_ran_out_while_nobody_served_is_free_again() {
    let world = World::start().await;
    let me = world.worker().await;
    let job = me.post_job(&Client::job(&world.scene(), "1")).await;
    let lost = me.claim(&job.id, 1).await.unwrap();
    world.clock.advance(120);
    let world = world.restart().await;
    let me = world.moved(&me);
    let good = picture(&world.blocks, 1);
    assert!(me.hand_in(&lost, &[(&lost.tasks[0].id, &good)]).await.is_err());
    me.finish(&me.claim(&job.id, 1).await.unwrap(), &good).await;
    assert_eq!(me.show(&job.id).await.status, JobStatus::Complete);
}

#[tokio::test]
async fn two_coordinators_do_not_share_a_folder() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = launch_with_listener(
        settings(world.folder.path().join("coordinator")),
        listener,
        world.blocks.clone(),
        Arc::new(SystemClock),
        CancellationToken::new(),
    );
    assert!(matches!(second.await, Err(LaunchError::InUse(_))));
}
