//! Gateways that lie, drip, flood, stall and lead astray. Whatever they do: the right bytes or a clear error.

use super::{remote::quick, *};
use crate::{
    block::raw_cid,
    car,
    content::{tests::remote::Setup, tiered::TierSettings},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path as UrlPath, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, stream};
use std::{collections::HashMap, io, net::IpAddr, sync::atomic::AtomicUsize, time::Duration};
use tokio::net::TcpListener;

#[derive(Clone)]
enum Mood {
    Honest,
    FlippedBit,
    Truncated,
    /// CARs lack the last block; raw blocks are not given.
    MissingChild,
    /// Raw blocks and CARs that never end.
    Flood,
    Repeated,
    Stalled,
    Dripping,
    HugeHeaders,
    Redirect(String),
}

struct Bad {
    blocks: BlockStore,
    mood: Mood,
    asked: AtomicUsize,
}

async fn gateway(mood: Mood, blocks: &BlockStore, host: &str) -> (String, Arc<Bad>) {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bad = Arc::new(Bad {
        blocks: blocks.clone(),
        mood,
        asked: AtomicUsize::default(),
    });
    let router = Router::new().route("/ipfs/{cid}", get(answer)).with_state(bad.clone());
    // Ends with the runtime of the test.
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, bad)
}

async fn answer(
    State(bad): State<Arc<Bad>>,
    UrlPath(text): UrlPath<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    bad.asked.fetch_add(1, SeqCst);
    let cid = parse_cid(&text).unwrap();
    if !bad.blocks.has(&cid) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let block = bad.blocks.get(&cid).unwrap();
    let is_raw = query["format"] == "raw";
    let mut tree: Vec<_> = bad
        .blocks
        .tree_blocks(&cid)
        .unwrap()
        .into_iter()
        .map(|block| block.cid)
        .collect();
    if let Mood::MissingChild = bad.mood {
        if is_raw {
            return StatusCode::NOT_FOUND.into_response();
        }
        tree.pop();
    }
    let mut whole = car::header(&[cid]);
    for cid in tree {
        car::append_block(&mut whole, &cid, &bad.blocks.get(&cid).unwrap());
    }
    let mut honest = if is_raw { block.clone() } else { whole };
    let endless = |first: Vec<u8>, again: Vec<u8>| {
        let again = Bytes::from(again);
        let rest = stream::repeat_with(move || Ok::<_, io::Error>(again.clone()));
        Body::from_stream(stream::iter([Ok(Bytes::from(first))]).chain(rest)).into_response()
    };
    match &bad.mood {
        Mood::FlippedBit => *honest.last_mut().unwrap() ^= 1,
        Mood::Truncated => honest.truncate(honest.len() / 2),
        Mood::Flood => return endless(Vec::new(), vec![7; 64 << 10]),
        Mood::Repeated if !is_raw => {
            let mut again = Vec::new();
            car::append_block(&mut again, &cid, &block);
            return endless([car::header(&[cid]), again.clone()].concat(), again);
        }
        Mood::Stalled => std::future::pending().await,
        Mood::Dripping => {
            // Slowness is what this one is: no wait for anything.
            let slow = stream::iter(honest).then(|byte| async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, io::Error>(vec![byte])
            });
            return Body::from_stream(slow).into_response();
        }
        Mood::HugeHeaders => return ([("x-large", "x".repeat(2 << 20))], honest).into_response(),
        Mood::Redirect(to) => {
            let to = to.replace("CID", &text);
            return (StatusCode::FOUND, [("location", to)]).into_response();
        }
        Mood::Honest | Mood::MissingChild | Mood::Repeated => {}
    }
    honest.into_response()
}

fn limits() -> Limits {
    Limits {
        window: Duration::from_millis(300),
        hedge: Duration::from_millis(50),
        repeated_bytes: 1 << 20,
        ..quick()
    }
}

fn worker(setup: &Setup, name: &str, gateways: Vec<String>, limits: Limits) -> TieredContent {
    let settings = TierSettings {
        gateways,
        ..TierSettings::default()
    };
    let blocks = BlockStore::open(setup.place(name)).unwrap();
    TieredContent::with_limits(blocks, &settings, limits).unwrap()
}

