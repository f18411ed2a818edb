//! Lists: narrowed, sorted and paged by what has a name.

use crate::support::{Client, World, picture};
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode,
    job::Job,
    page::Page,
    worker::{ReputationChange, ReputationReason, Worker, WorkersOverview},
};

async fn register(client: &Client, version: &str, engines: &[&str], price: u64) {
    let mut capabilities = Client::capabilities(1);
    capabilities["blenders"] = json!([{ "version": version, "engines": engines, "denoisers": [], "sandbox": true }]);
    let request = json!({
        "capabilities": capabilities, "instance": "run", "price_floor": Amount::credits(price).to_string(),
    });
    let _: Value = client.post("/workers/register", &request).await.unwrap();
}

async fn addresses(client: &Client, query: &str) -> Vec<String> {
    let page: Page<Worker> = client.get(&format!("/workers?{query}")).await.unwrap();
    page.items.iter().map(|worker| worker.address.0.to_string()).collect()
}

#[tokio::test]
async fn workers_are_found_by_what_they_can_do() {
    let world = World::start().await;
    let (old, new) = (world.client().await, world.client().await);
    register(&old, "3.4.1", &["cycles"], 1).await;
    register(&new, "4.20.0", &["cycles", "eevee"], 3).await;
    let only = |client: &Client| vec![client.address().to_string()];
    assert_eq!(addresses(&old, "engine=cycles").await.len(), 2);
    assert_eq!(addresses(&old, "engine=eevee").await, only(&new));
    assert_eq!(addresses(&old, "blender=3.4").await, only(&old));
    assert_eq!(addresses(&old, "blender=4.20.0&engine=cycles").await, only(&new));
    // A series is a whole number, not the beginning of one; and both have to be in one Blender.
    assert!(addresses(&old, "blender=4.2").await.is_empty());
    assert!(addresses(&old, "blender=3.4&engine=eevee").await.is_empty());
    // Without a chain nobody is verified by it.
    assert!(addresses(&old, "verified=true").await.is_empty());
    assert_eq!(addresses(&old, "verified=false&status=online").await.len(), 2);
    // What it says of itself later counts.
    register(&old, "4.20.1", &["workbench"], 2).await;
    assert_eq!(addresses(&old, "engine=cycles").await, only(&new));
    let code = old.get::<Value>("/workers?blender=new").await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidRequest);

    let overview: WorkersOverview = old.get("/workers/stats/overview").await.unwrap();
    assert_eq!(overview.by_engine["eevee"], 1);
    assert_eq!(overview.by_device.values().sum::<u32>(), 2);
    assert_eq!(overview.median_price.unwrap().0, Amount::credits(2));
}

#[tokio::test]
async fn a_reputation_has_a_history_and_sorts() {
    let world = World::start().await;
    let (creator, idle) = (world.client().await, world.worker().await);
    let worker = world.worker().await;
    let mut request = Client::job(&world.scene(), "1-3");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    assert_eq!(worker.work_through(&job.id, &picture(&world.blocks, 1)).await, 3);

    let path = format!("/workers/{}/reputation-history", worker.address());
    let all: Page<ReputationChange> = creator.get(&path).await.unwrap();
    let now: Worker = creator.get(&format!("/workers/{}", worker.address())).await.unwrap();
    assert_eq!(all.items.len(), 3);
    assert_eq!(all.items[0].after, now.reputation);
    assert!(all.items.windows(2).all(|pair| pair[0].before == pair[1].after));
    assert!(
        all.items
            .iter()
            .all(|change| change.reason == ReputationReason::FrameVerified && change.job == job.id)
    );
    let first: Page<ReputationChange> = creator.get(&format!("{path}?limit=2")).await.unwrap();
    let rest = format!("{path}?limit=2&cursor={}", first.next_cursor.unwrap());
    let rest: Page<ReputationChange> = creator.get(&rest).await.unwrap();
    assert_eq!([first.items, rest.items].concat(), all.items);
    assert_eq!(rest.next_cursor, None);

    let best = addresses(&creator, "sort=reputation").await;
    assert_eq!(best, [worker.address().to_string(), idle.address().to_string()]);
    let page: Page<Worker> = creator.get("/workers?sort=reputation&limit=1").await.unwrap();
    let next = format!("sort=reputation&limit=1&cursor={}", page.next_cursor.unwrap());
    assert_eq!(addresses(&creator, &next).await, [idle.address().to_string()]);
    let good = format!("min_reputation={}", now.reputation);
    assert_eq!(addresses(&creator, &good).await, [worker.address().to_string()]);
}

#[tokio::test]
async fn jobs_are_paged_from_either_end() {
    let world = World::start().await;
    let creator = world.client().await;
    let mut posted = Vec::new();
    for _ in 0..3 {
        posted.push(creator.post_job(&Client::job(&world.scene(), "1")).await.id);
    }
    let mut seen = Vec::new();
    let mut path = "/jobs?sort=oldest&limit=2".to_owned();
    loop {
        let page: Page<Job> = creator.get(&path).await.unwrap();
        seen.extend(page.items.into_iter().map(|job| job.id));
        let Some(cursor) = page.next_cursor else { break };
        path = format!("/jobs?sort=oldest&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, posted);
    let newest: Page<Job> = creator.get("/jobs?limit=1").await.unwrap();
    assert_eq!(newest.items[0].id, posted[2]);
}
