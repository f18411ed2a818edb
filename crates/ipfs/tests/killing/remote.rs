//! The other side: keeps content as a coordinator does and gives it out as a gateway does, counts, and stops in the
//! middle when it is told to.

use super::blocks_in;
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path as UrlPath, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{runtime::Runtime, sync::watch};
use veriframe_ipfs::{BlockStore, Cid, car, parse_cid};

/// For whatever is still under way after a program was killed.
const DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of a CAR that go out at once.
const PIECE: usize = 16 << 10;

/// Where this side stops, counted from when it was armed.
#[derive(Debug, Clone, Copy)]
pub enum Trip {
    /// Bytes of CARs received, or of blocks and CARs sent.
    Bytes(u64),
    /// Before this request, from 1, is looked at.
    Request(u64),
    /// When this request was served, before it is answered.
    Answer(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cars {
    Given,
    Refused,
}

pub struct Remote {
    pub url: String,
    pub store: PathBuf,
    shared: Arc<Shared>,
    // Dropped last: it waits for work on the store.
    runtime: Runtime,
}

struct Shared {
    blocks: BlockStore,
    counts: Mutex<Counts>,
    /// What is under way, a stop included.
    busy: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

#[derive(Default)]
struct Counts {
    bytes: u64,
    requests: u64,
    answers: u64,
    armed: Option<(Trip, Box<dyn FnOnce() + Send>)>,
    gives_no_cars: bool,
    /// Blocks that need not be sent, for whoever has or gets them.
    known: HashSet<String>,
    /// Those that were sent all the same.
    repeated: Vec<Cid>,
}

impl Remote {
    pub fn start(store: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let shared = Arc::new(Shared {
            blocks: BlockStore::open(store).unwrap(),
            counts: Mutex::default(),
            busy: watch::Sender::new(0),
            released: watch::Sender::new(true),
        });
        let router = Router::new()
            .route("/api/v1/content/have", post(have))
            .route("/api/v1/content/car", post(receive))
            .route("/api/v1/content/pins", post(pin))
            .route("/ipfs/{cid}", get(give))
            .with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        // Ends with the runtime.
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            store: store.to_owned(),
            shared,
            runtime,
        }
    }

    pub fn blocks(&self) -> &BlockStore {
        &self.shared.blocks
    }

    /// Stops at `trip`, once, and tells it.
    pub fn arm(&self, trip: Trip, tell: impl FnOnce() + Send + 'static) {
        self.shared.released.send_replace(false);
        let mut counts = self.shared.counts();
        (counts.bytes, counts.requests, counts.answers) = (0, 0, 0);
        counts.armed = Some((trip, Box::new(tell)));
    }

    /// Goes on, and returns when all that was under way is done.
    pub fn release(&self) {
        self.shared.counts().armed = None;
        self.shared.released.send_replace(true);
        let mut busy = self.shared.busy.subscribe();
        let idle = async {
            tokio::time::timeout(DEADLINE, busy.wait_for(|count| *count == 0))
                .await
                .map(drop)
        };
        self.runtime.block_on(idle).expect("work that comes to an end");
    }

    /// From here on, what is in this store is not to be sent, neither way.
    pub fn expect_none_of(&self, store: &Path) {
        self.shared.counts().known = blocks_in(store);
    }

    pub fn repeated(&self) -> Vec<Cid> {
        self.shared.counts().repeated.clone()
    }

    pub fn set_cars(&self, cars: Cars) {
        self.shared.counts().gives_no_cars = cars == Cars::Refused;
    }
}

impl Shared {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap()
    }

    fn begin(self: &Arc<Self>) -> Busy {
        self.busy.send_modify(|count| *count += 1);
        Busy(Arc::clone(self))
    }

    /// Counts; where it was to stop, it waits until it may go on.
    async fn pass(&self, count: impl FnOnce(&mut Counts) -> Trip) {
        {
            let mut counts = self.counts();
            let now = count(&mut counts);
            let is_there = counts.armed.as_ref().is_some_and(|(trip, _)| match (now, trip) {
                (Trip::Bytes(now), Trip::Bytes(at)) => now >= *at,
                (Trip::Request(now), Trip::Request(at)) | (Trip::Answer(now), Trip::Answer(at)) => now == *at,
                _ => false,
            });
            if !is_there {
                return;
            }
            let (_, tell) = counts.armed.take().unwrap();
            tell();
        }
        // Never an error: the sender is in here.
        let _ = self.released.subscribe().wait_for(|released| *released).await;
    }

    async fn arrive(&self) {
        let count = |counts: &mut Counts| {
            counts.requests += 1;
            Trip::Request(counts.requests)
        };
        self.pass(count).await;
    }

    async fn answer(&self) {
        let count = |counts: &mut Counts| {
            counts.answers += 1;
            Trip::Answer(counts.answers)
        };
        self.pass(count).await;
    }

    async fn count_bytes(&self, bytes: usize) {
        let count = |counts: &mut Counts| {
            counts.bytes += bytes as u64;
            Trip::Bytes(counts.bytes)
        };
        self.pass(count).await;
    }

    /// `cid` goes over the line.
    fn note(&self, cid: &Cid) {
        let name = Cid::new_v1(0x55, *cid.hash()).to_string();
        let mut counts = self.counts();
        if counts.known.contains(&name) {
            counts.repeated.push(*cid);
        }
    }
}

struct Busy(Arc<Shared>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|count| *count -= 1);
    }
}

