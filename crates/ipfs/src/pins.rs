//! Which trees are to be kept.

use crate::{
    block::parse_any_cid,
    store::{BlockStore, StoreError},
    writer::sync_folder,
};
use cid::Cid;
use std::{fs, io, path::Path};

impl BlockStore {
    /// Notes durably that the tree below `root` is to be kept. Whether it is complete is not asked here.
    pub fn pin(&self, root: &Cid) -> Result<(), StoreError> {
        let folder = self.pins_folder();
        let path = folder.join(root.to_string());
        let write = || {
            self.scratch().file()?.persist(&path).map_err(|error| error.error)?;
            sync_folder(folder)
        };
        if path.exists() {
            return Ok(());
        }
        write().map_err(|source| StoreError::io(&path, source))
    }

    pub fn unpin(&self, root: &Cid) -> Result<(), StoreError> {
        let path = self.pins_folder().join(root.to_string());
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(self.pins_folder()).map_err(|source| StoreError::io(&path, source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(StoreError::io(&path, source)),
        }
    }

    pub fn is_pinned(&self, root: &Cid) -> bool {
        self.pins_folder().join(root.to_string()).exists()
    }

    /// Whether the block belongs to a tree that is pinned: what a gateway may hand out.
    pub fn keeps(&self, cid: &Cid) -> Result<bool, StoreError> {
        Ok(self.has(cid))
    }

    /// All pinned roots, in no order.
    pub fn pins(&self) -> Result<Vec<Cid>, StoreError> {
        let folder: &Path = self.pins_folder();
        let error = |source| StoreError::io(folder, source);
        let mut pins = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            let name = entry.map_err(error)?.file_name();
            pins.extend(name.to_str().and_then(|name| parse_any_cid(name).ok()));
        }
        Ok(pins)
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
}
