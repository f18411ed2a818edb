//! A complete job's frames in one folder.

use crate::support::{Client, Picture, World, picture};
use serde_json::json;
use std::time::{Duration, Instant};
use veriframe_core::Amount;
use veriframe_ipfs::{parse_cid, unixfs::Node};
use veriframe_wire::{
    job::Job,
    result_folder::{FolderManifest, MANIFEST_NAME},
};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

async fn gathered(creator: &Client, job: &str) -> Job {
    let begun = Instant::now();
    loop {
        let job = creator.show(job).await;
        if job.results_cid.is_some() {
            return job;
        }
        assert!(begun.elapsed() < PATIENCE, "the results were never gathered");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_results_are_one_folder_that_the_gateway_gives() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "3-5");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    let picture = picture(&world.blocks, 1);
    worker.work_through(&job.id, &picture).await;
    let job = gathered(&creator, &job.id).await;
    let root = parse_cid(&job.results_cid.clone().unwrap()).unwrap();
    assert!(world.blocks.is_pinned(&root));
    let Node::Directory(entries) = world.blocks.node(&root).unwrap() else {
        panic!("it is a folder");
    };
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        ["frame_0003.png", "frame_0004.png", "frame_0005.png", MANIFEST_NAME]
    );
    let manifest = world.blocks.read_file(&entries[3].cid, 1 << 20).unwrap();
    let manifest: FolderManifest = serde_json::from_slice(&manifest).unwrap();
    assert_eq!((&manifest.job, manifest.spent.0), (&job.id, Amount::credits(3)));
    for (frame, entry) in manifest.frames.iter().zip(&entries) {
        assert_eq!(
            (&frame.file, &frame.result.result_cid),
            (&entry.name, &entry.cid.to_string())
        );
        assert_eq!(frame.result.worker.0, worker.address());
        assert_eq!(frame.cost.0, Amount::credits(1));
    }
    let car = reqwest::get(creator.url(&format!("/ipfs/{root}/?format=car")))
        .await
        .unwrap();
    assert_eq!(car.status(), 200);
    assert!(car.bytes().await.unwrap().len() > 300);
}

/// The job goes on, and its folder of results is not made yet.
#[tokio::test]
async fn what_is_paid_is_kept_whoever_made_it() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-2");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    let picture = picture(&world.blocks, 1);
    let lease = worker.claim(&job.id, 1).await.unwrap();
    let root = parse_cid(&picture.cid).unwrap();
    world.blocks.unpin(&root).unwrap();
    worker.finish(&lease, &picture).await;
    assert!(world.blocks.is_pinned(&root));
}

/// Few bytes that unfold into many: for a job of 16 x 8 pixels they are not even decoded.
#[tokio::test]
async fn a_picture_far_larger_than_its_job_is_refused_by_its_header() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1")).await;
    let huge = Picture::of(&world.blocks, image::RgbImage::new(8000, 8000));
    let lease = worker.claim(&job.id, 1).await.unwrap();
    let receipts = worker.hand_in(&lease, &[(lease.tasks[0].id.as_str(), &huge)]).await;
    let receipt = &receipts.unwrap()[0];
    let why = &receipt.reason;
    assert!(
        !receipt.accepted && why.contains("8000 x 8000 pixels are more than"),
        "{why}"
    );
}
