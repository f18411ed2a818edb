//! A worker hands in everything that it holds of a job as one folder, as the first protocol had it.

use crate::support::{Client, Picture, World, picture};
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_ipfs::parse_cid;
use veriframe_wire::{ErrorCode, job::JobStatus};

/// Puts a folder with this picture for each of the frames into the store.
fn folder(world: &World, frames: &[i32], picture: &Picture) -> String {
    let file = parse_cid(&picture.cid).unwrap();
    let named = |frame: &i32| (format!("frame_{frame:04}.png"), file);
    let entries: Vec<_> = frames.iter().map(named).collect();
    world.blocks.put_folder(&entries).unwrap().to_string()
}

async fn hand_in(worker: &Client, job: &str, folder: &str) -> Result<Value, ErrorCode> {
    let request = json!({ "result_cid": folder });
    let answer = worker.post(&format!("/jobs/{job}/complete"), &request).await;
    answer.map_err(|refused| refused.code)
}

#[tokio::test]
async fn a_folder_of_frames_completes_a_job() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-4");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await.id;
    let good = picture(&world.blocks, 1);
    let all = folder(&world, &[1, 2, 3, 4], &good);
    assert_eq!(
        hand_in(&worker, &job, &all).await,
        Err(ErrorCode::LeaseLost),
        "nothing is held"
    );

    // Under two leases.
    for _ in 0..2 {
        worker.claim(&job, 2).await.unwrap();
    }
    world.clock.advance(10);
    let lacking = folder(&world, &[1, 2, 4], &good);
    assert_eq!(hand_in(&worker, &job, &lacking).await, Err(ErrorCode::ContentMissing));
    assert_eq!(creator.show(&job).await.counts.leased, 4, "nothing of it was taken");

    let taken = hand_in(&worker, &job, &all).await.unwrap();
    assert_eq!(taken["accepted"].as_array().unwrap().len(), 4);
    let done = creator.show(&job).await;
    assert_eq!((done.status, done.spent.0), (JobStatus::Complete, Amount::credits(4)));
    assert_eq!(hand_in(&worker, &job, &all).await.unwrap(), taken, "the same again");
    assert_eq!(worker.balance().await, Amount::credits(104));
}

#[tokio::test]
async fn what_is_wrong_with_a_completion_is_named() {
    let world = World::start().await;
    let worker = world.worker().await;
    for (body, named) in [
        (json!({ "result_cid": 7 }), "invalid type"),
        (json!({ "result_cid": "x", "colour": "red" }), "colour"),
        (json!({ "lease_id": "l1", "fence": 1 }), "results"),
    ] {
        let refused = worker.post::<Value>("/jobs/none/complete", &body).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
        assert!(refused.message.contains(named), "{}", refused.message);
    }
}
