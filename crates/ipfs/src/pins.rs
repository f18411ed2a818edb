//! Which trees are to be kept.
//!
//! ```text
//! DIR/pins/CID     "veriframe-pin 1\n", then 32 bytes for each block of the tree
//! ```
//! The list spares a walk through the whole tree whenever somebody asks what is kept: a collection, or a gateway that
//! hands out nothing else. A tree that was not complete when it was pinned has an empty file and is walked; it gets its
//! list when it is pinned again.

use crate::{
    block::{BlockKey, parse_any_cid},
    durable::sync_folder,
    store::{BlockStore, StoreError},
    tree::TreeError,
};
use cid::Cid;
use std::{
    collections::{HashMap, HashSet},
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

const MAGIC: &[u8] = b"veriframe-pin 1\n";
/// Two changes of a folder within this may leave it the same time.
const TIME_STEP: Duration = Duration::from_secs(2);

/// The pins of a store, as they are on the disk; other programs may pin, too.
#[derive(Debug)]
pub(crate) struct Pins {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

/// What is kept, as far as it was asked for.
#[derive(Debug, Default)]
struct Kept {
    /// When the folder was looked through, and how old it was then.
    looked: Option<(SystemTime, SystemTime)>,
    /// `None`: the tree has no list.
    roots: HashMap<String, Option<Vec<BlockKey>>>,
    /// How many pins keep a block.
    blocks: HashMap<BlockKey, u32>,
}

impl Pins {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            kept: Mutex::default(),
        })
    }

    fn path(&self, root: &Cid) -> PathBuf {
        self.folder.join(root.to_string())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    /// What is kept, brought up to date.
    fn current(&self) -> io::Result<MutexGuard<'_, Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        let changed = fs::metadata(&self.folder)?.modified()?;
        if let Some((looked, seen)) = kept.looked
            && seen == changed
            && looked.duration_since(changed).is_ok_and(|age| age > TIME_STEP)
        {
            return Ok(kept);
        }
        let names: HashSet<String> = self.names()?.into_iter().collect();
        let gone: Vec<String> = kept
            .roots
            .keys()
            .filter(|root| !names.contains(*root))
            .cloned()
            .collect();
        for root in gone {
            kept.forget(&root);
        }
        for root in names {
            // A tree without a list may have got one.
            if kept.roots.get(&root).is_none_or(Option::is_none) {
                let list = read_list(&self.folder.join(&root))?;
                kept.forget(&root);
                kept.add(root, list);
            }
        }
        kept.looked = Some((now, changed));
        Ok(kept)
    }
}

impl Kept {
    fn add(&mut self, root: String, list: Option<Vec<BlockKey>>) {
        for block in list.iter().flatten() {
            *self.blocks.entry(*block).or_default() += 1;
        }
        self.roots.insert(root, list);
    }

    fn forget(&mut self, root: &str) {
        for block in self.roots.remove(root).flatten().into_iter().flatten() {
            if let Some(count) = self.blocks.get_mut(&block) {
                *count -= 1;
                if *count == 0 {
                    self.blocks.remove(&block);
                }
            }
        }
    }
}

/// `None` when there is no list, or half of one, which no finished write leaves.
fn read_list(path: &Path) -> io::Result<Option<Vec<BlockKey>>> {
    let bytes = match fs::read(path) {
        // Unpinned just now.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let Some((keys, [])) = bytes.strip_prefix(MAGIC).map(<[u8]>::as_chunks::<32>) else {
        return Ok(None);
    };
    Ok(Some(keys.iter().copied().map(BlockKey::from_bytes).collect()))
}

impl BlockStore {
    /// Notes durably that the tree below `root` is to be kept. Whether it is complete is not asked here.
    pub fn pin(&self, root: &Cid) -> Result<(), StoreError> {
        let path = self.pinned().path(root);
        if matches!(read_list(&path), Ok(Some(_))) {
            return Ok(());
        }
        // Before the tree is walked, so that it is kept from here on.
        let _held = self.hold()?;
        let list = self.complete_list(root)?;
        let write = || {
            let mut file = self.scratch().file()?;
            if let Some(list) = &list {
                let mut bytes = Vec::with_capacity(MAGIC.len() + list.len() * 32);
                bytes.extend_from_slice(MAGIC);
                bytes.extend(list.iter().flat_map(BlockKey::bytes));
                file.write_all(&bytes)?;
            }
            file.as_file().sync_data()?;
            file.persist(&path).map_err(|error| error.error)?;
            sync_folder(&self.pinned().folder)
        };
        write().map_err(|source| StoreError::io(&path, source))
    }

