//! The Kubo tier against whole nodes that others wrote: js-ipfs, and Kubo where it is.

mod proxy;

use proxy::{Mood, Proxy};
use std::{
    collections::HashSet,
    fs,
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use veriframe_ipfs::{
    BlockStore, Cid, ContentError, ContentStore, cid_of_path,
    content::{
        KuboTier, Limits, TierSettings, TieredContent,
        kubo::{KuboRpc, probe},
        no_progress,
    },
};
use veriframe_peers::{NodeKind, RpcNode, for_each_node};

/// For one test as a whole; a node takes seconds to start on a busy machine.
const DEADLINE: Duration = Duration::from_mins(5);

for_each_node!(
    a_tree_goes_there_and_comes_back,
    the_node_tells_how_it_is,
    a_root_that_is_nowhere,
    what_was_acknowledged_is_not_sent_again,
    another_root_than_ours,
    bad_moods,
);

struct Setup {
    folder: TempDir,
    node: Arc<Mutex<RpcNode>>,
    proxy: Arc<Proxy>,
}

impl Setup {
    async fn new(kind: NodeKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("repo");
        let node = tokio::task::spawn_blocking(move || RpcNode::start(kind, &repo))
            .await
            .unwrap();
        let proxy = Proxy::start(&node.api_url).await;
        Self {
            folder,
            node: Arc::new(Mutex::new(node)),
            proxy,
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client(&self, name: &str) -> TieredContent {
        let settings = TierSettings {
            kubo: Some(KuboTier {
                api_url: self.proxy.url.clone(),
                auth: None,
            }),
            ..TierSettings::default()
        };
        let limits = Limits {
            first_pause: Duration::ZERO,
            // Longer than a node may look for one block.
            window: Duration::from_secs(10),
            settle: Duration::from_mins(2),
            ..Limits::default()
        };
        TieredContent::with_limits(BlockStore::open(self.place(name)).unwrap(), &settings, limits).unwrap()
    }

    async fn restart(&self) {
        let node = Arc::clone(&self.node);
        tokio::task::spawn_blocking(move || node.lock().unwrap().restart())
            .await
            .unwrap();
    }

    fn rpc(&self) -> KuboRpc {
        KuboRpc::new(&self.node.lock().unwrap().api_url, None, Limits::default()).unwrap()
    }

    /// Of these blocks, the ones that the node has, by its own word.
    async fn held(&self, blocks: &[Cid]) -> HashSet<Cid> {
        let url = self.node.lock().unwrap().api_url.clone();
        let client = reqwest::Client::new();
        let asked = blocks.iter().map(async |cid| {
            let url = format!("{url}/api/v0/block/stat?arg={cid}&offline=true&timeout=5s");
            let is_there = client.post(url).send().await.unwrap().status().is_success();
            is_there.then_some(*cid)
        });
        futures_util::future::join_all(asked)
            .await
            .into_iter()
            .flatten()
            .collect()
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(async { tokio::time::timeout(DEADLINE, test).await })
        .expect("the test takes too long");
}

/// A folder with strange names, many small files, an empty folder and a file of several blocks.
fn scene(folder: &Path) -> PathBuf {
    let scene = folder.join("scene");
    fs::create_dir_all(scene.join("textures/a b+c%20d")).unwrap();
    fs::create_dir_all(scene.join("empty")).unwrap();
    fs::write(scene.join("textures/a b+c%20d/é ü.png"), "ü").unwrap();
    fs::write(scene.join("textures/x"), "").unwrap();
    for number in 0..300 {
        fs::write(
            scene.join(format!("textures/{number}.png")),
            format!("texture {number}"),
        )
        .unwrap();
    }
    fs::write(scene.join("scene.blend"), content(3 * MIB + 9, 1)).unwrap();
    scene
}

const MIB: usize = 1 << 20;

/// Bytes of which no two blocks are equal.
fn content(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (number, block) in bytes.chunks_mut(MIB).enumerate() {
        let mark = (seed << 32 | number as u64).to_le_bytes();
        for (place, value) in block.iter_mut().zip(mark) {
            *place = value;
        }
    }
    bytes
}

fn a_tree_goes_there_and_comes_back(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        let scene = scene(setup.folder.path());
        // js-ipfs leaves out empty folders, and makes another root; the test of the moods has one.
        fs::remove_dir(scene.join("empty")).unwrap();
        let artist = setup.client("artist");
        let imported = artist.put_path(&scene, None, no_progress()).await.unwrap();
        assert!(setup.rpc().has_pin(&imported.root).await.unwrap());
        let sent = setup.proxy.seen.lock().unwrap().sent.clone();
        assert_eq!(sent, [], "another tree was made");
        assert_eq!((setup.proxy.calls("add"), setup.proxy.calls("dag/import")), (1, 0));
        let asked: usize = setup.proxy.seen.lock().unwrap().calls.values().sum();
        assert!(asked < 30, "{asked} requests for 304 files");

        // Again: it is known to be there.
        let again = artist.put_path(&scene, None, no_progress()).await.unwrap();
        assert_eq!(again, imported);
        assert_eq!(setup.proxy.calls("add"), 1);

        let worker = setup.client("worker");
        let root = imported.root.to_string();
        assert!(worker.has_tree(&root).await.unwrap());
        worker
            .get_tree(&root, None, &setup.place("out"), no_progress())
            .await
            .unwrap();
        assert_eq!(cid_of_path(&setup.place("out")).unwrap(), imported.root);
        assert_eq!(setup.proxy.calls("dag/export"), 1);

        // The other way: a frame from the worker, read by the artist.
        fs::write(setup.place("frame.png"), "frame").unwrap();
        let frame = worker
            .put_path(&setup.place("frame.png"), None, no_progress())
            .await
            .unwrap();
        let read = artist.read_file(&frame.root.to_string(), 100).await.unwrap();
        assert_eq!(read, b"frame");

        // A resubmission sends what changed, and no more.
        fs::write(scene.join("textures/7.png"), "another").unwrap();
        let second = artist.put_path(&scene, None, no_progress()).await.unwrap();
        assert!(setup.rpc().has_pin(&second.root).await.unwrap());
        assert_eq!(setup.proxy.seen.lock().unwrap().sent.len(), 3);
    });
}

fn the_node_tells_how_it_is(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        let url = setup.node.lock().unwrap().api_url.clone();
        let status = probe(&url, None, Duration::from_secs(30)).await.unwrap();
        assert!(!status.version.is_empty() && !status.agent.is_empty(), "{status:?}");
        assert_eq!(status.peers, 0);
        assert!(!status.is_old);
        assert!(
            probe("http://127.0.0.1:1", None, Duration::from_secs(30))
                .await
                .is_err()
        );
    });
}

