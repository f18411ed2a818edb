//! A coordinator for these tests: content only, on a real socket, with moods.

use crate::{
    BlockStore, Cid,
    block::raw_cid,
    car,
    content::{CoordinatorTier, Limits, TierSettings, TierUse, TieredContent, TokenError, TokenSource},
    parse_cid,
};
use async_trait::async_trait;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path as UrlPath, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the coordinator does, and what it was asked.
pub(super) struct Remote {
    pub(super) blocks: BlockStore,
    pub(super) token: Mutex<String>,
    /// Requests that are answered with 503 before the next good one.
    pub(super) busy: AtomicU32,
    pub(super) full: AtomicBool,
    pub(super) car: Mutex<Cars>,
    /// Blocks whose raw bytes are answered wrongly.
    pub(super) false_block: Mutex<Option<Vec<u8>>>,
    /// Blocks received, and raw blocks and CARs sent.
    pub(super) received: AtomicU32,
    pub(super) raw_sent: AtomicU32,
    pub(super) cars_sent: AtomicU32,
}

#[derive(Clone)]
pub(super) enum Cars {
    Whole,
    Refused,
    /// Ends after this many bytes.
    Cut(usize),
    /// Begins with a block that nobody asked for.
    Smuggled(Vec<u8>),
}

pub(super) struct Setup {
    pub(super) folder: TempDir,
    pub(super) remote: Arc<Remote>,
    pub(super) base: String,
    _running: DropGuard,
}

/// Tokens as a session hands them out: after a refusal, the one that is right.
pub(super) struct Tokens {
    pub(super) current: Mutex<String>,
    pub(super) next: String,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Result<String, TokenError> {
        Ok(self.current.lock().unwrap().clone())
    }

    async fn refused(&self, token: &str) {
        assert_eq!(*self.current.lock().unwrap(), token);
        self.current.lock().unwrap().clone_from(&self.next);
    }
}

/// No pauses, and no long waits.
pub(super) fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(10),
        first_pause: Duration::ZERO,
        ..Limits::default()
    }
}

