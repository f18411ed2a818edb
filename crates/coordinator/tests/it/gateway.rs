//! The gateway on a real socket, without a peer: see `gateway_boxo` for the comparison.

use crate::support::World;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use std::fs;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use veriframe_ipfs::{
    Cid,
    block::{node_cid, parse_any_cid, raw_cid},
    car::{CarDecoder, CarItem},
};

struct Setup {
    world: World,
    http: reqwest::Client,
    root: Cid,
}

impl Setup {
    /// A folder with a small file and one of three blocks.
    async fn new() -> Self {
        let world = World::start().await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.txt"), b"first").unwrap();
        fs::write(folder.path().join("big.bin"), vec![5; (2 << 20) + 10]).unwrap();
        let root = world
            .blocks
            .import_path(folder.path(), &mut |_| {}, &|| false)
            .unwrap()
            .root;
        world.blocks.pin(&root).unwrap();
        Self {
            world,
            http: reqwest::Client::new(),
            root,
        }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = self
            .http
            .request(method, format!("{}/ipfs/{path}", self.world.running.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[]).await
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.get(path).await.status()
    }
}

fn blocks(car: &[u8]) -> Result<Vec<Cid>, veriframe_ipfs::car::CarError> {
    let mut decoder = CarDecoder::default();
    decoder.feed(car);
    let mut found = Vec::new();
    while let Some(item) = decoder.next_item()? {
        if let CarItem::Block(cid, data) = item {
            assert!(veriframe_ipfs::block::matches(&cid, &data));
            found.push(cid);
        }
    }
    decoder.finish()?;
    Ok(found)
}

#[tokio::test]
async fn a_block_and_what_is_said_about_it() {
    let setup = Setup::new().await;
    let root = setup.root;
    let answer = setup.get(&format!("{root}?format=raw")).await;
    let headers = answer.headers().clone();
    for (name, value) in [
        ("content-type", "application/vnd.ipld.raw".to_owned()),
        ("cache-control", "public, max-age=29030400, immutable".to_owned()),
        ("etag", format!("\"{root}.raw\"")),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-ipfs-path", format!("/ipfs/{root}")),
        ("x-ipfs-roots", root.to_string()),
        ("access-control-allow-origin", "*".to_owned()),
        (
            "content-disposition",
            format!("attachment; filename=\"{root}.bin\"; filename*=UTF-8''{root}.bin"),
        ),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    assert!(!headers.contains_key("content-location"));
    let length = headers["content-length"].clone();
    assert_eq!(node_cid(&answer.bytes().await.unwrap()), root);
    let head = setup.send(Method::HEAD, &format!("{root}?format=raw"), &[]).await;
    assert_eq!(
        (head.status(), &head.headers()["content-length"]),
        (StatusCode::OK, &length)
    );
    let accepted = setup
        .send(
            Method::GET,
            &root.to_string(),
            &[("accept", "application/vnd.ipld.raw")],
        )
        .await;
    assert_eq!(
        accepted.headers()["content-location"],
        format!("/ipfs/{root}?format=raw")
    );
    // Another name of the same block.
    let v0 = Cid::new_v0(*root.hash()).unwrap();
    let answer = setup.get(&format!("{v0}?format=raw")).await;
    assert_eq!(answer.headers()["etag"], format!("\"{v0}.raw\""));
    assert_eq!(node_cid(&answer.bytes().await.unwrap()), root);
}

#[tokio::test]
async fn a_car_has_what_was_asked_for_in_order() {
    let setup = Setup::new().await;
    let root = setup.root;
    let (chunk, end, small) = (raw_cid(&vec![5; 1 << 20]), raw_cid(&[5; 10]), raw_cid(b"first"));
    let big = setup.world.blocks.resolve(&root, "big.bin").unwrap().target;
    for (path, expected) in [
        ("?format=car", vec![root, small, big, chunk, end]),
        ("?format=car&car-dups=y", vec![root, small, big, chunk, chunk, end]),
        ("?format=car&dag-scope=entity", vec![root]),
        ("?format=car&dag-scope=block", vec![root]),
        ("/a.txt?format=car", vec![root, small]),
        ("/big.bin?format=car&dag-scope=block", vec![root, big]),
        (
            "/big.bin?format=car&dag-scope=entity&car-dups=y",
            vec![root, big, chunk, chunk, end],
        ),
        ("/big.bin?format=car&entity-bytes=0:9", vec![root, big, chunk]),
        ("/big.bin?format=car&entity-bytes=-5:*", vec![root, big, end]),
        (
            "/big.bin?format=car&entity-bytes=2097151:2097152",
            vec![root, big, chunk, end],
        ),
        (
            "/big.bin?format=car&entity-bytes=9:99999999",
            vec![root, big, chunk, end],
        ),
        // Nothing lies before the first byte, and between two bytes that stand side by side.
        ("/big.bin?format=car&entity-bytes=0:-99999999", vec![root, big]),
        ("?format=car&entity-bytes=9999:*", vec![root]),
    ] {
        let answer = setup.get(&format!("{root}{path}")).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["accept-ranges"], "none");
        assert!(
            answer.headers()["etag"]
                .to_str()
                .unwrap()
                .starts_with(&format!("W/\"{root}.car."))
        );
        assert_eq!(blocks(&answer.bytes().await.unwrap()).unwrap(), expected, "{path}");
    }
    let answer = setup.get(&format!("{root}/big.bin?format=car")).await;
    assert_eq!(answer.headers()["x-ipfs-roots"], format!("{root},{big}"));
    assert_eq!(
        answer.headers()["content-type"],
        "application/vnd.ipld.car; version=1; order=dfs; dups=n"
    );
    let head = setup.send(Method::HEAD, &format!("{root}?format=car"), &[]).await;
    assert_eq!(head.status(), 200);
    assert!(!head.headers().contains_key("content-length"));
    assert!(head.bytes().await.unwrap().is_empty());
    let accept = [("accept", "application/vnd.ipld.car; order=unk; dups=y")];
    let answer = setup.send(Method::GET, &root.to_string(), &accept).await;
    assert_eq!(
        answer.headers()["content-type"],
        "application/vnd.ipld.car; version=1; order=unk; dups=y"
    );
    let place = answer.headers()["content-location"].to_str().unwrap().to_owned();
    assert_eq!(place, format!("/ipfs/{root}?car-order=unk&car-dups=y&format=car"));
    let tag = answer.headers()["etag"].clone();
    let same = setup.get(place.strip_prefix("/ipfs/").unwrap()).await;
    assert_eq!(same.headers()["etag"], tag);
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let setup = Setup::new().await;
    let path = format!("{}/big.bin?format=car&entity-bytes=0:9", setup.root);
    let tag = setup.get(&path).await.headers()["etag"].to_str().unwrap().to_owned();
    for known in [tag.as_str(), &format!("\"x\", {tag}"), "*"] {
        let answer = setup.send(Method::GET, &path, &[("if-none-match", known)]).await;
        assert_eq!(
            (answer.status(), answer.headers()["etag"].to_str().unwrap()),
            (StatusCode::NOT_MODIFIED, &*tag)
        );
        assert!(answer.bytes().await.unwrap().is_empty());
    }
    for other in ["&car-dups=y", "&car-order=unk", "0", ""] {
        let path = if other.is_empty() {
            path.replace("entity-bytes=0:9", "dag-scope=entity")
        } else {
            format!("{path}{other}")
        };
        let answer = setup.send(Method::GET, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused() {
    let setup = Setup::new().await;
    let root = setup.root;
    let unknown = raw_cid(b"unknown");
    for (path, status) in [
        (format!("{root}"), 406),
        (format!("{root}?format=tar"), 406),
        (format!("{root}/a.txt"), 406),
        (format!("{root}/a.txt?format=raw"), 406),
        ("nonsense?format=raw".to_owned(), 400),
        (format!("{root}?format=car&dag-scope=some"), 400),
        (format!("{root}?format=car&entity-bytes=1"), 400),
        (format!("{root}?format=car&car-version=2"), 400),
        (format!("{root}/a.txt?format=car&entity-bytes=5:*"), 400),
        (format!("{root}/{}?format=car", "a/".repeat(300)), 400),
        (format!("{unknown}?format=raw"), 404),
        (format!("{unknown}?format=car"), 404),
        (format!("{root}/b.txt?format=car"), 404),
        (format!("{root}/a.txt/b?format=car"), 404),
        (format!("{root}/%2e%2e%2fa.txt?format=car"), 404),
    ] {
        let answer = setup.get(&path).await;
        assert_eq!(answer.status(), status, "{path}");
        let refusal: Value = answer.json().await.unwrap();
        assert!(refusal["error"]["message"].is_string());
        let head = setup.send(Method::HEAD, &path, &[]).await;
        assert_eq!(head.status(), status, "HEAD {path}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = setup.send(method, &format!("{root}?format=raw"), &[]).await;
        assert_eq!(answer.status(), 405);
    }
    // What a page of another origin asks first.
    let asks = [
        ("origin", "https://elsewhere.example"),
        ("access-control-request-method", "GET"),
    ];
    let answer = setup.send(Method::OPTIONS, &format!("{root}?format=raw"), &asks).await;
    assert_eq!(
        (answer.status(), &answer.headers()["access-control-allow-origin"]),
        (StatusCode::OK, &"*".parse().unwrap())
    );
}

#[tokio::test]
async fn an_inline_block_is_answered_by_anybody() {
    let setup = Setup::new().await;
    let probe = parse_any_cid("bafkqaaa").unwrap();
    let answer = setup.get(&format!("{probe}?format=raw")).await;
    assert_eq!(
        (answer.status(), answer.bytes().await.unwrap().len()),
        (StatusCode::OK, 0)
    );
    let answer = setup.get(&format!("{probe}?format=car")).await;
    assert_eq!(answer.bytes().await.unwrap(), veriframe_ipfs::car::header(&[probe]));
    assert_eq!(
        setup
            .send(Method::HEAD, "bafkqaaa", &[("accept", "application/vnd.ipld.raw")])
            .await
            .status(),
        200
    );
    let answer = setup.get("bafkqablimvwgy3y?format=raw").await;
    assert_eq!(answer.bytes().await.unwrap(), "hello");
}

#[tokio::test]
async fn a_tree_that_lacks_a_block_is_no_whole_car() {
    let setup = Setup::new().await;
    let end = raw_cid(&[5; 10]);
    let whole = setup
        .get(&format!("{}?format=car", setup.root))
        .await
        .bytes()
        .await
        .unwrap();
    let lost = setup.world.folder.path().join("blocks/blocks");
    let mut removed = 0;
    for shard in fs::read_dir(lost).unwrap() {
        for file in fs::read_dir(shard.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            if raw_cid(&fs::read(&file).unwrap()) == end {
                fs::remove_file(file).unwrap();
                removed += 1;
            }
        }
    }
    assert_eq!(removed, 1);
    let mut answer = setup.get(&format!("{}?format=car", setup.root)).await;
    assert_eq!(answer.status(), 200);
    let mut got = Vec::new();
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(piece)) => got.extend_from_slice(&piece),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken && got.len() < whole.len());
    assert_eq!(setup.status(&format!("{end}?format=raw")).await, 404);

    // HTTP/1.0 has no sign for a body that ends too early: what came must not pass for a CAR.
    let mut socket = TcpStream::connect(setup.world.running.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let ask = format!("GET /ipfs/{}?format=car HTTP/1.0\r\n\r\n", setup.root);
    socket.write_all(ask.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    socket.read_to_end(&mut got).await.unwrap();
    let head = got.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    assert!(got.starts_with(b"HTTP/1.0 200"));
    assert!(blocks(&got[head + 4..]).is_err());
}