/// Alone a bad source gives an error and no file; beside an honest one, the right bytes.
async fn survived(mood: Mood) -> Arc<ContentError> {
    let setup = Setup::new().await;
    let root = setup.posted();
    let (bad, seen) = gateway(mood, &setup.remote.blocks, "127.0.0.1").await;
    let (good, _) = gateway(Mood::Honest, &setup.remote.blocks, "127.0.0.1").await;
    let alone = worker(&setup, "alone", vec![bad.clone()], limits());
    let error = within(alone.get_tree(&root, None, &setup.place("none"), no_progress()))
        .await
        .unwrap_err();
    assert!(!setup.place("none").exists());
    for cid in alone.own().tree_blocks(&parse_cid(&root).unwrap()).unwrap() {
        assert!(cid.size.is_none() || alone.own().get(&cid.cid).is_ok());
    }
    let ContentError::Nowhere { reasons, .. } = error else {
        panic!("{error}")
    };
    if reasons[0].why.is_lie() {
        // It is not asked again, whatever for.
        let before = seen.asked.load(SeqCst);
        within(alone.get_tree(&root, None, &setup.place("none"), no_progress()))
            .await
            .unwrap_err();
        assert_eq!(seen.asked.load(SeqCst), before);
    }
    let both = worker(&setup, "both", vec![bad, good], limits());
    within(both.get_tree(&root, None, &setup.place("out"), no_progress()))
        .await
        .unwrap();
    assert_eq!(cid_of_path(&setup.place("out")).unwrap().to_string(), root);
    Arc::clone(&reasons[0].why)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), future)
        .await
        .expect("it takes too long")
}

#[tokio::test]
async fn a_flipped_bit() {
    assert!(matches!(*survived(Mood::FlippedBit).await, ContentError::Wrong(_)));
}

#[tokio::test]
async fn a_truncation() {
    assert!(matches!(*survived(Mood::Truncated).await, ContentError::Wrong(_)));
}

#[tokio::test]
async fn a_missing_child() {
    assert!(matches!(*survived(Mood::MissingChild).await, ContentError::NotFound(_)));
}

#[tokio::test]
async fn a_flood() {
    assert!(survived(Mood::Flood).await.is_lie());
}

#[tokio::test]
async fn a_stall_and_a_drip() {
    assert!(matches!(*survived(Mood::Stalled).await, ContentError::Stalled));
    assert!(matches!(*survived(Mood::Dripping).await, ContentError::Stalled));
}

#[tokio::test]
async fn huge_headers() {
    let error = survived(Mood::HugeHeaders).await;
    // On a busy machine the reading of them may take longer than the window.
    assert!(
        matches!(*error, ContentError::Network(_) | ContentError::Stalled),
        "{error}"
    );
}

#[tokio::test]
async fn a_loop_of_redirects() {
    let error = survived(Mood::Redirect("/ipfs/CID?format=raw".into())).await;
    assert!(matches!(*error, ContentError::Redirect(RedirectProblem::TooMany)));
}

#[tokio::test]
async fn a_car_that_repeats_itself_is_left_and_its_source_too() {
    let setup = Setup::new().await;
    let root = setup.posted();
    let (bad, _) = gateway(Mood::Repeated, &setup.remote.blocks, "127.0.0.1").await;
    let content = worker(&setup, "alone", vec![bad], limits());
    let error = within(content.get_tree(&root, None, &setup.place("none"), no_progress()))
        .await
        .unwrap_err();
    assert!(matches!(reason(&error), ContentError::TooMuch), "{error}");
}

/// Of the loopback addresses, 127.0.0.1 stands for the open network here.
fn all_but_the_first(address: IpAddr) -> bool {
    address != IpAddr::from([127, 0, 0, 1])
}

#[tokio::test]
async fn redirects_lead_on_but_not_inward() {
    let setup = Setup::new().await;
    let root = setup.posted();
    let limits = Limits {
        is_internal: all_but_the_first,
        ..limits()
    };
    for (host, is_allowed) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let (goal, seen) = gateway(Mood::Honest, &setup.remote.blocks, host).await;
        let to = format!("{goal}/ipfs/CID?format=raw");
        let (first, _) = gateway(Mood::Redirect(to), &setup.remote.blocks, "127.0.0.1").await;
        let content = worker(&setup, host, vec![first], limits.clone());
        let texture = cid_of_path(&setup.place("scene/textures/1.png")).unwrap();
        let got = within(content.read_file(&texture.to_string(), 100)).await;
        if is_allowed {
            assert_eq!(got.unwrap(), b"texture 1");
        } else {
            let error = got.unwrap_err();
            assert!(
                matches!(reason(&error), ContentError::Redirect(RedirectProblem::Inward)),
                "{error}"
            );
            assert_eq!(seen.asked.load(SeqCst), 0);
        }
    }
    assert!(parse_cid(&root).is_ok());
}

#[tokio::test]
async fn a_root_that_nobody_has() {
    let setup = Setup::new().await;
    setup.posted();
    let (one, _) = gateway(Mood::Honest, &setup.remote.blocks, "127.0.0.1").await;
    let (two, _) = gateway(Mood::Honest, &setup.remote.blocks, "127.0.0.1").await;
    let content = worker(&setup, "alone", vec![one, two], limits());
    let root = raw_cid(b"nobody has this");
    let error = within(content.get_tree(&root.to_string(), None, &setup.place("none"), no_progress()))
        .await
        .unwrap_err();
    let ContentError::Nowhere { root: named, reasons } = &error else {
        panic!("{error}")
    };
    assert_eq!((**named, reasons.len()), (root, 2));
    assert!(!error.is_transient() && !setup.place("none").exists());
}
