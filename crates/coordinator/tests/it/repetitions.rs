//! A write that comes twice with the same key is done once.

use crate::support::{Client, Refused, World, picture};
use reqwest::Method;
use serde_json::{Value, json};
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode,
    job::{Job, JobStatus, Task},
    lease::AssignResponse,
};

async fn once(client: &Client, path: &str, body: &Value, key: &str) -> Result<Value, Refused> {
    let request = client
        .request(Method::POST, path)
        .header("Idempotency-Key", key)
        .json(body);
    client.send(request).await
}

#[tokio::test]
async fn credits_are_given_once() {
    let world = World::start().await;
    let (me, other) = (world.client().await, world.client().await);
    let request = json!({ "to": other.address().to_string(), "amount": Amount::credits(30).to_string() });
    let (first, second) = tokio::join!(
        once(&me, "/ledger/transfer", &request, "k"),
        once(&me, "/ledger/transfer", &request, "k")
    );
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(me.balance().await, Amount::credits(70));
    // Also when the coordinator was started again in between.
    let world = world.restart().await;
    let me = world.moved(&me);
    once(&me, "/ledger/transfer", &request, "k").await.unwrap();
    assert_eq!(me.balance().await, Amount::credits(70));
    once(&me, "/ledger/transfer", &request, "another").await.unwrap();
    assert_eq!(me.balance().await, Amount::credits(40));
}

#[tokio::test]
async fn a_lease_whose_answer_was_lost_is_given_again() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-4")).await;
    let request = json!({ "worker_address": worker.address().to_string(), "max_tasks": 2 });
    let path = format!("/jobs/{}/assign", job.id);
    let lease = |answer: Value| serde_json::from_value::<AssignResponse>(answer).unwrap().lease;
    let first = lease(once(&worker, &path, &request, "k").await.unwrap());
    let again = lease(once(&worker, &path, &request, "k").await.unwrap());
    assert_eq!((&first.id, first.fence), (&again.id, again.fence));
    assert_eq!(creator.show(&job.id).await.counts.leased, 2);

    let give_up = json!({ "lease_id": again.id, "fence": again.fence, "reason": "stopped" });
    let path = format!("/jobs/{}/fail", job.id);
    once(&worker, &path, &give_up, "f").await.unwrap();
    // Without its key it would be refused: the lease is gone.
    once(&worker, &path, &give_up, "f").await.unwrap();
    let code = once(&worker, &path, &give_up, "g").await.unwrap_err().code;
    assert_eq!(code, ErrorCode::LeaseLost);
}

#[tokio::test]
async fn a_frame_is_rendered_again_once_and_a_job_cancelled_once() {
    let world = World::start().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-2");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    let lease = worker.claim(&job.id, 1).await.unwrap();
    worker.finish(&lease, &picture(&world.blocks, 1)).await;
    let path = format!("/jobs/{}/tasks/{}/rerender", job.id, lease.tasks[0].id);
    let first: Task = serde_json::from_value(once(&creator, &path, &json!({}), "k").await.unwrap()).unwrap();
    let again: Task = serde_json::from_value(once(&creator, &path, &json!({}), "k").await.unwrap()).unwrap();
    assert_eq!(first, again);
    let path = format!("/jobs/{}/cancel", job.id);
    once(&creator, &path, &json!({}), "c").await.unwrap();
    let job: Job = serde_json::from_value(once(&creator, &path, &json!({}), "c").await.unwrap()).unwrap();
    assert_eq!(job.status, JobStatus::Cancelled);
    let code = once(&creator, &path, &json!({}), "d").await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidState);
}

#[tokio::test]
async fn a_refusal_is_not_kept_and_a_key_has_a_form() {
    let world = World::start().await;
    let me = world.client().await;
    // The account is full; once it is empty, the same key works.
    let code = once(&me, "/ledger/faucet", &json!({}), "k").await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidState);
    let other = world.client().await;
    let request = json!({ "to": other.address().to_string(), "amount": Amount::credits(95).to_string() });
    once(&me, "/ledger/transfer", &request, "t").await.unwrap();
    once(&me, "/ledger/faucet", &json!({}), "k").await.unwrap();
    assert_eq!(me.balance().await, Amount::credits(100));
    // One key, one request.
    let code = once(&me, "/ledger/faucet", &json!({}), "t").await.unwrap_err().code;
    assert_eq!(code, ErrorCode::IdempotencyConflict);
    let long = "k".repeat(201);
    let code = once(&me, "/ledger/faucet", &json!({}), &long).await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidRequest);
}
