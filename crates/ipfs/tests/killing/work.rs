//! What the programs do that are killed.

use super::Chance;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{
    env, fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use veriframe_ipfs::{
    BlockStore, Cid, Collection, ContentStore, ImportOptions, Keeping, SealKey, StoreError, TokenError, TokenSource,
    content::{CoordinatorTier, Limits, TierSettings, TierUse, TieredContent, no_progress},
};

/// One program's task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub kind: Kind,
    pub store: PathBuf,
    /// Of the coordinator or the gateway.
    pub url: String,
    /// Bytes of a key, all the same.
    pub key: Option<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Kind {
    /// Copies the source into the store, pins it, publishes it.
    Copy {
        source: PathBuf,
    },
    /// Publishes the source from where it lies.
    Refer {
        source: PathBuf,
    },
    Download {
        root: String,
        dest: PathBuf,
    },
    /// Imports, pins, unpins and (unless there is another who does) collects, until it is killed.
    Keep {
        files: PathBuf,
        /// Where it puts folders to import; references need them later.
        trees: PathBuf,
        seed: u64,
        collects: Collects,
    },
    /// Collects until it is killed.
    Collect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Collects {
    Itself,
    Another,
}

impl Job {
    pub const VARIABLE: &str = "VERIFRAME_TEST_KILLED";

    fn key(&self) -> Option<SealKey> {
        self.key.map(|byte| SealKey::from_bytes([byte; 32]))
    }
}

/// The task, when this is one of the programs.
pub fn asked() -> Option<Job> {
    let text = env::var(Job::VARIABLE).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// In one call of the system: half a line is never said.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    out.write_all(format!("\n> {line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

pub fn run(job: &Job) {
    let store = BlockStore::open(&job.store).unwrap();
    say("ready");
    match &job.kind {
        Kind::Copy { source } => {
            let held = store.hold().unwrap();
            let root = import(&store, source, Keeping::Copies, job.key().as_ref());
            say("imported");
            store.pin(&root).unwrap();
            say(&format!("pinned {root}"));
            drop(held);
            wait_for(content(job, store).publish(root, no_progress())).unwrap();
            say(&format!("published {root}"));
        }
        Kind::Refer { source } => {
            let key = job.key();
            let content = content(job, store);
            let imported = wait_for(content.put_path(source, key.as_ref(), no_progress())).unwrap();
            say(&format!("published {}", imported.root));
        }
        Kind::Download { root, dest } => {
            let key = job.key();
            let content = content(job, store);
            wait_for(content.get_tree(root, key.as_ref(), dest, no_progress())).unwrap();
            say("written");
        }
        Kind::Keep {
            files,
            trees,
            seed,
            collects,
        } => keep(&store, files, trees, *seed, *collects),
        Kind::Collect => loop {
            collect(&store, Duration::from_millis(200));
        },
    }
}

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

struct NoToken;

#[async_trait]
impl TokenSource for NoToken {
    async fn token(&self) -> Result<String, TokenError> {
        Ok("any".into())
    }

    async fn refused(&self, _token: &str) {}
}

fn content(job: &Job, store: BlockStore) -> TieredContent {
    let coordinator = CoordinatorTier {
        base: job.url.clone(),
        tokens: Arc::new(NoToken),
        read: TierUse::On,
        write: TierUse::On,
    };
    let settings = TierSettings {
        coordinator: Some(coordinator),
        ..TierSettings::default()
    };
    let limits = Limits {
        first_pause: Duration::ZERO,
        ..Limits::default()
    };
    TieredContent::with_limits(store, &settings, limits).unwrap()
}

fn import(store: &BlockStore, source: &Path, keeping: Keeping, key: Option<&SealKey>) -> Cid {
    let options = ImportOptions { keeping, seal: key };
    store.import(source, &options, &mut |_| {}, &|| false).unwrap().root
}

/// Trees of a few of the same files each, so that most blocks belong to several.
fn keep(store: &BlockStore, files: &Path, trees: &Path, seed: u64, collects: Collects) {
    let mut chance = Chance::new(seed, "keep");
    let mut pool: Vec<PathBuf> = fs::read_dir(files)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    pool.sort();
    let mut pinned = store.pins().unwrap();
    pinned.sort();
    for step in 0.. {
        match chance.within(0..8) {
            0..4 => {
                let tree = trees.join(format!("tree {seed} {step}"));
                fs::create_dir(&tree).unwrap();
                for number in 0..chance.within(1..7) {
                    let file = &pool[chance.within(0..pool.len() as u64) as usize];
                    fs::hard_link(file, tree.join(format!("{number}"))).unwrap();
                }
                let keeping = chance.one_of(&[Keeping::Copies, Keeping::Copies, Keeping::References]);
                let held = store.hold().unwrap();
                let root = import(store, &tree, keeping, None);
                say(&format!("pinning {root}"));
                store.pin(&root).unwrap();
                say(&format!("pinned {root}"));
                drop(held);
                pinned.push(root);
            }
            4..6 if !pinned.is_empty() => {
                let root = pinned.swap_remove(chance.within(0..pinned.len() as u64) as usize);
                pinned.retain(|other| *other != root);
                say(&format!("unpinning {root}"));
                store.unpin(&root).unwrap();
                say(&format!("unpinned {root}"));
            }
            _ if collects == Collects::Itself => collect(store, Duration::ZERO),
            _ => {}
        }
    }
}

fn collect(store: &BlockStore, wait: Duration) {
    say("collecting");
    let collection = Collection {
        wait,
        ..Collection::default()
    };
    match store.collect(&collection) {
        Ok(collected) => say(&format!("collected {}", collected.blocks)),
        Err(StoreError::Busy) => say("busy"),
        Err(error) => panic!("{error}"),
    }
}