fn a_root_that_is_nowhere(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        let worker = setup.client("worker");
        fs::write(setup.place("unknown"), "nobody has this").unwrap();
        let root = cid_of_path(&setup.place("unknown")).unwrap();
        let got = worker
            .get_tree(&root.to_string(), None, &setup.place("out"), no_progress())
            .await;
        let Err(ContentError::Nowhere { root: named, reasons }) = got else {
            panic!("{got:?}");
        };
        assert_eq!((*named, reasons.len()), (root, 1));
        assert!(!setup.place("out").exists() && !worker.own().has(&root));
    });
}

fn what_was_acknowledged_is_not_sent_again(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        let scene = setup.place("scene");
        fs::create_dir(&scene).unwrap();
        for number in 0..8u8 {
            fs::write(
                scene.join(format!("{number}.bin")),
                content(12 * MIB + 1, number.into()),
            )
            .unwrap();
        }
        let artist = setup.client("artist");
        let kill: Arc<dyn Fn() + Send + Sync> = {
            let node = Arc::clone(&setup.node);
            Arc::new(move || node.lock().unwrap().kill())
        };
        let root = cid_of_path(&scene).unwrap();
        let (mut adds, mut first_held, mut blocks) = (0, HashSet::new(), Vec::new());
        // A busy node may have kept nothing of what it had read; then it is killed later.
        for at in [40, 70, 90] {
            setup.proxy.set(Mood::Break("add", at * MIB, Arc::clone(&kill)));
            let broken = artist.put_path(&scene, None, no_progress()).await.unwrap_err();
            assert!(
                matches!(&broken, ContentError::Unpublished { .. }) && broken.is_transient(),
                "{broken}"
            );
            setup.restart().await;
            adds += 1;
            let tree = artist.own().tree_blocks(&root).unwrap();
            blocks = tree.iter().map(|block| block.cid).collect::<Vec<Cid>>();
            first_held = setup.held(&blocks).await;
            if !first_held.is_empty() {
                break;
            }
        }
        assert!(!first_held.is_empty() && first_held.len() < blocks.len());

        // Once more, in the second CAR or in the only one.
        setup.proxy.set(Mood::Break("dag/import", 10 * MIB, kill));
        artist.publish(root, no_progress()).await.unwrap_err();
        setup.restart().await;
        let second_held = setup.held(&blocks).await;
        let sent_before = setup.proxy.seen.lock().unwrap().sent.len();

        let published = artist.publish(root, no_progress()).await.unwrap();
        assert_eq!(published.confirmed_by, ["Kubo"]);
        assert!(setup.rpc().has_pin(&root).await.unwrap());
        assert_eq!(setup.proxy.calls("add"), adds);
        let seen = setup.proxy.seen.lock().unwrap();
        assert!(seen.sent.iter().all(|cid| !first_held.contains(cid)));
        let last = &seen.sent[sent_before..];
        assert!(last.iter().all(|cid| !second_held.contains(cid)));
        let once: HashSet<_> = last.iter().collect();
        assert_eq!(once.len(), last.len());
        assert_eq!(last.len() + second_held.len(), blocks.len());
    });
}

