//! Jobs that are paid on a real devnet, through the coordinator's own HTTP.

use crate::support::{
    Client, TestDatabase, World,
    market::{Market, WINDOW, request, until},
    picture,
};
use serde_json::json;
use std::time::Duration;
use veriframe_chain::{market::market, number};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Page,
    account::{Entry, EntryKind},
    job::{EscrowState, Job, JobStatus, PostJobRequest},
    results::ResultsManifest,
};

async fn post(client: &Client, request: &PostJobRequest, number: u64) -> Job {
    client.post_job(&body(request, Some(number))).await
}

fn body(request: &PostJobRequest, escrow: Option<u64>) -> serde_json::Value {
    serde_json::to_value(PostJobRequest {
        escrow,
        ..request.clone()
    })
    .unwrap()
}

fn state(job: &Job) -> EscrowState {
    job.escrow.as_ref().unwrap().state
}

/// A job of two frames that a new worker rendered, with its result shown.
async fn shown(market: &Market, world: &World) -> (Client, Client, Job) {
    let (creator, worker) = (market.client(world).await, world.worker().await);
    let request = request(world, "1-2");
    let number = market.pay(&request).await;
    let job = post(&creator, &request, number).await;
    worker.work_through(&job.id, &picture(&world.blocks, 1)).await;
    let job = until(&creator, &job.id, |job| state(job) == EscrowState::Challengeable).await;
    (creator, worker, job)
}

/// To the smallest unit, read from the token's contract.
#[tokio::test]
async fn a_job_is_paid_out_on_the_chain() {
    let Some(market) = Market::start().await else { return };
    let world = market.world().await;
    let (creator, worker) = (market.client(&world).await, world.worker().await);
    assert_eq!(creator.balance().await, Amount::ZERO, "no credits where STRK is paid");
    let request = request(&world, "1-5");
    let number = market.pay(&request).await;
    let before = market.balance(market.creator.address).await;

    let job = post(&creator, &request, number).await;
    assert_eq!(state(&job), EscrowState::Open);
    // Nothing is assigned before somebody asks.
    let good = picture(&world.blocks, 1);
    assert_eq!(worker.work_through(&job.id, &good).await, 6, "five frames and an audit");
    let job = until(&creator, &job.id, |job| state(job) == EscrowState::Challengeable).await;
    let escrow = job.escrow.clone().unwrap();
    assert_eq!((job.status, job.spent.0), (JobStatus::Complete, Amount::credits(6)));
    assert_eq!(escrow.total_paid.unwrap().0, Amount::credits(6));
    let results = world
        .blocks
        .read_file(&escrow.results_cid.unwrap().parse().unwrap(), 1 << 20);
    let manifest = ResultsManifest::parse(&results.unwrap()).unwrap();
    assert_eq!((manifest.job, manifest.frames.len()), (number, 5));
    assert_eq!(
        market.balance(worker.address()).await,
        0,
        "not before the creator had time to look"
    );

    market
        .send(&market.creator, &[market::accept(market.at.market, number)])
        .await;
    let before_fee = market.balance(market.creator.address).await;
    // The indexer comes a little later than the settlement itself.
    let told = |job: &Job, name: &str| {
        let mut transactions = job.escrow.iter().flat_map(|escrow| &escrow.transactions);
        transactions.any(|one| one.what == name)
    };
    let is_over = |job: &Job| job.escrow.as_ref().unwrap().paid_out && told(job, "Claimed");
    let job = until(&creator, &job.id, is_over).await;
    assert_eq!(market.balance(worker.address()).await, Amount::credits(6).units());
    // The cap covers five frames and one more: nothing is left of it.
    assert_eq!(market.balance(market.creator.address).await, before_fee);
    assert!(before_fee < before, "accepting costs a fee");
    assert_eq!(worker.balance().await, Amount::ZERO, "the books follow the contract");
    let entries: Page<Entry> = worker.get("/ledger/entries?limit=1").await.unwrap();
    assert_eq!(entries.items[0].kind, EntryKind::Settled);
    assert_eq!(entries.items[0].amount.0, Amount::credits(6));
    for name in [
        "JobCreated",
        "JobAssigned",
        "ResultCommitted",
        "ResultRevealed",
        "JobCompleted",
        "Claimed",
    ] {
        assert!(told(&job, name), "{name} is not among {:?}", job.escrow);
    }
    let totals = market.views().market_totals(market.at.market).await.unwrap();
    assert_eq!(
        (totals.escrow, totals.owed, totals.bonds),
        (Amount::ZERO, Amount::ZERO, Amount::ZERO)
    );
}

