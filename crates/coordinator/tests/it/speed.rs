use crate::support::{Client, World, picture};
use std::time::Instant;
use veriframe_core::Amount;
use veriframe_wire::{Page, job::Job, job::Task};

/// The limits are many times what a quiet computer needs, so that only a wrong algorithm fails here.
#[tokio::test]
async fn ten_thousand_frames_are_posted_and_paged_fast() {
    let world = World::start().await;
    let me = world.worker().await;
    let mut request = Client::job(&world.scene(), "1-10");
    request["frames"] = "1-10000".into();
    request["price_per_frame"] = "1000000000000000".into();
    request["cap"] = Amount::credits(12).to_string().into();
    let start = Instant::now();
    let job = me.post_job(&request).await;
    let posting = start.elapsed();
    assert_eq!(job.counts.queued, 10_000);

    let start = Instant::now();
    let mut frames = 0;
    let mut cursor = String::new();
    loop {
        let page: Page<Task> = me
            .get(&format!("/jobs/{}/tasks?limit=1000{cursor}", job.id))
            .await
            .unwrap();
        frames += page.items.len();
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(frames, 10_000);
    let paging = start.elapsed();

    let start = Instant::now();
    let good = picture(&world.blocks, 1);
    for _ in 0..5 {
        let lease = me.claim(&job.id, 10).await.unwrap();
        me.finish(&lease, &good).await;
    }
    let working = start.elapsed();
    let start = Instant::now();
    let _: Page<Job> = me.get("/jobs").await.unwrap();
    let listing = start.elapsed();
    println!("post {posting:?}, page {paging:?}, five leases {working:?}, list {listing:?}");
    assert!(posting.as_secs_f64() < 20.0, "posting took {posting:?}");
    assert!(paging.as_secs_f64() < 60.0, "paging took {paging:?}");
}