/// js-ipfs puts 174 parts into a node where the profile has 1024.
fn another_root_than_ours(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        fs::write(setup.place("large.vdb"), content(176 * MIB, 1)).unwrap();
        let artist = setup.client("artist");
        let imported = artist
            .put_path(&setup.place("large.vdb"), None, no_progress())
            .await
            .unwrap();
        assert!(setup.rpc().has_pin(&imported.root).await.unwrap());
        assert_eq!(setup.proxy.calls("add"), 1);
        if kind == NodeKind::JsIpfs {
            // All that it made otherwise is the root.
            assert_eq!(setup.proxy.seen.lock().unwrap().sent, [imported.root]);
        }
        let worker = setup.client("worker");
        let root = imported.root.to_string();
        worker
            .get_tree(&root, None, &setup.place("out"), no_progress())
            .await
            .unwrap();
        assert_eq!(cid_of_path(&setup.place("out")).unwrap(), imported.root);
    });
}

fn bad_moods(kind: NodeKind) {
    run(async move {
        let setup = Setup::new(kind).await;
        let scene = scene(setup.folder.path());
        let artist = setup.client("artist");
        for mood in [Mood::WithOrigin, Mood::Full, Mood::Page, Mood::Endless] {
            setup.proxy.set(mood.clone());
            let Err(ContentError::Unpublished { reasons, .. }) = artist.put_path(&scene, None, no_progress()).await
            else {
                panic!("it was taken");
            };
            let why = &*reasons[0].why;
            match mood {
                Mood::WithOrigin => assert!(matches!(why, ContentError::Refused { status: 403, .. }), "{why}"),
                Mood::Full => assert!(matches!(why, ContentError::RemoteFull), "{why}"),
                _ => assert!(matches!(why, ContentError::Answer), "{why}"),
            }
        }
        // Nothing was lost by that.
        setup.proxy.set(Mood::Honest);
        let imported = artist.put_path(&scene, None, no_progress()).await.unwrap();
        assert!(setup.rpc().has_pin(&imported.root).await.unwrap());
    });
}
