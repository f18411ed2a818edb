//! The client against a coordinator on a real socket, in its good and bad moods.

mod hostile;
mod pinning;
mod remote;

use super::*;
use crate::{
    BlockStore, ExportError, TreeError,
    block::{DAG_PB, raw_cid},
    cid_of_path, parse_cid,
};
use remote::{Cars, Setup, Tokens, coordinator_only};
use std::{
    fs,
    sync::{Mutex, atomic::Ordering::SeqCst},
};
use tokio::net::TcpListener;

/// Why the first source was of no use.
fn reason(error: &ContentError) -> &ContentError {
    match error {
        ContentError::Nowhere { reasons, .. } | ContentError::Unpublished { reasons, .. } => &reasons[0].why,
        error => error,
    }
}

#[tokio::test]
async fn a_tree_goes_from_one_computer_to_another() {
    let setup = Setup::new().await;
    let scene = setup.scene();
    let (_, artist) = setup.client("artist");
    let seen = Arc::new(Mutex::new(Progress::default()));
    let sink: ProgressSink = {
        let seen = seen.clone();
        Arc::new(move |progress| *seen.lock().unwrap() = progress)
    };
    let imported = artist.put_path(&scene, None, sink.clone()).await.unwrap();
    let root = imported.root.to_string();
    assert_eq!(imported.root, cid_of_path(&scene).unwrap());
    assert_eq!(setup.remote.blocks.pins().unwrap(), [imported.root]);
    let sent = *seen.lock().unwrap();
    assert!(sent.done == sent.total && sent.total > imported.bytes);
    assert_eq!(setup.remote.received.load(SeqCst), 13);

    let (_, worker) = setup.client("worker");
    assert!(worker.has_tree(&root).await.unwrap());
    assert!(!worker.has_tree(&raw_cid(b"unknown").to_string()).await.unwrap());
    worker.get_tree(&root, None, &setup.place("out"), sink).await.unwrap();
    assert_eq!(cid_of_path(&setup.place("out")).unwrap(), imported.root);
    // One question for the root, one CAR for the rest.
    assert_eq!(
        (setup.remote.raw_sent.load(SeqCst), setup.remote.cars_sent.load(SeqCst)),
        (1, 1)
    );
    // What is here is not fetched again, and a folder that exists is not touched.
    worker
        .get_tree(&root, None, &setup.place("again"), no_progress())
        .await
        .unwrap();
    assert_eq!(setup.remote.raw_sent.load(SeqCst), 1);
    let exists = worker.get_tree(&root, None, &setup.place("out"), no_progress()).await;
    assert!(matches!(exists, Err(ContentError::Export(ExportError::Exists { .. }))));

    let frame = worker
        .put_path(&scene.join("textures/3.png"), None, no_progress())
        .await
        .unwrap();
    let read = artist.read_file(&frame.root.to_string(), 100).await.unwrap();
    assert_eq!(read, b"texture 3");
}

#[tokio::test]
async fn only_what_is_new_is_sent_and_fetched() {
    let setup = Setup::new().await;
    let scene = setup.scene();
    let (_, artist) = setup.client("artist");
    let (_, worker) = setup.client("worker");
    let first = artist.put_path(&scene, None, no_progress()).await.unwrap();
    worker
        .get_tree(&first.root.to_string(), None, &setup.place("one"), no_progress())
        .await
        .unwrap();
    fs::write(scene.join("textures/0.png"), b"another").unwrap();
    let before = setup.remote.received.load(SeqCst);
    let raw_before = setup.remote.raw_sent.load(SeqCst);
    let second = artist.put_path(&scene, None, no_progress()).await.unwrap();
    // The texture, its folder, the root.
    assert_eq!(setup.remote.received.load(SeqCst) - before, 3);
    worker
        .get_tree(&second.root.to_string(), None, &setup.place("two"), no_progress())
        .await
        .unwrap();
    assert_eq!(setup.remote.raw_sent.load(SeqCst) - raw_before, 3);
    assert_eq!(setup.remote.cars_sent.load(SeqCst), 1);
    assert_eq!(cid_of_path(&setup.place("two")).unwrap(), second.root);
}

#[tokio::test]
async fn a_transfer_that_broke_off_goes_on() {
    let setup = Setup::new().await;
    let root = setup.posted();
    // Somewhere in the second chunk of the large file.
    *setup.remote.car.lock().unwrap() = Cars::Cut(3 << 19);
    let (_, worker) = setup.client("worker");
    worker
        .get_tree(&root, None, &setup.place("out"), no_progress())
        .await
        .unwrap();
    assert_eq!(cid_of_path(&setup.place("out")).unwrap().to_string(), root);
    let raw = setup.remote.raw_sent.load(SeqCst);
    assert!(raw > 1 && raw < 13, "{raw} blocks were fetched singly");
}