/// Off the async threads, and to its end even when nobody waits for the answer any more.
async fn on_disk<T: Send + 'static>(busy: Busy, work: impl FnOnce(&BlockStore) -> T + Send + 'static) -> (T, Busy) {
    let work = move || {
        let result = work(&busy.0.blocks);
        (result, busy)
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn have(State(shared): State<Arc<Shared>>, Json(request): Json<Value>) -> Json<Value> {
    let busy = shared.begin();
    shared.arrive().await;
    let (held, _busy) = on_disk(busy, move |blocks| {
        let asked = request["cids"].as_array().unwrap().iter();
        let asked = asked.map(|text| text.as_str().unwrap().to_owned());
        asked
            .filter(|text| blocks.has(&parse_cid(text).unwrap()))
            .collect::<Vec<_>>()
    })
    .await;
    shared.answer().await;
    Json(json!({ "held": held }))
}

/// As the coordinator does: nothing of a shard that breaks off.
async fn receive(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let busy = shared.begin();
    shared.arrive().await;
    let mut pieces = body.into_data_stream();
    let mut shard = Vec::new();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        shard.extend_from_slice(&piece);
        shared.count_bytes(piece.len()).await;
    }
    let (content, _busy) = on_disk(busy, move |blocks| blocks.import_car(&mut &shard[..]).unwrap()).await;
    for cid in &content.blocks {
        shared.note(cid);
    }
    shared.answer().await;
    let texts = |cids: &[Cid]| cids.iter().map(Cid::to_string).collect::<Vec<_>>();
    Json(json!({ "roots": texts(&content.roots), "blocks": texts(&content.blocks) })).into_response()
}

async fn pin(State(shared): State<Arc<Shared>>, Json(request): Json<Value>) -> Json<Value> {
    let busy = shared.begin();
    shared.arrive().await;
    let root = parse_cid(request["root"].as_str().unwrap()).unwrap();
    let (missing, _busy) = on_disk(busy, move |blocks| {
        let missing = blocks.missing_blocks(&root, 1000).unwrap();
        if missing.is_empty() {
            blocks.pin(&root).unwrap();
        }
        missing
    })
    .await;
    shared.answer().await;
    let missing: Vec<_> = missing.iter().map(Cid::to_string).collect();
    Json(json!({ "root": root.to_string(), "pinned": missing.is_empty(), "missing": missing }))
}

async fn give(
    State(shared): State<Arc<Shared>>,
    UrlPath(cid): UrlPath<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let busy = shared.begin();
    shared.arrive().await;
    let cid = parse_cid(&cid).unwrap();
    if !shared.blocks.has(&cid) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if query["format"] == "raw" {
        shared.note(&cid);
        let (data, busy) = on_disk(busy, move |blocks| blocks.get(&cid).unwrap()).await;
        shared.answer().await;
        return paced(shared, busy, stream::iter([data]));
    }
    if shared.counts().gives_no_cars {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    }
    let blocks = shared.blocks.tree_blocks(&cid).unwrap();
    // Whoever asks for a CAR has its root, and every CAR begins with it.
    for block in &blocks[1..] {
        shared.note(&block.cid);
    }
    shared.answer().await;
    let sections = {
        let shared = Arc::clone(&shared);
        blocks.into_iter().map(move |block| {
            let mut section = Vec::new();
            car::append_block(&mut section, &block.cid, &shared.blocks.get(&block.cid).unwrap());
            section
        })
    };
    let body = stream::iter(std::iter::once(car::header(&[cid])).chain(sections));
    let answer = paced(shared, busy, body);
    ([("content-type", "application/vnd.ipld.car; version=1")], answer).into_response()
}

/// In small pieces, each counted before it goes.
fn paced(shared: Arc<Shared>, busy: Busy, data: impl stream::Stream<Item = Vec<u8>> + Send + 'static) -> Response {
    let busy = Arc::new(busy);
    let pieces = data.flat_map(|data| {
        let data = Bytes::from(data);
        stream::iter(
            (0..data.len())
                .step_by(PIECE)
                .map(move |at| data.slice(at..data.len().min(at + PIECE))),
        )
    });
    let counted = pieces.then(move |piece| {
        let (shared, busy) = (Arc::clone(&shared), Arc::clone(&busy));
        async move {
            shared.count_bytes(piece.len()).await;
            drop(busy);
            Ok::<_, io::Error>(piece)
        }
    });
    Body::from_stream(counted).into_response()
}
