//! Work that failed until it was given up: an operator sees it and has it tried again.

use crate::{
    operators::{Office, open},
    support::{Client, World, picture},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use veriframe_ipfs::{Cid, Collection, parse_cid};
use veriframe_wire::{
    ErrorCode, Page,
    admin::{AuditEntry, Overview},
    work::{WorkItem, WorkState},
};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// Lets time pass until there is such work.
async fn work(world: &World, operator: &mut Client, query: &str, mut is_it: impl FnMut(&WorkItem) -> bool) -> WorkItem {
    let begun = Instant::now();
    loop {
        world.clock.advance(2000);
        // An access token is good for less time than passes here.
        operator.renew().await;
        let page: Page<WorkItem> = operator.get(&format!("/admin/work?{query}")).await.unwrap();
        if let Some(item) = page.items.into_iter().find(&mut is_it) {
            return item;
        }
        assert!(begun.elapsed() < PATIENCE, "there is no such work");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A job whose results were gathered; their blocks, and that they are gone now.
async fn lost_results(world: &World) -> (String, Vec<(Cid, Vec<u8>)>) {
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    let frame = picture(&world.blocks, 1);
    worker.work_through(&job.id, &frame).await;
    let begun = Instant::now();
    let root = loop {
        if let Some(root) = creator.show(&job.id).await.results_cid {
            break parse_cid(&root).unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "the results were never gathered");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let tree = world.blocks.tree_blocks(&root).unwrap();
    let kept = tree
        .iter()
        .map(|block| (block.cid, world.blocks.get(&block.cid).unwrap()));
    let kept: Vec<_> = kept.collect();
    world.blocks.unpin(&root).unwrap();
    world.blocks.unpin(&parse_cid(&frame.cid).unwrap()).unwrap();
    world.blocks.collect(&Collection::default()).unwrap();
    assert!(!world.blocks.has(&root));
    (job.id, kept)
}

#[tokio::test]
async fn what_was_given_up_is_seen_and_tried_again() {
    let Office {
        world, mut operator, ..
    } = open().await;
    let (job, blocks) = lost_results(&world).await;
    let dead = work(&world, &mut operator, "state=dead", |_| true).await;
    assert_eq!(
        (dead.kind.as_str(), dead.subject.as_str()),
        ("check_pins", job.as_str())
    );
    assert_eq!((dead.state, dead.attempts), (WorkState::Dead, 10));
    assert!(dead.last_error.contains("is incomplete here"), "{}", dead.last_error);
    let overview: Overview = operator.get("/admin/overview").await.unwrap();
    assert_eq!(overview.work["dead"], 1);
    let metrics = reqwest::get(format!("{}/metrics", world.running.url())).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let sample = r#"veriframe_work{kind="check_pins",state="dead"} 1"#;
    assert!(metrics.contains(sample), "{metrics}");

    // The blocks are back: what is tried again is well.
    for (cid, bytes) in &blocks {
        world.blocks.put(cid, bytes).unwrap();
    }
    let retry = format!("/admin/work/{}/retry", dead.seq);
    let _: Value = operator.post(&retry, &json!({})).await.unwrap();
    let again = |item: &WorkItem| item.seq > dead.seq && item.kind == dead.kind && item.subject == job;
    work(&world, &mut operator, "state=done", again).await;
    assert!(world.blocks.is_pinned(&blocks[0].0));
    let left: Page<WorkItem> = operator.get("/admin/work?state=dead").await.unwrap();
    assert_eq!(left.items, []);
    let written: Page<AuditEntry> = operator.get("/admin/audit?action=work_retried").await.unwrap();
    let entry = &written.items[0];
    assert_eq!(
        (entry.who.clone(), &entry.target),
        (operator.address().to_string(), &job)
    );
    assert!(
        entry.note.starts_with("check_pins: ") && entry.note.contains("incomplete"),
        "{}",
        entry.note
    );
    let twice = operator.post::<Value>(&retry, &json!({})).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn work_comes_page_by_page_and_only_what_was_given_up_is_tried_again() {
    let Office {
        world,
        mut operator,
        admin,
    } = open().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1");
    request["verification"] = json!("none");
    for _ in 0..2 {
        let job = creator.post_job(&request).await;
        worker.work_through(&job.id, &picture(&world.blocks, 1)).await;
    }
    let gathered = |item: &WorkItem| item.kind == "gather_results" && item.state == WorkState::Done;
    work(&world, &mut operator, "", gathered).await;
    let first: Page<WorkItem> = operator.get("/admin/work?limit=1").await.unwrap();
    let cursor = first.next_cursor.expect("there is more");
    let next: Page<WorkItem> = operator
        .get(&format!("/admin/work?limit=1&cursor={cursor}"))
        .await
        .unwrap();
    assert!(next.items[0].seq < first.items[0].seq);
    let done: Page<WorkItem> = operator.get("/admin/work?state=done&limit=1").await.unwrap();
    let retry = format!("/admin/work/{}/retry", done.items[0].seq);
    let refused = operator.post::<Value>(&retry, &json!({})).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidState);
    let none = operator.post::<Value>("/admin/work/999999/retry", &json!({})).await;
    assert_eq!(none.unwrap_err().code, ErrorCode::NotFound);
    let wrong = operator.get::<Value>("/admin/work?state=waiting").await.unwrap_err();
    assert_eq!(wrong.code, ErrorCode::InvalidRequest);
    // Somebody who is no operator tries nothing again.
    let someone = world.client().await.at(&admin);
    let forbidden = someone.post::<Value>(&retry, &json!({})).await.unwrap_err();
    assert_eq!(forbidden.code, ErrorCode::Forbidden);
}
