//! A coordinator at which nobody pays: the computers belong together.

use crate::support::{Client, World, picture};
use serde_json::{Value, json};
use std::path::Path;
use veriframe_core::Amount;
use veriframe_wire::{
    AddressText, AmountText, ErrorCode, Money, Page,
    account::{Account, Entry},
    chain::Contracts,
    job::{AvailableJob, Job, JobStatus},
};

async fn unpaid() -> World {
    World::start_with(|settings| settings.money = Money::None).await
}

fn job(scene: &str, frames: &str) -> Value {
    let mut request = Client::job(scene, frames);
    request["price_per_frame"] = "0".into();
    request["cap"] = "0".into();
    request
}

#[tokio::test]
async fn a_job_has_no_price_and_the_books_stay_empty() {
    let world = unpaid().await;
    let me = world.worker().await;
    let contracts: Contracts = me.get("/contracts").await.unwrap();
    assert_eq!(contracts.money(), Money::None);
    assert_eq!(me.balance().await, Amount::ZERO, "nobody is given credits");
    let filled: Result<Account, _> = me.post("/ledger/faucet", &json!({})).await;
    assert_eq!(filled.unwrap_err().code, ErrorCode::InvalidState);

    let priced: Result<Job, _> = me.post("/jobs", &Client::job(&world.scene(), "1-3")).await;
    let refused = priced.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidRequest);
    assert!(refused.message.contains("Nobody pays"), "{}", refused.message);

    let posted = me.post_job(&job(&world.scene(), "1-3")).await;
    assert_eq!(me.work_through(&posted.id, &picture(&world.blocks, 1)).await, 3);
    let done = me.show(&posted.id).await;
    assert_eq!((done.status, done.counts.paid), (JobStatus::Complete, 3));
    assert_eq!((done.spent.0, done.refunded.0), (Amount::ZERO, Amount::ZERO));
    let entries: Page<Entry> = me.get("/ledger/entries").await.unwrap();
    assert_eq!(entries.items, []);
}

/// A floor is what one asks of those who pay.
#[tokio::test]
async fn a_floor_keeps_nobody_from_working() {
    let world = unpaid().await;
    let (creator, worker) = (world.client().await, world.client().await);
    let registered = json!({
        "capabilities": Client::capabilities(1), "instance": "run-1",
        "price_floor": AmountText(Amount::credits(5)),
    });
    let _: Value = worker.post("/workers/register", &registered).await.unwrap();
    let posted = creator.post_job(&job(&world.scene(), "1-2")).await;
    let offered: Page<AvailableJob> = worker.get("/jobs/available?explain=true").await.unwrap();
    assert_eq!(offered.items[0].why_not, None);
    worker.work_through(&posted.id, &picture(&world.blocks, 1)).await;
    assert_eq!(worker.balance().await, Amount::ZERO);
}

#[tokio::test]
async fn what_was_rendered_is_not_rendered_again() {
    let world = unpaid().await;
    let me = world.worker().await;
    let good = picture(&world.blocks, 1);
    let first = me.post_job(&job(&world.scene(), "1-3")).await;
    me.work_through(&first.id, &good).await;

    // A longer range: what is equal is taken over, and it is said.
    let longer = me.post_job(&job(&world.scene(), "2-5")).await;
    assert_eq!((longer.counts.paid, longer.counts.queued), (2, 2));
    assert_eq!(longer.timeline[0].note, "2 of 4 frames were rendered before.");
    let tasks = me.tasks(&longer.id).await;
    let cids: Vec<_> = tasks
        .iter()
        .map(|task| task.result.as_ref().map(|result| &result.result_cid))
        .collect();
    let known = me.tasks(&first.id).await[1].result.clone().unwrap().result_cid;
    assert_eq!(cids, [Some(&known), Some(&known), None, None]);
    assert_eq!(me.work_through(&longer.id, &good).await, 2);

    // All of it: the job has ended before anybody begins.
    let same = me.post_job(&job(&world.scene(), "1-5")).await;
    assert_eq!((same.status, same.counts.paid), (JobStatus::Complete, 5));

    // Other settings, somebody else, or anew: every frame is rendered.
    let mut finer = job(&world.scene(), "1-3");
    finer["render"]["samples"] = 64.into();
    assert_eq!(me.post_job(&finer).await.counts.queued, 3);
    let mut anew = job(&world.scene(), "1-3");
    anew["anew"] = true.into();
    assert_eq!(me.post_job(&anew).await.counts.queued, 3);
    let other = world.client().await;
    assert_eq!(other.post_job(&job(&world.scene(), "1-3")).await.counts.queued, 3);
}