#[tokio::test]
async fn only_a_payment_for_this_very_job_counts() {
    let Some(market) = Market::start().await else { return };
    let world = market.world().await;
    let (creator, other) = (market.client(&world).await, world.client().await);
    let request = request(&world, "1-5");
    let number = market.pay(&request).await;
    let refused = async |client: &Client, body: serde_json::Value| {
        let answer: Result<Job, _> = client.post("/jobs", &body).await;
        let refused = answer.unwrap_err();
        (refused.code, refused.message)
    };
    let (code, message) = refused(&creator, body(&request, None)).await;
    assert_eq!(code, ErrorCode::InvalidRequest);
    assert!(message.contains("paid on the chain"), "{message}");
    let (_, message) = refused(&creator, body(&request, Some(number + 1))).await;
    assert!(message.contains("no such job"), "{message}");
    let (_, message) = refused(&other, body(&request, Some(number))).await;
    assert!(message.contains("no such job of this account"), "{message}");
    let changed = PostJobRequest {
        frames: "1-4".to_owned(),
        ..request.clone()
    };
    let (_, message) = refused(&creator, body(&changed, Some(number))).await;
    assert!(message.contains("another specification"), "{message}");
    let mut dearer = request.clone();
    dearer.cap.0 = Amount::credits(7);
    let (_, message) = refused(&creator, body(&dearer, Some(number))).await;
    assert!(message.contains("not the job's cap"), "{message}");
    let soon = market.pay_until(&request, 600).await;
    let (_, message) = refused(&creator, body(&request, Some(soon))).await;
    assert!(message.contains("no time to render"), "{message}");

    let job = post(&creator, &request, number).await;
    let (code, message) = refused(&creator, body(&request, Some(number))).await;
    assert_eq!(code, ErrorCode::InvalidState);
    assert!(message.contains("another job already"), "{message}");
    // Local money is not for sale here.
    let transfer = json!({ "to": other.address().to_string(), "amount": "1" });
    assert!(
        creator
            .post::<serde_json::Value>("/ledger/transfer", &transfer)
            .await
            .is_err()
    );
    assert!(
        creator
            .post::<serde_json::Value>("/ledger/faucet", &json!({}))
            .await
            .is_err()
    );
    assert_eq!(creator.show(&job.id).await.status, JobStatus::Open);
}