#[tokio::test]
async fn a_gateway_without_cars_is_enough() {
    let setup = Setup::new().await;
    let root = setup.posted();
    *setup.remote.car.lock().unwrap() = Cars::Refused;
    let (_, worker) = setup.client("worker");
    worker
        .get_tree(&root, None, &setup.place("out"), no_progress())
        .await
        .unwrap();
    assert_eq!(setup.remote.raw_sent.load(SeqCst), 13);
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_kept() {
    let setup = Setup::new().await;
    let root = setup.posted();
    *setup.remote.car.lock().unwrap() = Cars::Smuggled(b"contraband".to_vec());
    let (blocks, worker) = setup.client("worker");
    let error = worker
        .get_tree(&root, None, &setup.place("out"), no_progress())
        .await
        .unwrap_err();
    assert!(
        matches!(reason(&error), ContentError::Wrong(cid) if *cid == raw_cid(b"contraband")),
        "{error}"
    );
    assert!(!blocks.has(&raw_cid(b"contraband")));
    assert!(!setup.place("out").exists());
}

#[tokio::test]
async fn a_false_block_is_not_kept() {
    let setup = Setup::new().await;
    let root = setup.posted();
    for lie in [b"something else".to_vec(), Vec::new(), vec![0; 5 << 20]] {
        let (blocks, worker) = setup.client("worker");
        *setup.remote.false_block.lock().unwrap() = Some(lie);
        let error = worker
            .get_tree(&root, None, &setup.place("out"), no_progress())
            .await
            .unwrap_err();
        assert!(matches!(reason(&error), ContentError::Wrong(_)), "{error}");
        assert!(!blocks.has(&parse_cid(&root).unwrap()));
    }
}

#[tokio::test]
async fn a_short_trouble_is_ridden_out() {
    let setup = Setup::new().await;
    let root = setup.posted();
    let (_, worker) = setup.client("worker");
    setup.remote.busy.store(2, SeqCst);
    worker
        .get_tree(&root, None, &setup.place("out"), no_progress())
        .await
        .unwrap();

    setup.remote.busy.store(3, SeqCst);
    let missing = raw_cid(b"x").to_string();
    let error = worker.read_file(&missing, 10).await.unwrap_err();
    assert!(
        matches!(reason(&error), ContentError::Refused { status: 503, .. }) && error.is_transient(),
        "{error}"
    );
    let error = worker.read_file(&missing, 10).await.unwrap_err();
    assert!(
        matches!(reason(&error), ContentError::NotFound(_)) && !error.is_transient(),
        "{error}"
    );
}

#[tokio::test]
async fn an_old_token_is_renewed_once() {
    let setup = Setup::new().await;
    let (_, artist) = setup.client_with_token("artist", "old");
    artist.put_path(&setup.scene(), None, no_progress()).await.unwrap();
    *setup.remote.token.lock().unwrap() = "none".into();
    let error = artist.put_path(&setup.scene(), None, no_progress()).await.unwrap_err();
    assert!(matches!(error, ContentError::Refused { status: 401, .. }), "{error}");
}

#[tokio::test]
async fn a_full_coordinator_is_told_apart() {
    let setup = Setup::new().await;
    setup.remote.full.store(true, SeqCst);
    let (_, artist) = setup.client("artist");
    let error = artist.put_path(&setup.scene(), None, no_progress()).await.unwrap_err();
    assert!(matches!(error, ContentError::RemoteFull) && !error.is_no_space());
}

#[tokio::test]
async fn nobody_there() {
    let setup = Setup::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tokens = Tokens {
        current: Mutex::new("good".into()),
        next: "good".into(),
    };
    let blocks = BlockStore::open(setup.place("blocks")).unwrap();
    let content = coordinator_only(blocks, &base, tokens);
    let error = content.read_file(&raw_cid(b"x").to_string(), 10).await.unwrap_err();
    assert!(
        matches!(reason(&error), ContentError::Network(_)) && error.is_transient(),
        "{error}"
    );
    let error = content.read_file("nonsense", 10).await.unwrap_err();
    assert!(matches!(error, ContentError::Cid(_)));
}

#[tokio::test]
async fn the_shared_folder_does_the_same() {
    let setup = Setup::new().await;
    let scene = setup.scene();
    let settings = TierSettings {
        own: OwnStore::SharedWithCoordinator,
        ..TierSettings::default()
    };
    let content = TieredContent::new(setup.remote.blocks.clone(), &settings).unwrap();
    let imported = content.put_path(&scene, None, no_progress()).await.unwrap();
    let root = imported.root.to_string();
    assert_eq!(imported.root.codec(), DAG_PB);
    assert!(setup.remote.blocks.is_pinned(&imported.root));
    assert!(content.has_tree(&root).await.unwrap());
    content
        .get_tree(&root, None, &setup.place("out"), no_progress())
        .await
        .unwrap();
    assert_eq!(cid_of_path(&setup.place("out")).unwrap(), imported.root);
    let texture = cid_of_path(&scene.join("textures/1.png")).unwrap().to_string();
    assert_eq!(content.read_file(&texture, 100).await.unwrap(), b"texture 1");
    assert!(matches!(
        content.read_file(&texture, 3).await,
        Err(ContentError::Tree(TreeError::TooLarge { .. }))
    ));
    assert!(matches!(
        content.read_file(&root, 1000).await,
        Err(ContentError::Tree(TreeError::NotAFile(_)))
    ));
    let absent = content
        .get_tree(&raw_cid(b"x").to_string(), None, &setup.place("none"), no_progress())
        .await;
    assert!(matches!(absent, Err(ContentError::Nowhere { reasons, .. }) if reasons.is_empty()));
    assert!(!setup.place("none").exists());
}