impl Setup {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let remote = Arc::new(Remote {
            blocks: BlockStore::open(folder.path().join("remote")).unwrap(),
            token: Mutex::new("good".into()),
            busy: AtomicU32::new(0),
            full: AtomicBool::new(false),
            car: Mutex::new(Cars::Whole),
            false_block: Mutex::new(None),
            received: AtomicU32::new(0),
            raw_sent: AtomicU32::new(0),
            cars_sent: AtomicU32::new(0),
        });
        let router = Router::new()
            .route("/api/v1/content/have", post(have))
            .route("/api/v1/content/car", post(receive))
            .route("/api/v1/content/pins", post(pin))
            .route("/ipfs/{cid}", get(gateway))
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
            .layer(axum::middleware::from_fn_with_state(remote.clone(), admit))
            .with_state(remote.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let running = stop.clone().drop_guard();
        tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await
        });
        Self {
            folder,
            remote,
            base,
            _running: running,
        }
    }

    pub(super) fn client(&self, name: &str) -> (BlockStore, TieredContent) {
        self.client_with_token(name, "good")
    }

    pub(super) fn client_with_token(&self, name: &str, token: &str) -> (BlockStore, TieredContent) {
        let blocks = BlockStore::open(self.folder.path().join(name)).unwrap();
        let tokens = Tokens {
            current: Mutex::new(token.into()),
            next: "good".into(),
        };
        let content = coordinator_only(blocks.clone(), &self.base, tokens);
        (blocks, content)
    }

    /// A folder of some small files and a large one: 13 blocks.
    pub(super) fn scene(&self) -> PathBuf {
        let scene = self.folder.path().join("scene");
        fs::create_dir_all(scene.join("textures")).unwrap();
        for number in 0..6 {
            fs::write(
                scene.join(format!("textures/{number}.png")),
                format!("texture {number}"),
            )
            .unwrap();
        }
        let large: Vec<u8> = (0..(3u32 << 20) + 9).map(|place| (place >> 18) as u8).collect();
        fs::write(scene.join("scene.blend"), large).unwrap();
        scene
    }

    /// The scene as the coordinator's content.
    pub(super) fn posted(&self) -> String {
        let imported = self
            .remote
            .blocks
            .import_path(&self.scene(), &mut |_| {}, &|| false)
            .unwrap();
        imported.root.to_string()
    }

    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn admit(
    State(remote): State<Arc<Remote>>,
    headers: HeaderMap,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let busy = remote
        .busy
        .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
        .is_ok();
    if busy {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let expected = format!("Bearer {}", remote.token.lock().unwrap());
    match headers.get("authorization") {
        Some(found) if *found == *expected => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn cids(value: &Value) -> Vec<Cid> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|text| parse_cid(text.as_str().unwrap()).unwrap()).collect()
}

async fn have(State(remote): State<Arc<Remote>>, Json(request): Json<Value>) -> Json<Value> {
    let mut held = cids(&request["cids"]);
    held.retain(|cid| remote.blocks.has(cid));
    Json(json!({ "held": held.iter().map(Cid::to_string).collect::<Vec<_>>() }))
}

async fn receive(State(remote): State<Arc<Remote>>, body: Bytes) -> Response {
    if remote.full.load(SeqCst) {
        return StatusCode::INSUFFICIENT_STORAGE.into_response();
    }
    let content = remote.blocks.import_car(&mut &body[..]).unwrap();
    remote.received.fetch_add(content.blocks.len() as u32, SeqCst);
    let texts = |cids: &[Cid]| cids.iter().map(Cid::to_string).collect::<Vec<_>>();
    Json(json!({ "roots": texts(&content.roots), "blocks": texts(&content.blocks) })).into_response()
}

async fn pin(State(remote): State<Arc<Remote>>, Json(request): Json<Value>) -> Response {
    let root = parse_cid(request["root"].as_str().unwrap()).unwrap();
    if !remote.blocks.missing_blocks(&root, 1).unwrap().is_empty() {
        let error = json!({ "error": { "code": "content_missing", "message": "something is missing" } });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response();
    }
    remote.blocks.pin(&root).unwrap();
    Json(json!({ "root": root.to_string(), "pinned": true })).into_response()
}

async fn gateway(
    State(remote): State<Arc<Remote>>,
    UrlPath(cid): UrlPath<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let cid = parse_cid(&cid).unwrap();
    if !remote.blocks.has(&cid) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if query["format"] == "raw" {
        remote.raw_sent.fetch_add(1, SeqCst);
        let lie = remote.false_block.lock().unwrap().clone();
        return lie.unwrap_or_else(|| remote.blocks.get(&cid).unwrap()).into_response();
    }
    remote.cars_sent.fetch_add(1, SeqCst);
    let mut stream = car::header(&[cid]);
    let mood = remote.car.lock().unwrap().clone();
    if let Cars::Smuggled(data) = &mood {
        car::append_block(&mut stream, &raw_cid(data), data);
    }
    for block in remote.blocks.tree_blocks(&cid).unwrap() {
        car::append_block(&mut stream, &block.cid, &remote.blocks.get(&block.cid).unwrap());
    }
    match mood {
        Cars::Refused => StatusCode::NOT_IMPLEMENTED.into_response(),
        Cars::Cut(length) => Body::from(stream[..length].to_vec()).into_response(),
        Cars::Whole | Cars::Smuggled(_) => Body::from(stream).into_response(),
    }
}

/// A store that knows the coordinator at `base` and nobody else.
pub(super) fn coordinator_only(blocks: BlockStore, base: &str, tokens: Tokens) -> TieredContent {
    let coordinator = CoordinatorTier {
        base: base.to_owned(),
        tokens: Arc::new(tokens),
        read: TierUse::On,
        write: TierUse::On,
    };
    let settings = TierSettings {
        coordinator: Some(coordinator),
        ..TierSettings::default()
    };
    TieredContent::with_limits(blocks, &settings, quick()).unwrap()
}