#[tokio::test]
async fn what_the_creator_takes_back_is_no_longer_rendered() {
    let Some(market) = Market::start().await else { return };
    let world = market.world().await;
    let (creator, worker) = (market.client(&world).await, world.worker().await);
    let request = request(&world, "1-5");
    let number = market.pay(&request).await;
    let job = post(&creator, &request, number).await;
    market
        .send(&market.creator, &[market::cancel(market.at.market, number)])
        .await;
    let job = until(&creator, &job.id, |job| job.status == JobStatus::Cancelled).await;
    assert_eq!(worker.claim(&job.id, 1).await.unwrap_err().code, ErrorCode::NotFound);
    // The coordinator hands on what the contract owes.
    let owed = async || {
        let creator = number::of_address(&market.creator.address);
        market.views().owed(market.at.market, creator).await.unwrap()
    };
    until(&creator, &job.id, |job| state(job) == EscrowState::Cancelled).await;
    tokio::time::timeout(Duration::from_secs(30), async {
        while owed().await > Amount::ZERO || creator.balance().await > Amount::ZERO {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("what the contract owes is paid, and is in the books no more");
}

/// Nobody accepts, nobody objects.
#[tokio::test]
async fn a_result_that_nobody_challenges_is_paid_after_the_window() {
    let Some(market) = Market::start().await else { return };
    let world = market.world().await;
    let (mut creator, worker, job) = shown(&market, &world).await;
    let earned = job.spent.0.units();
    let before = market.balance(market.creator.address).await;
    // More than the window: the coordinator's clock stood still while the chain's went on.
    market.wait(&world.clock, i64::from(WINDOW) + 600);
    creator.renew().await;
    let job = until(&creator, &job.id, |job| job.escrow.as_ref().unwrap().paid_out).await;
    assert_eq!(market.balance(worker.address()).await, earned);
    let refund = job.cap.0.units() - earned;
    assert_eq!(market.balance(market.creator.address).await, before + refund);
}

/// The arbiter gives workers a half.
#[tokio::test]
async fn a_dispute_ends_as_the_arbiter_says_and_the_books_follow() {
    let Some(market) = Market::start().await else { return };
    let world = market.world().await;
    let (creator, worker, job) = shown(&market, &world).await;
    let number = job.escrow.as_ref().unwrap().job;
    let at = market.at.market;
    let bond = market.views().bond(at).await.unwrap();
    market
        .send(&market.creator, &market::challenge(market.at.token, at, bond, number))
        .await;
    until(&creator, &job.id, |job| state(job) == EscrowState::Disputed).await;
    market.send(&market.owner, &[market::resolve(at, number, 5000)]).await;
    let job = until(&creator, &job.id, |job| job.escrow.as_ref().unwrap().paid_out).await;
    assert_eq!(market.balance(worker.address()).await, job.spent.0.units() / 2);
    assert_eq!(
        (worker.balance().await, creator.balance().await),
        (Amount::ZERO, Amount::ZERO)
    );
    let entries: Page<Entry> = worker.get("/ledger/entries?limit=2").await.unwrap();
    let halves: Vec<_> = entries.items.iter().map(|entry| (entry.kind, entry.amount.0)).collect();
    let half = Amount::from_units(job.spent.0.units() / 2);
    assert_eq!(halves, [(EntryKind::Settled, half), (EntryKind::Settled, half)]);
}

/// The coordinator is stopped and started again all the time while it settles; everything happens once.
#[tokio::test]
async fn a_coordinator_that_is_stopped_anywhere_settles_once() {
    let Some(market) = Market::start().await else { return };
    let mut world = market.world().await;
    let (mut creator, worker) = (market.client(&world).await, world.worker().await);
    let request = request(&world, "1-2");
    let number = market.pay(&request).await;
    let job = post(&creator, &request, number).await;
    worker.work_through(&job.id, &picture(&world.blocks, 1)).await;
    let earned = creator.show(&job.id).await.spent.0.units();
    let mut accepted = false;
    let mut delay = 5;
    // On a shared database a coordinator takes the chain over only after a while.
    let taking_over = if TestDatabase::is_shared() { 1700 } else { 0 };
    let ends = tokio::time::Instant::now() + Duration::from_mins(4);
    loop {
        assert!(tokio::time::Instant::now() < ends, "it never settled");
        tokio::time::sleep(Duration::from_millis(delay + taking_over)).await;
        // Another moment each time.
        delay = (delay * 7 + 3) % 190 + 20;
        world = world.restart_with(|settings| market.settings(settings)).await;
        creator = world.moved(&creator);
        let now = creator.show(&job.id).await.escrow.unwrap();
        if now.state == EscrowState::Challengeable && !accepted {
            market
                .send(&market.creator, &[market::accept(market.at.market, number)])
                .await;
            accepted = true;
        }
        if now.paid_out {
            break;
        }
    }
    assert_eq!(market.balance(worker.address()).await, earned);
    let totals = market.views().market_totals(market.at.market).await.unwrap();
    assert_eq!(
        (totals.escrow, totals.owed, totals.bonds),
        (Amount::ZERO, Amount::ZERO, Amount::ZERO)
    );
}
