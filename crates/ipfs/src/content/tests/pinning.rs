//! A pinning service that queues, pins, and forgets nobody's token.

use super::{remote::quick, *};
use crate::{
    block::raw_cid,
    content::{kubo::KuboRpc, net::Http, pinning::PinningService},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

/// What was asked for: bodies of `POST /pins`, and how often its state was looked at.
#[derive(Default)]
struct Vault {
    requests: Mutex<Vec<Value>>,
    looks: Mutex<u32>,
}

const ADDRESS: &str = "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooW";

fn status(request: &Value, state: &str) -> Value {
    json!({ "requestid": "a/b", "status": state, "created": "2026-01-01T00:00:00Z", "pin": request, "delegates": [], "info": {} })
}

fn admits(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .is_some_and(|value| value == "Bearer open sesame")
}

async fn list(State(service): State<Arc<Vault>>, headers: HeaderMap) -> Response {
    if !admits(&headers) {
        let error = json!({ "error": { "reason": "UNAUTHORIZED", "details": "no such token" } });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let known: Vec<Value> = service
        .requests
        .lock()
        .unwrap()
        .iter()
        .map(|pin| status(pin, "pinned"))
        .collect();
    Json(json!({ "count": known.len(), "results": known })).into_response()
}

async fn add(State(service): State<Arc<Vault>>, Json(request): Json<Value>) -> Json<Value> {
    service.requests.lock().unwrap().push(request.clone());
    Json(status(&request, "queued"))
}

async fn look(State(service): State<Arc<Vault>>) -> Json<Value> {
    let mut looks = service.looks.lock().unwrap();
    *looks += 1;
    let state = if *looks < 3 { "pinning" } else { "pinned" };
    Json(status(&service.requests.lock().unwrap()[0], state))
}

async fn id() -> Json<Value> {
    Json(json!({ "ID": "12D3KooW", "AgentVersion": "kubo/0.39.0/", "Addresses": [ADDRESS] }))
}

#[tokio::test]
async fn a_service_is_asked_once_and_watched_until_it_has_pinned() {
    let service = Arc::new(Vault::default());
    let router = Router::new()
        .route("/psa/pins", get(list).post(add))
        .route("/psa/pins/{id}", get(look))
        .route("/api/v0/id", post(id))
        .with_state(service.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, router).await });
    let limits = Limits {
        pinning_poll: Duration::ZERO,
        ..quick()
    };
    let http = Http::new(limits.clone()).unwrap();
    let rpc = KuboRpc::new(&url, None, limits).unwrap();
    let open =
        |token: &str| PinningService::new(http.clone(), "vault", &format!("{url}/psa"), Secret::new(token)).unwrap();
    let root = raw_cid(b"scene");
    open("open sesame").publish(root, &rpc).await.unwrap();
    {
        let requests = service.requests.lock().unwrap();
        assert_eq!(
            (&requests[0]["cid"], &requests[0]["origins"]),
            (&json!(root.to_string()), &json!([ADDRESS]))
        );
    }
    assert_eq!(*service.looks.lock().unwrap(), 3);
    // It is known to be pinned.
    open("open sesame").publish(root, &rpc).await.unwrap();
    assert_eq!(service.requests.lock().unwrap().len(), 1);

    let refused = open("guess").test().await.unwrap_err();
    assert!(
        matches!(refused, ContentError::Refused { status: 401, .. }),
        "{refused}"
    );
    assert_eq!(format!("{:?}", Secret::new("open sesame")), "Secret(…)");
}
