//! The gateway tier against the gateway of boxo, the library that Kubo is made of.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::net::TcpListener;
use veriframe_ipfs::{
    BlockStore, Cid, ContentStore, cid_of_path,
    content::{Limits, TierSettings, TieredContent, no_progress},
};
use veriframe_peers::{Boxo, BoxoGateway, Profile};

const DEADLINE: Duration = Duration::from_mins(2);

fn client(folder: &Path, gateways: Vec<String>) -> TieredContent {
    let settings = TierSettings {
        gateways,
        ..TierSettings::default()
    };
    let limits = Limits {
        first_pause: Duration::ZERO,
        ..Limits::default()
    };
    TieredContent::with_limits(BlockStore::open(folder).unwrap(), &settings, limits).unwrap()
}

/// A folder of 42 blocks.
fn scene(folder: &Path) -> std::path::PathBuf {
    let scene = folder.join("scene");
    fs::create_dir_all(scene.join("textures")).unwrap();
    for number in 0..35 {
        fs::write(
            scene.join(format!("textures/{number} ü.png")),
            format!("texture {number}"),
        )
        .unwrap();
    }
    let large: Vec<u8> = (0..(3u32 << 20) + 9).map(|place| (place >> 18) as u8).collect();
    fs::write(scene.join("scene.blend"), large).unwrap();
    scene
}

async fn get(folder: &Path, gateways: Vec<String>, root: &Cid, name: &str) {
    let content = client(&folder.join(format!("{name} store")), gateways);
    let out = folder.join(name);
    let text = root.to_string();
    let got = content.get_tree(&text, None, &out, no_progress());
    tokio::time::timeout(DEADLINE, got).await.unwrap().unwrap();
    assert_eq!(cid_of_path(&out).unwrap(), *root);
}

#[tokio::test]
async fn a_tree_comes_as_a_car_and_by_raw_blocks() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (repo, scene) = (folder.path().join("repo"), scene(folder.path()));
    let root = boxo.add(&repo, Profile::V1In2025, &scene);
    assert_eq!(root, cid_of_path(&scene).unwrap());
    let gateway = BoxoGateway::start(&boxo, &repo);
    for with_cars in [true, false] {
        let proxy = GatewayProxy::start(&gateway.url, with_cars).await;
        let name = format!("cars {with_cars}");
        get(folder.path(), vec![proxy.url.clone()], &root, &name).await;
        let asked = (proxy.raw.load(SeqCst), proxy.cars.load(SeqCst));
        // One question for the root, then one for the rest of it; or one for each block.
        assert_eq!(asked, if with_cars { (1, 1) } else { (42, 1) });
    }
}

#[tokio::test]
async fn a_gateway_that_is_gone_is_passed_over() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (repo, scene) = (folder.path().join("repo"), scene(folder.path()));
    let root = boxo.add(&repo, Profile::V1In2025, &scene);
    let mut gone = BoxoGateway::start(&boxo, &repo);
    gone.kill();
    let gateway = BoxoGateway::start(&boxo, &repo);
    get(folder.path(), vec![gone.url.clone(), gateway.url.clone()], &root, "out").await;
}

/// Counts, and may refuse CARs.
struct GatewayProxy {
    url: String,
    raw: AtomicUsize,
    cars: AtomicUsize,
    with_cars: bool,
    gateway: String,
}

impl GatewayProxy {
    async fn start(gateway: &str, with_cars: bool) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            raw: AtomicUsize::default(),
            cars: AtomicUsize::default(),
            with_cars,
            gateway: gateway.to_owned(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&proxy));
        // Ends with the runtime of the test.
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }
}

async fn pass(State(proxy): State<Arc<GatewayProxy>>, request: Request) -> Response {
    let target = request.uri().path_and_query().unwrap().to_string();
    let is_car = target.contains("format=car");
    if is_car { &proxy.cars } else { &proxy.raw }.fetch_add(1, SeqCst);
    if is_car && !proxy.with_cars {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    }
    let asked = reqwest::Client::new().get(format!("{}{target}", proxy.gateway));
    let accept = request.headers()["accept"].clone();
    let answer = asked.header("accept", accept).send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    (
        status,
        [("content-type", kind)],
        Body::from_stream(answer.bytes_stream()),
    )
        .into_response()
}
