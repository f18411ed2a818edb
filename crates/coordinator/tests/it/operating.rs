//! What an operator reads, and how a coordinator ends.

use crate::support::{Client, Socket, World, picture};
use reqwest::{Method, StatusCode};
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};
use veriframe_wire::{ErrorCode, event::CLOSE_RESUME, health::Health};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

async fn get(url: &str) -> reqwest::Response {
    reqwest::get(url).await.unwrap()
}

/// The number behind a line of the metrics.
fn sample(text: &str, line: &str) -> Option<f64> {
    let found = text.lines().find_map(|found| found.strip_prefix(line))?;
    found.trim().parse().ok()
}

#[tokio::test]
async fn the_metrics_say_what_happened() {
    let listen = "127.0.0.1:0".parse().unwrap();
    let world = World::start_with(|settings| settings.metrics_listen = Some(listen)).await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-10")).await;
    let socket = Socket::open(&creator, None, &["jobs"]).await;
    let lease = worker.claim(&job.id, 2).await.unwrap();
    worker.claim("nothing", 1).await.unwrap_err();
    assert_eq!(lease.tasks.len(), 2);
    let url = format!("http://{}/metrics", world.running.metrics.unwrap());
    let answer = get(&url).await;
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = answer.text().await.unwrap();
    for (line, n) in [
        ("veriframe_jobs{status=\"rendering\"}", 1.0),
        ("veriframe_tasks{kind=\"frame\",state=\"leased\"}", 2.0),
        ("veriframe_queue_depth", 8.0),
        ("veriframe_workers{status=\"online\"}", 1.0),
        ("veriframe_leases_active", 1.0),
        ("veriframe_websockets_open", 1.0),
        ("veriframe_claims_total{outcome=\"granted\"}", 1.0),
        ("veriframe_claims_total{outcome=\"not_found\"}", 1.0),
        ("veriframe_claim_seconds_count", 2.0),
        (
            "veriframe_requests_total{method=\"POST\",route=\"/api/v1/jobs/{id}/assign\",status=\"200\"}",
            1.0,
        ),
        (
            "veriframe_request_seconds_count{method=\"POST\",route=\"/api/v1/jobs/{id}/assign\"}",
            2.0,
        ),
        ("veriframe_count_failed", 0.0),
        ("veriframe_draining", 0.0),
    ] {
        assert_eq!(sample(&text, line), Some(n), "{line}\n{text}");
    }
    assert!(sample(&text, "veriframe_events_total").unwrap() > 3.0);
    assert!(sample(&text, "veriframe_database_seconds_count{step=\"commit\"}").unwrap() > 3.0);
    assert!(text.contains("veriframe_build_info{version=\""));
    assert!(!text.contains(&job.id), "no label grows with the number of jobs");
    drop(socket);
    // Nobody else can read it.
    assert_eq!(get(&creator.url("/metrics")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_metrics_are_public_only_when_that_is_wanted() {
    let world = World::start_with(|settings| settings.metrics_public = true).await;
    let text = get(&format!("{}/metrics", world.running.url()))
        .await
        .text()
        .await
        .unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
}

/// Not ready, no new leases, sockets told to resume; what was begun is ended.
#[tokio::test]
async fn a_coordinator_that_ends_finishes_what_was_begun() {
    let world = World::start_with(|settings| settings.drain = Duration::from_secs(2)).await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-4")).await;
    let lease = worker.claim(&job.id, 1).await.unwrap();
    let ready = worker.url("/health/ready");
    assert_eq!(get(&ready).await.status(), StatusCode::OK);
    let mut socket = Socket::open(&creator, None, &["market"]).await;
    world.shutdown.cancel();
    let start = Instant::now();
    while get(&ready).await.status() != StatusCode::SERVICE_UNAVAILABLE {
        assert!(start.elapsed() < PATIENCE, "it stays ready");
    }
    assert_eq!(get(&worker.url("/health/live")).await.status(), StatusCode::OK);
    let body = serde_json::json!({ "worker_address": worker.address().to_string() });
    let path = format!("/jobs/{}/assign", job.id);
    let refused = worker.request(Method::POST, &path).json(&body).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "2");
    assert_eq!(refused.headers()["connection"], "close");
    assert_eq!(worker.claim(&job.id, 1).await.unwrap_err().code, ErrorCode::Unavailable);
    // The frame that was rendered meanwhile is taken.
    let good = picture(&world.blocks, 1);
    worker
        .hand_in(&lease, &[(lease.tasks[0].id.as_str(), &good)])
        .await
        .unwrap();
    let code = loop {
        if let Err(code) = socket.raw().await {
            break code;
        }
    };
    assert_eq!(code, CLOSE_RESUME);
    tokio::time::timeout(PATIENCE, world.running.join)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn an_id_of_the_caller_comes_back() {
    let world = World::start().await;
    let url = format!("{}/nowhere", world.running.url());
    let request = reqwest::Client::new().get(url).header("x-request-id", "trace-7");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "trace-7");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["request_id"], "trace-7");
}

#[tokio::test]
async fn a_node_that_is_away_is_seen_and_not_needed() {
    let world = World::start_with(|settings| settings.kubo = Some("http://127.0.0.1:9".to_owned())).await;
    let health: Health = get(&format!("{}/health", world.running.url()))
        .await
        .json()
        .await
        .unwrap();
    let kubo = &health.components["kubo"];
    assert_eq!(serde_json::to_value(kubo.status).unwrap(), "degraded");
    assert_eq!(
        get(&format!("{}/health/ready", world.running.url())).await.status(),
        StatusCode::OK
    );
}

/// Whatever the metrics' description lets a sample be called.
fn sample_names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let ends: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_count", "_sum"],
            "info" => &["_info"],
            _ => &[""],
        };
        names.extend(ends.iter().map(|end| format!("{name}{end}")));
    }
    names
}

fn names_in(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    text.match_indices("veriframe_")
        .map(|(at, _)| text[at..].chars().take_while(|c| is_name(*c)).collect())
        .collect()
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_ask_for_what_there_is() {
    let world = World::start_with(|settings| settings.metrics_public = true).await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    worker.claim(&job.id, 1).await.unwrap();
    drop(Socket::open(&creator, None, &["jobs"]).await);
    // What never happened has no sample: so everything happens once.
    let url = format!("{}/metrics", world.running.url());
    let start = Instant::now();
    let text = loop {
        let text = get(&url).await.text().await.unwrap();
        if text.contains("veriframe_websockets_closed_total") && text.contains("veriframe_jobs{") {
            break text;
        }
        assert!(start.elapsed() < PATIENCE, "{text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let known = sample_names(&text);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/grafana");
    let mut asked = BTreeSet::new();
    for file in ["coordinator.json", "alerts.yaml"] {
        let names = names_in(&std::fs::read_to_string(folder.join(file)).unwrap());
        assert!(names.len() > 5, "{file}");
        for name in &names {
            assert!(known.contains(name), "{file} asks for {name}, and there are {known:?}");
        }
        asked.extend(names);
    }
    // The other way round: what nobody looks at needs no counting.
    let unseen = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter(|line| {
            let name = line.split(' ').next().unwrap();
            !asked.iter().any(|asked| asked.starts_with(name))
        });
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&str>::new());
}