    /// The blocks of a tree; `None` when some are missing.
    fn complete_list(&self, root: &Cid) -> Result<Option<Vec<BlockKey>>, StoreError> {
        match self.tree_blocks(root) {
            Ok(blocks) if blocks.iter().all(|block| block.size.is_some()) => {
                let mut keys: Vec<BlockKey> = blocks.iter().map(|block| BlockKey::of(&block.cid)).collect();
                keys.sort_unstable();
                keys.dedup();
                Ok(Some(keys))
            }
            Err(TreeError::Store(error)) => Err(error),
            // What cannot be understood cannot be listed, but it can be kept.
            Ok(_) | Err(_) => Ok(None),
        }
    }

    pub fn unpin(&self, root: &Cid) -> Result<(), StoreError> {
        let path = self.pinned().path(root);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.pinned().folder).map_err(|source| StoreError::io(&path, source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(StoreError::io(&path, source)),
        }
    }

    pub fn is_pinned(&self, root: &Cid) -> bool {
        self.pinned().path(root).exists()
    }

    /// All pinned roots, in no order.
    pub fn pins(&self) -> Result<Vec<Cid>, StoreError> {
        let pins = self.pinned();
        let names = pins.names().map_err(|source| StoreError::io(&pins.folder, source))?;
        Ok(names.iter().filter_map(|name| parse_any_cid(name).ok()).collect())
    }

    /// Whether the block belongs to a tree that is pinned: what a gateway may hand out.
    pub fn keeps(&self, cid: &Cid) -> Result<bool, StoreError> {
        let unlisted = {
            let kept = self.kept()?;
            if kept.blocks.contains_key(&BlockKey::of(cid)) {
                return Ok(true);
            }
            kept.unlisted()
        };
        for root in unlisted {
            if let Ok(blocks) = self.tree_blocks(&root)
                && blocks.iter().any(|block| block.cid.hash() == cid.hash())
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every block that some pin keeps.
    pub(crate) fn kept_blocks(&self) -> Result<HashSet<BlockKey>, StoreError> {
        let (mut blocks, unlisted) = {
            let kept = self.kept()?;
            (kept.blocks.keys().copied().collect::<HashSet<_>>(), kept.unlisted())
        };
        for root in unlisted {
            match self.tree_blocks(&root) {
                Ok(tree) => blocks.extend(tree.iter().map(|block| BlockKey::of(&block.cid))),
                Err(TreeError::Store(error)) => return Err(error),
                // Deleting what might belong to it would be worse than keeping too much.
                Err(error) => {
                    tracing::warn!(%root, %error, "a pinned tree cannot be walked");
                    blocks.insert(BlockKey::of(&root));
                }
            }
        }
        Ok(blocks)
    }

    fn kept(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let pins = self.pinned();
        pins.current().map_err(|source| StoreError::io(&pins.folder, source))
    }
}

impl Kept {
    fn unlisted(&self) -> Vec<Cid> {
        self.roots
            .iter()
            .filter(|(_, list)| list.is_none())
            .filter_map(|(root, _)| parse_any_cid(root).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;

    #[test]
    fn pins_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let (one, two) = (raw_cid(b"1"), raw_cid(b"2"));
        store.pin(&one).unwrap();
        store.pin(&one).unwrap();
        store.pin(&two).unwrap();
        store.unpin(&two).unwrap();
        store.unpin(&two).unwrap();
        assert_eq!(BlockStore::open(folder.path()).unwrap().pins().unwrap(), [one]);
        assert!(store.is_pinned(&one) && !store.is_pinned(&two));
    }

    #[test]
    fn what_belongs_to_a_pin_is_kept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("a"), b"one").unwrap();
        fs::write(source.join("b"), b"two").unwrap();
        let store = BlockStore::open(folder.path().join("store")).unwrap();
        let other = BlockStore::open(folder.path().join("store")).unwrap();
        let root = store.import_path(&source, &mut |_| {}, &|| false).unwrap().root;
        store.put(&raw_cid(b"three"), b"three").unwrap();
        assert!(!store.keeps(&root).unwrap());
        // As another program would.
        other.pin(&root).unwrap();
        for store in [&store, &other] {
            assert!(store.keeps(&root).unwrap() && store.keeps(&raw_cid(b"one")).unwrap());
            assert!(!store.keeps(&raw_cid(b"three")).unwrap());
        }
        store.pin(&raw_cid(b"two")).unwrap();
        store.unpin(&root).unwrap();
        for store in [&store, &other] {
            assert!(!store.keeps(&raw_cid(b"one")).unwrap());
            assert!(store.keeps(&raw_cid(b"two")).unwrap());
        }
    }

    #[test]
    fn an_incomplete_tree_is_kept_as_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let leaf = raw_cid(b"late");
        store.pin(&leaf).unwrap();
        assert!(store.keeps(&leaf).unwrap());
        store.put(&leaf, b"late").unwrap();
        store.pin(&leaf).unwrap();
        assert!(matches!(read_list(&store.pinned().path(&leaf)), Ok(Some(list)) if list.len() == 1));
    }
}
