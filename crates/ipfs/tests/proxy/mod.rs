//! Stands between our code and a node, counts what passes, and can behave badly.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;
use veriframe_ipfs::{
    Cid,
    car::{CarDecoder, CarItem},
};

/// What happens to requests.
#[derive(Clone)]
pub enum Mood {
    Honest,
    /// As a page in a browser would ask.
    WithOrigin,
    /// Uploads meet a full disk.
    Full,
    /// Uploads are answered with a page.
    Page,
    /// Uploads are answered with spaces, without an end.
    Endless,
    /// The action is done once, when this many bytes of a call of this name have passed; then the line breaks.
    Break(&'static str, usize, Arc<dyn Fn() + Send + Sync>),
}

#[derive(Default)]
pub struct Seen {
    /// Calls by name.
    pub calls: HashMap<String, usize>,
    /// Blocks in CARs that were answered with success, in order.
    pub stored: Vec<Cid>,
    /// All blocks in CARs.
    pub sent: Vec<Cid>,
    pub added_bytes: usize,
}

pub struct Proxy {
    pub url: String,
    pub seen: Mutex<Seen>,
    pub mood: Mutex<Mood>,
    node: String,
    client: reqwest::Client,
}

impl Proxy {
    pub async fn start(node: &str) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Mutex::default(),
            mood: Mutex::new(Mood::Honest),
            node: node.to_owned(),
            client: reqwest::Client::new(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&proxy));
        // Ends with the runtime of the test.
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn calls(&self, name: &str) -> usize {
        self.seen.lock().unwrap().calls.get(name).copied().unwrap_or(0)
    }
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    assert!(!parts.headers.contains_key("origin"));
    let target = parts.uri.path_and_query().unwrap().to_string();
    let name = parts.uri.path().trim_start_matches("/api/v0/").to_owned();
    *proxy.seen.lock().unwrap().calls.entry(name.clone()).or_default() += 1;
    let uploads = matches!(name.as_str(), "add" | "dag/import");
    let mood = proxy.mood.lock().unwrap().clone();
    let mut headers = HeaderMap::new();
    for key in ["content-type", "authorization", "user-agent"] {
        if let Some(value) = parts.headers.get(key) {
            headers.insert(axum::http::HeaderName::from_static(key), value.clone());
        }
    }
    if let Mood::WithOrigin = mood {
        headers.insert("origin", "https://example.com".parse().unwrap());
    }
    if uploads && matches!(mood, Mood::Full | Mood::Page | Mood::Endless) {
        // As a node does, it reads all before it answers.
        body.into_data_stream().for_each(|_| async {}).await;
        return bad_answer(&mood);
    }
    let passed = Passed::new(Arc::clone(&proxy), name.clone(), mood);
    let body = stream::unfold((body.into_data_stream(), passed), |(mut body, mut passed)| async move {
        let piece = body.next().await?.map_err(io::Error::other);
        let piece = piece.and_then(|piece| passed.count(piece));
        Some((piece, (body, passed)))
    });
    let request = proxy.client.post(format!("{}{target}", proxy.node)).headers(headers);
    let request = if uploads {
        request.body(reqwest::Body::wrap_stream(body))
    } else {
        request
    };
    let Ok(answer) = request.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let status = answer.status();
    if name == "dag/import" && status.is_success() {
        let mut seen = proxy.seen.lock().unwrap();
        let sent = seen.sent.clone();
        seen.stored = sent;
    }
    let kind = answer.headers().get("content-type").cloned();
    let mut response = Response::new(Body::from_stream(answer.bytes_stream()));
    *response.status_mut() = status;
    if let Some(kind) = kind {
        response.headers_mut().insert("content-type", kind);
    }
    response
}

fn bad_answer(mood: &Mood) -> Response {
    match mood {
        Mood::Full => {
            let error = r#"{"Message":"write blocks/x: no space left on device","Code":0,"Type":"error"}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, error).into_response()
        }
        Mood::Page => "<html>Welcome</html>".into_response(),
        _ => Body::from_stream(stream::repeat_with(|| {
            Ok::<_, io::Error>(Bytes::from(vec![b' '; 64 << 10]))
        }))
        .into_response(),
    }
}

/// What of one request passed.
struct Passed {
    proxy: Arc<Proxy>,
    name: String,
    mood: Mood,
    bytes: usize,
    head: Vec<u8>,
    car: Option<CarDecoder>,
}

impl Passed {
    fn new(proxy: Arc<Proxy>, name: String, mood: Mood) -> Self {
        Self {
            proxy,
            name,
            mood,
            bytes: 0,
            head: Vec::new(),
            car: None,
        }
    }

    fn count(&mut self, piece: Bytes) -> io::Result<Bytes> {
        self.bytes += piece.len();
        if self.name == "add" {
            self.proxy.seen.lock().unwrap().added_bytes += piece.len();
        } else {
            self.read_car(&piece);
        }
        if let Mood::Break(name, limit, action) = &self.mood
            && *name == self.name
            && self.bytes > *limit
        {
            action();
            *self.proxy.mood.lock().unwrap() = Mood::Honest;
            return Err(io::Error::other("broken off"));
        }
        Ok(piece)
    }

    fn read_car(&mut self, piece: &[u8]) {
        if let Some(car) = &mut self.car {
            car.feed(piece);
        } else {
            self.head.extend_from_slice(piece);
            let Some(end) = self.head.windows(4).position(|found| found == b"\r\n\r\n") else {
                return;
            };
            let mut car = CarDecoder::default();
            car.feed(&self.head[end + 4..]);
            self.car = Some(car);
        }
        // What follows the CAR is no part of one.
        while let Some(Ok(Some(item))) = self.car.as_mut().map(CarDecoder::next_item) {
            if let CarItem::Block(cid, _) = item {
                self.proxy.seen.lock().unwrap().sent.push(cid);
            }
        }
    }
}
