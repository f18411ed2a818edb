//! The launchers themselves: a node that was killed comes back with what it had, at the same address.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};
use veriframe_peers::{Boxo, BoxoGateway, NodeKind, Profile, RpcNode, for_each_node};

fn post(url: &str, path: &str, kind: &str, body: &[u8]) -> String {
    ask("POST", url, path, kind, body)
}

/// The answer with its headers; the connection is closed by the other side.
fn ask(method: &str, url: &str, path: &str, kind: &str, body: &[u8]) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    connection.write_all(body).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

for_each_node!(a_killed_node_comes_back);

fn a_killed_node_comes_back(kind: NodeKind) {
    let folder = tempfile::tempdir().unwrap();
    let mut node = RpcNode::start(kind, &folder.path().join("repo"));
    let (api, gateway) = (node.api_url.clone(), node.gateway_url.clone());
    let form = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"h\"\r\n\
        Content-Type: application/octet-stream\r\n\r\nhello world\r\n--x--\r\n";
    let added = post(
        &api,
        "/api/v0/add?cid-version=1&raw-leaves=true&pin=true",
        "multipart/form-data; boundary=x",
        form,
    );
    assert!(added.contains("\"Hash\""), "{added}\n{}", node.log());

    node.kill();
    assert!(TcpStream::connect(api.strip_prefix("http://").unwrap()).is_err());
    node.restart();
    assert_eq!((&node.api_url, &node.gateway_url), (&api, &gateway));
    let cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    let read = post(&api, &format!("/api/v0/cat?arg={cid}"), "text/plain", b"");
    assert!(read.contains("hello world"), "{read}");
    let served = ask("GET", &gateway, &format!("/ipfs/{cid}"), "text/plain", b"");
    assert!(served.contains("hello world"), "{served}");
}

#[test]
fn boxo_stores_serves_and_answers() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (repo, other, car) = (
        folder.path().join("repo"),
        folder.path().join("other"),
        folder.path().join("x.car"),
    );
    let file = folder.path().join("hello");
    std::fs::write(&file, "hello world").unwrap();
    let root = boxo.add(&repo, Profile::V1In2025, &file);
    assert_eq!(
        root.to_string(),
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    );
    assert_eq!(
        boxo.add(&repo, Profile::LegacyV0, &file).to_string(),
        "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"
    );
    assert_eq!(boxo.cid(&file), root);
    assert_eq!(boxo.cids().of(&file), root);

    let shards = boxo.hamt(&repo, 600, 16);
    boxo.export(&repo, &shards, &car);
    assert_eq!(boxo.import(&other, &car), [shards]);
    assert_eq!(boxo.has(&other, &[shards, root]), [true, false]);

    let (identity, linked) = (boxo.identity(&repo), boxo.cbor(&repo));
    assert_eq!(boxo.has(&repo, &[identity.stored, linked.file]), [true, true]);
    let mut gateway = BoxoGateway::start(&boxo, &repo);
    for (path, content) in [
        (format!("/ipfs/{shards}/entry-00042.txt"), "entry 42"),
        (format!("/ipfs/{}/inline.txt", identity.folder), "inlined in its name"),
        (format!("/ipfs/{}?format=raw", linked.file), "linked from dag-cbor"),
    ] {
        let answer = ask("GET", &gateway.url, &path, "text/plain", b"");
        assert!(answer.ends_with(content), "{path}: {answer}");
    }
    gateway.kill();
    assert!(TcpStream::connect(gateway.url.strip_prefix("http://").unwrap()).is_err());
}
