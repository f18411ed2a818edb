//! What is left on the disk.

use rayon::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};
use veriframe_ipfs::{BlockStore, Cid, block::raw_cid};

/// The names of all blocks that have files.
pub fn blocks_in(store: &Path) -> HashSet<String> {
    let names = files_below(&store.join("blocks")).into_iter();
    names
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Every name stands for the whole of its block. Nothing of the store's own is used to say so, but the hash.
pub fn whole_blocks(store: &Path) {
    files_below(&store.join("blocks")).par_iter().for_each(|path| {
        let found = raw_cid(&fs::read(path).unwrap()).to_string();
        assert_eq!(path.file_name().unwrap().to_str(), Some(&*found), "{}", path.display());
    });
}

/// Whatever a killed program left: whole blocks, nothing unfinished once the store is opened again, and only pins of
/// whole trees.
pub fn after_a_kill(store: &Path) -> BlockStore {
    whole_blocks(store);
    let opened = BlockStore::open(store).unwrap();
    let unfinished: Vec<PathBuf> = fs::read_dir(store.join("tmp"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    // The lock and the folder of whoever looks.
    assert_eq!(unfinished.len(), 2, "{unfinished:?}");
    assert_eq!(files_below(&store.join("tmp")).len(), 1, "{unfinished:?}");
    for root in opened.pins().unwrap() {
        complete(&opened, &root);
    }
    opened
}

pub fn complete(store: &BlockStore, root: &Cid) {
    assert_eq!(store.missing_blocks(root, 3).unwrap(), [], "{root} lacks blocks");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files_below(&path) } else { vec![path] }
        })
        .collect()
}

/// What programs said about pins before they were killed.
#[derive(Default)]
pub struct Said {
    /// `None`: it was about to change.
    pins: HashMap<Cid, Option<bool>>,
}

impl Said {
    pub fn add(&mut self, lines: &[String]) {
        for line in lines {
            let Some((word, root)) = line.split_once(' ') else {
                continue;
            };
            let state = match word {
                "pinning" | "unpinning" => None,
                "pinned" => Some(true),
                "unpinned" => Some(false),
                _ => continue,
            };
            let root: Cid = root.parse().unwrap();
            // Pinned already, and pinned again: it is kept all the while.
            if word != "pinning" || self.pins.get(&root) != Some(&Some(true)) {
                self.pins.insert(root, state);
            }
        }
    }

    /// Each pin that was acknowledged is there, and none whose end was.
    pub fn check(&self, store: &BlockStore) {
        for (root, state) in &self.pins {
            if let Some(expected) = state {
                assert_eq!(store.is_pinned(root), *expected, "{root}");
            }
        }
        for root in store.pins().unwrap() {
            assert!(self.pins.contains_key(&root), "nobody pinned {root}");
        }
    }
}
