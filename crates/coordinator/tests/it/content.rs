use crate::support::{Client, World};
use reqwest::Method;
use serde_json::{Value, json};
use veriframe_ipfs::{Cid, block::raw_cid, car};
use veriframe_wire::{
    ErrorCode,
    content::{CarResponse, HaveResponse, PinResponse},
};

fn shard(blocks: &[(Cid, &[u8])]) -> Vec<u8> {
    let mut bytes = car::header(&[blocks[0].0]);
    for (cid, data) in blocks {
        car::append_block(&mut bytes, cid, data);
    }
    bytes
}

async fn upload(client: &Client, bytes: Vec<u8>) -> Result<CarResponse, ErrorCode> {
    let request = client.request(Method::POST, "/content/car").body(bytes);
    client.send(request).await.map_err(|refused| refused.code)
}

#[tokio::test]
async fn blocks_come_in_as_cars_and_go_out_again() {
    let world = World::start().await;
    let me = world.client().await;
    let (a, b) = (raw_cid(b"first"), raw_cid(b"second"));
    let held = upload(&me, shard(&[(a, b"first"), (b, b"second")])).await.unwrap();
    assert_eq!(
        (held.roots, held.blocks),
        (vec![a.to_string()], vec![a.to_string(), b.to_string()])
    );
    let missing = raw_cid(b"third");
    let question = json!({ "cids": [a.to_string(), missing.to_string()] });
    let have: HaveResponse = me.post("/content/have", &question).await.unwrap();
    assert_eq!(have.held, [a.to_string()]);

    // Nothing goes out that nobody asked to keep.
    for root in [a, b] {
        let _: PinResponse = me
            .post("/content/pins", &json!({ "root": root.to_string() }))
            .await
            .unwrap();
    }
    let raw = reqwest::get(me.url(&format!("/ipfs/{a}?format=raw"))).await.unwrap();
    assert_eq!(raw.headers()["content-type"], "application/vnd.ipld.raw");
    assert_eq!(raw.bytes().await.unwrap(), "first");
    let tree = reqwest::get(me.url(&format!("/ipfs/{b}?format=car")))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(tree, shard(&[(b, b"second")]));
    let nothing = reqwest::get(me.url(&format!("/ipfs/{missing}?format=raw")))
        .await
        .unwrap();
    assert_eq!(nothing.status(), 404);
    assert_eq!(reqwest::get(me.url("/ipfs/nonsense")).await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_corrupted_car_is_refused() {
    let world = World::start().await;
    let me = world.client().await;
    let cid = raw_cid(b"honest");
    assert_eq!(
        upload(&me, shard(&[(cid, b"forged")])).await,
        Err(ErrorCode::ContentCorrupt)
    );
    assert!(!world.blocks.has(&cid));
    let mut cut = shard(&[(cid, b"honest")]);
    cut.truncate(cut.len() - 1);
    assert_eq!(upload(&me, cut).await, Err(ErrorCode::ContentCorrupt));
    assert_eq!(upload(&me, b"not a car".to_vec()).await, Err(ErrorCode::ContentCorrupt));
    let stranger = Client::anonymous(&world.running.url());
    assert_eq!(
        upload(&stranger, shard(&[(cid, b"honest")])).await,
        Err(ErrorCode::Unauthenticated)
    );
}

#[tokio::test]
async fn a_tree_is_pinned_when_it_is_whole() {
    let world = World::start().await;
    let me = world.client().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("textures")).unwrap();
    std::fs::write(folder.path().join("scene.blend"), vec![7; 3 << 20]).unwrap();
    std::fs::write(folder.path().join("textures/wood.png"), b"wood").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let theirs = veriframe_ipfs::BlockStore::open(elsewhere.path()).unwrap();
    let root = theirs.import_path(folder.path(), &mut |_| {}, &|| false).unwrap().root;

    let request = json!({ "root": root.to_string() });
    let blocks: Vec<Cid> = theirs
        .tree_blocks(&root)
        .unwrap()
        .iter()
        .map(|block| block.cid)
        .collect();
    let mut sent = Vec::new();
    for (place, cid) in blocks.iter().enumerate() {
        let pin: PinResponse = me.post("/content/pins", &request).await.unwrap();
        assert!(!pin.pinned && !pin.missing.is_empty(), "after {place} blocks");
        let refused = me
            .post::<Value>("/jobs", &Client::job(&root.to_string(), "1"))
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::ContentMissing);
        sent.push(theirs.get(cid).unwrap());
        upload(&me, shard(&[(*cid, &sent[place])])).await.unwrap();
    }
    let pin: PinResponse = me.post("/content/pins", &request).await.unwrap();
    assert!(pin.pinned && world.blocks.is_pinned(&root));
    me.post_job(&Client::job(&root.to_string(), "1")).await;
}

#[tokio::test]
async fn large_requests_are_refused() {
    let world = World::start().await;
    let me = world.client().await;
    let request = json!({ "cids": vec!["bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"; 20_000] });
    let refused = me.post::<Value>("/content/have", &request).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooLarge);
    let request = json!({ "cids": vec!["b"; 10_001] });
    assert_eq!(
        me.post::<Value>("/content/have", &request).await.unwrap_err().code,
        ErrorCode::InvalidRequest
    );
    // A shard may be larger than JSON may.
    let big = vec![1; 1 << 20];
    let mut bytes = car::header(&[raw_cid(&big)]);
    car::append_block(&mut bytes, &raw_cid(&big), &big);
    let other = vec![2; 1 << 20];
    car::append_block(&mut bytes, &raw_cid(&other), &other);
    assert_eq!(upload(&me, bytes).await.unwrap().blocks.len(), 2);
}