/// Frames that somebody cleaned away are rendered anew.
#[tokio::test]
async fn a_picture_that_is_gone_is_no_frame() {
    let world = unpaid().await;
    let me = world.worker().await;
    let first = me.post_job(&job(&world.scene(), "1-2")).await;
    let (one, two) = (picture(&world.blocks, 1), picture(&world.blocks, 2));
    let lease = me.claim(&first.id, 2).await.unwrap();
    let (a, b) = (&lease.tasks[0].id, &lease.tasks[1].id);
    me.hand_in(&lease, &[(a, &one), (b, &two)]).await.unwrap();
    let cid = two.result()["result_cid"].as_str().unwrap().to_owned();
    assert!(remove(world.folder.path(), &cid), "the block is a file");
    let again = me.post_job(&job(&world.scene(), "1-2")).await;
    assert_eq!((again.counts.paid, again.counts.queued), (1, 1));
}

/// A home of before: its jobs were paid in credits, and end as they began.
#[tokio::test]
async fn a_job_of_credits_ends_in_credits() {
    let world = World::start().await;
    let me = world.worker().await;
    let paid = me.post_job(&Client::job(&world.scene(), "1-5")).await;
    let lease = me.claim(&paid.id, 1).await.unwrap();
    me.finish(&lease, &picture(&world.blocks, 1)).await;
    let world = world.restart_with(|settings| settings.money = Money::None).await;
    let me = world.moved(&me);
    let cancelled = me.act(&paid.id, "cancel").await.unwrap();
    assert_eq!(cancelled.money(), Money::Credits);
    assert!(cancelled.refunded.0 > Amount::ZERO);
    assert_eq!(
        me.balance().await,
        Amount::credits(100),
        "all of it is back with its owner"
    );
}

/// A studio on a coordinator of credits: its accounts render for each other, a stranger is paid.
#[tokio::test]
async fn a_house_pays_only_strangers() {
    let world = World::start().await;
    let (artist, farm, stranger) = (world.client().await, world.worker().await, world.worker().await);
    let house = vec![artist.address(), farm.address()];
    let world = world.restart_with(move |settings| settings.house = house).await;
    let [artist, farm, stranger] = [&artist, &farm, &stranger].map(|client| world.moved(client));
    let posted = artist.post_job(&Client::job(&world.scene(), "1-4")).await;
    assert_eq!(posted.house, [AddressText(farm.address())]);
    let price = posted.price_per_frame.0;
    let good = picture(&world.blocks, 1);

    let lease = farm.claim(&posted.id, 3).await.unwrap();
    farm.finish(&lease, &good).await;
    let own: Vec<bool> = artist.tasks(&posted.id).await.iter().map(|task| task.own).collect();
    assert_eq!(own.iter().filter(|&&own| own).count(), lease.tasks.len());
    let so_far = artist.show(&posted.id).await;
    assert_eq!(
        (so_far.counts.paid as usize, so_far.spent.0),
        (lease.tasks.len(), Amount::ZERO)
    );
    assert_eq!(
        farm.balance().await,
        Amount::credits(100),
        "nobody pays within the house"
    );

    let rendered = stranger.work_through(&posted.id, &good).await;
    // What is drawn of it to be looked at twice costs nothing, either, where the house looks.
    farm.work_through(&posted.id, &good).await;
    let done = artist.show(&posted.id).await;
    assert_eq!(done.status, JobStatus::Complete);
    let paid = price.checked_mul(rendered as u64).unwrap();
    assert_eq!((lease.tasks.len() + rendered, done.spent.0), (4, paid));
    assert_eq!(done.spent.0.checked_add(done.refunded.0), Some(done.cap.0));
    let after = |paid| Amount::credits(100).checked_add(paid).unwrap();
    assert_eq!(stranger.balance().await, after(paid));
    assert_eq!(artist.balance().await, Amount::credits(100).checked_sub(paid).unwrap());
}

/// Removes the file of a block, wherever below `folder` it is.
fn remove(folder: &Path, cid: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // The list of what is pinned has the same names.
            return !path.ends_with("pins") && remove(&path, cid);
        }
        let is_it = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().contains(cid));
        is_it && std::fs::remove_file(path).is_ok()
    })
}
