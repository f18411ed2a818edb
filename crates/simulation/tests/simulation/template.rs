//! What every world begins with: a migrated database in which everybody has signed in once, and the pictures.

use crate::{
    account::{self, ACCOUNTS, READERS, Tokens},
    clock::SimClock,
    coordinator::{answer, on},
    message::Request,
    pictures::Pictures,
};
use serde_json::json;
use std::{collections::HashMap, fs, path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::runtime::Handle;
use veriframe_coordinator::{Settings, Stepped};
use veriframe_core::Clock;
use veriframe_ipfs::BlockStore;
use veriframe_peers::folder_in_memory;

/// Seconds.
pub const LEASE: i64 = 20;

pub struct Template {
    /// The coordinator's folder, file by file.
    files: Vec<(String, Vec<u8>)>,
    pub people: Vec<(String, Tokens)>,
    /// A session of their own for the accounts whose events are read: of each pair of tokens one only may be renewed.
    pub listening: HashMap<usize, Tokens>,
    pub blocks: BlockStore,
    pub pictures: Pictures,
    /// Holds the blocks.
    _folder: TempDir,
}

pub fn settings(folder: &Path, seed: u64) -> Settings {
    let mut settings = Settings::new(folder);
    settings.seed = Some(seed);
    settings.origin = Some("http://coordinator.test".to_owned());
    settings.lease_seconds = LEASE as u32;
    settings.worker_timeout_seconds = 30;
    settings
}

impl Template {
    pub fn make(runtime: &Handle) -> Self {
        let folder = folder_in_memory();
        let data = folder.path().join("coordinator");
        fs::create_dir_all(&data).unwrap();
        let blocks = BlockStore::open(folder.path().join("blocks")).unwrap();
        let pictures = Pictures::put(&blocks);
        let clock: Arc<dyn Clock> = Arc::new(SimClock::default());
        let opened = Stepped::open(settings(&data, 1), blocks.clone(), clock);
        let app = on(runtime, opened).unwrap().unwrap();
        let mut people = Vec::new();
        let mut listening = HashMap::new();
        for number in 0..ACCOUNTS {
            let key = account::key(number);
            let ask = |path: &str, body| {
                let request = Request {
                    number: 0,
                    caller: String::new(),
                    method: "POST".to_owned(),
                    path: path.to_owned(),
                    token: String::new(),
                    key: None,
                    body: Some(body),
                };
                on(runtime, answer(app.router(), request)).unwrap()
            };
            let sign_in = || {
                let challenge = ask("/auth/challenge", json!({ "address": key.address().to_string() }));
                let answer = ask("/auth/authenticate", account::signed(&key, &challenge.body));
                assert!(answer.is_good(), "{answer:?}");
                Tokens::read(&answer.body)
            };
            people.push((key.address().to_string(), sign_in()));
            if READERS.contains(&number) {
                listening.insert(number, sign_in());
            }
        }
        rusqlite::Connection::open(data.join("coordinator.db"))
            .unwrap()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        Self {
            files: read(&data),
            people,
            listening,
            blocks,
            pictures,
            _folder: folder,
        }
    }

    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        for (name, bytes) in &self.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

/// The files that a killed process leaves behind and a new one goes by.
fn read(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        // What processes share of a database is not on the disk.
        .filter(|(name, _)| !name.ends_with("-shm") && name != "lock")
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}

/// As if the machine that `from` is on had been switched off now.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (name, bytes) in read(from) {
        fs::write(to.join(name), bytes).unwrap();
    }
}
