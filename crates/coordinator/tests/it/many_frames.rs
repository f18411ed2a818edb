use crate::support::{Client, World, picture};
use veriframe_core::Amount;
use veriframe_wire::{Page, job::Job, job::Task};

/// More than one statement, one page and one batch hold. How long it takes is told by the benches.
#[tokio::test]
async fn ten_thousand_frames_are_posted_paged_and_worked_on() {
    let world = World::start().await;
    let me = world.worker().await;
    let mut request = Client::job(&world.scene(), "1-10");
    request["frames"] = "1-10000".into();
    request["price_per_frame"] = "1000000000000000".into();
    request["cap"] = Amount::credits(12).to_string().into();
    let job = me.post_job(&request).await;
    assert_eq!(job.counts.queued, 10_000);

    let mut frames = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Page<Task> = me
            .get(&format!("/jobs/{}/tasks?limit=1000{cursor}", job.id))
            .await
            .unwrap();
        frames.extend(page.items.iter().map(|task| task.frame));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(frames, (1..=10_000).collect::<Vec<_>>());

    let mut request = Client::job(&world.scene(), "1-10");
    // Long runs, short ones and single frames, in no order.
    request["frames"] = "5,900-1000,-3,7,2000-2300x3,9-11,1001-1004,4000,3000-3100x2".into();
    request["price_per_frame"] = "1000000000000000".into();
    request["cap"] = Amount::credits(1).to_string().into();
    let mixed = me.post_job(&request).await;
    let page: Page<Task> = me.get(&format!("/jobs/{}/tasks?limit=1000", mixed.id)).await.unwrap();
    let got: Vec<i32> = page.items.iter().map(|task| task.frame).collect();
    let mut wanted: Vec<i32> = [-3, 5, 7, 9, 10, 11].to_vec();
    wanted.extend(900..=1004);
    wanted.extend((2000..=2300).step_by(3));
    wanted.extend((3000..=3100).step_by(2));
    wanted.push(4000);
    assert_eq!(got, wanted);

    let good = picture(&world.blocks, 1);
    for _ in 0..5 {
        let lease = me.claim(&job.id, 10).await.unwrap();
        me.finish(&lease, &good).await;
    }
    let jobs: Page<Job> = me.get("/jobs").await.unwrap();
    let counts = jobs.items.iter().find(|listed| listed.id == job.id).unwrap().counts;
    assert_eq!(counts.queued + counts.submitted + counts.verified + counts.paid, 10_000);
}
