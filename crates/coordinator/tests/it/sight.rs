//! What is somebody else's business does not exist.

use crate::support::{Client, Refused, World, picture};
use reqwest::Method;
use serde_json::{Value, json};
use veriframe_wire::{ErrorCode, Page, job::Job};

struct Route {
    method: Method,
    /// With `JOB`, `TASK` and `WORKER`.
    path: &'static str,
    body: Value,
}

fn route(method: Method, path: &'static str) -> Route {
    Route {
        method,
        path,
        body: json!({}),
    }
}

/// Every route of the document that names something in its path or its body, and that not everybody may see.
fn private(stranger: &Client) -> Vec<Route> {
    let lease = |more: Value| {
        let mut body = json!({ "lease_id": "1", "fence": 1 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let with = |path, body| Route {
        body,
        ..route(Method::POST, path)
    };
    let assign = json!({ "worker_address": stranger.address().to_string() });
    vec![
        route(Method::GET, "/jobs/JOB"),
        route(Method::GET, "/jobs/JOB/tasks"),
        route(Method::GET, "/jobs/JOB/log"),
        route(Method::GET, "/jobs/JOB/explain"),
        route(Method::POST, "/jobs/JOB/pause"),
        route(Method::POST, "/jobs/JOB/resume"),
        route(Method::POST, "/jobs/JOB/cancel"),
        route(Method::POST, "/jobs/JOB/tasks/TASK/accept"),
        route(Method::POST, "/jobs/JOB/tasks/TASK/rerender"),
        route(Method::POST, "/jobs/JOB/tasks/TASK/dispute"),
        route(Method::GET, "/workers/WORKER/earnings"),
        route(Method::DELETE, "/webhooks/HOOK"),
        route(Method::POST, "/webhooks/HOOK/replay"),
        route(Method::GET, "/webhooks/HOOK/deliveries"),
        with("/jobs/JOB/assign", assign),
        with("/jobs/JOB/heartbeat", lease(json!({ "progress": [] }))),
        with("/jobs/JOB/complete", lease(json!({ "results": [] }))),
        with(
            "/jobs/JOB/fail",
            lease(json!({ "reason": "render_failed", "message": "" })),
        ),
    ]
}

async fn ask(client: &Client, route: &Route, [job, task, worker, hook]: [&str; 4]) -> Refused {
    let path = route
        .path
        .replace("JOB", job)
        .replace("TASK", task)
        .replace("WORKER", worker)
        .replace("HOOK", hook);
    let mut request = client.request(route.method.clone(), &path);
    if route.method == Method::POST {
        request = request.json(&route.body);
    }
    match client.send::<Value>(request).await {
        Ok(answer) => panic!("{path} was answered: {answer}"),
        Err(refused) => refused,
    }
}

#[tokio::test]
async fn a_stranger_cannot_tell_what_is_private_from_what_is_not_there() {
    let world = World::start().await;
    let (creator, worker, stranger) = (world.client().await, world.worker().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1");
    request["verification"] = "none".into();
    let job = creator.post_job(&request).await;
    worker.work_through(&job.id, &picture(&world.blocks, 1)).await;
    let task = creator.tasks(&job.id).await[0].id.clone();

    let theirs = worker.address().to_string();
    let request = json!({ "url": "https://example.com/hook", "topics": ["jobs"] });
    let hook: Value = creator.post("/webhooks", &request).await.unwrap();
    let hook = hook["id"]
        .as_str()
        .or(hook["webhook"]["id"].as_str())
        .unwrap()
        .to_owned();
    let there = [job.id.as_str(), task.as_str(), theirs.as_str(), hook.as_str()];
    let (no_job, nobody) = ("01890000-0000-7000-8000-000000000000", "0x7");
    let missing = [no_job, "t999999", nobody, no_job];
    for route in private(&stranger) {
        let seen = ask(&stranger, &route, there).await;
        let not_there = ask(&stranger, &route, missing).await;
        let name = format!("{} {}", route.method, route.path);
        assert_eq!(
            (seen.status, seen.code, &seen.message),
            (not_there.status, not_there.code, &not_there.message),
            "{name}"
        );
        assert!(
            matches!(seen.code, ErrorCode::NotFound | ErrorCode::LeaseLost),
            "{name}: {seen:?}"
        );
    }
    let listed: Page<Job> = stranger.get("/jobs").await.unwrap();
    assert!(listed.items.is_empty());
    // Those whose business it is see it still.
    for client in [&creator, &worker] {
        assert_eq!(client.show(&job.id).await.id, job.id);
        assert_eq!(client.tasks(&job.id).await.len(), 1);
        let listed: Page<Job> = client.get("/jobs").await.unwrap();
        assert_eq!(listed.items.len(), 1);
    }
}

#[tokio::test]
async fn a_job_on_the_market_is_seen_without_its_frames() {
    let world = World::start().await;
    let (creator, stranger) = (world.client().await, world.client().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    assert_eq!(stranger.show(&job.id).await.id, job.id);
    for path in ["tasks", "log"] {
        let refused = stranger
            .get::<Value>(&format!("/jobs/{}/{path}", job.id))
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound, "{path}");
    }
    assert_eq!(
        stranger.act(&job.id, "cancel").await.unwrap_err().code,
        ErrorCode::Forbidden
    );
    creator.act(&job.id, "pause").await.unwrap();
    let refused = stranger.get::<Value>(&format!("/jobs/{}", job.id)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
}

/// A route that the table above does not know must be one that shows the same to everybody, or only the caller's own.
#[tokio::test]
async fn every_route_with_an_identifier_was_thought_about() {
    let world = World::start().await;
    let stranger = world.client().await;
    let table = private(&stranger);
    let public = [
        "/api/v1/workers/{address}",
        "/api/v1/workers/{address}/reputation-history",
        "/api/v1/prices/{symbol}",
        "/ipfs/{cid}",
        "/ipfs/{cid}/{path}",
    ];
    let document = serde_json::to_value(veriframe_coordinator::openapi()).unwrap();
    for path in document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|path| path.contains('{'))
    {
        let plain = path
            .trim_start_matches("/api/v1")
            .replace("/webhooks/{id}", "/webhooks/HOOK")
            .replace("{id}", "JOB")
            .replace("{task}", "TASK")
            .replace("{address}", "WORKER");
        let known = public.contains(&path.as_str()) || table.iter().any(|route| route.path == plain);
        assert!(known, "{path}: say in tests/it/sight.rs what a stranger is answered");
    }
}
