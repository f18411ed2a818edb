//! A node at the end of a line that can be bad.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    Good,
    /// Nobody answers behind it.
    Down,
    /// Each answer comes late.
    Slow,
    /// Pages of events are empty, whatever there is.
    Empty,
}

const LATE: Duration = Duration::from_millis(30);

pub struct Line {
    pub url: String,
    quality: Arc<Mutex<Quality>>,
}

#[derive(Clone)]
struct End {
    to: String,
    quality: Arc<Mutex<Quality>>,
    http: reqwest::Client,
}

impl Line {
    /// To the node with this RPC address. It ends with the test.
    pub async fn to(node: &str) -> Self {
        let quality = Arc::new(Mutex::new(Quality::Good));
        let end = End {
            to: node.to_owned(),
            quality: Arc::clone(&quality),
            http: reqwest::Client::new(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/rpc", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(end);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, quality }
    }

    pub fn set(&self, quality: Quality) {
        *self.quality.lock().unwrap_or_else(PoisonError::into_inner) = quality;
    }
}

async fn pass_on(State(end): State<End>, body: Bytes) -> Response {
    let quality = *end.quality.lock().unwrap_or_else(PoisonError::into_inner);
    let asks_for_events = body.windows(18).any(|part| part == b"starknet_getEvents");
    match quality {
        Quality::Down => return StatusCode::BAD_GATEWAY.into_response(),
        Quality::Empty if asks_for_events => {
            let empty = r#"{"jsonrpc":"2.0","id":1,"result":{"events":[]}}"#;
            return ([(CONTENT_TYPE, "application/json")], empty).into_response();
        }
        Quality::Slow => tokio::time::sleep(LATE).await,
        Quality::Good | Quality::Empty => {}
    }
    let request = end.http.post(&end.to).header("content-type", "application/json");
    let answer = request.body(body).send().await.unwrap().bytes().await.unwrap();
    ([(CONTENT_TYPE, "application/json")], answer).into_response()
}
