//! Finding and opening the list of a sealed tree.

use super::{
    SealError, Sealer,
    tree::{LIST, MAX_LIST, OpenedTree, read_list},
};
use crate::{
    export::ExportError,
    store::BlockStore,
    tree::{Pieces, TreeError},
    unixfs::Node,
};
use cid::Cid;

impl BlockStore {
    /// Whether the tree below `root` was sealed.
    pub fn is_sealed(&self, root: &Cid) -> Result<bool, TreeError> {
        self.sealed_list(root).map(|list| list.is_some())
    }

    fn sealed_list(&self, root: &Cid) -> Result<Option<Cid>, TreeError> {
        match self.node(root)? {
            Node::Directory(entries) => Ok(entries.iter().find(|entry| entry.name == LIST).map(|entry| entry.cid)),
            _ => Ok(None),
        }
    }

    /// What the sealed tree below `root` holds. All blocks of its list must be here.
    pub(crate) fn open_list(&self, root: &Cid, sealer: &Sealer) -> Result<OpenedTree, ExportError> {
        let list = self.sealed_list(root)?.ok_or(SealError::NotSealed)?;
        let bytes = self.file_size(&list)?;
        if bytes > MAX_LIST {
            return Err(TreeError::TooLarge { bytes, limit: MAX_LIST }.into());
        }
        let mut json = Vec::new();
        for piece in Pieces::new(self, list, bytes) {
            json.extend(sealer.open(piece?.read(self)?)?);
        }
        Ok(read_list(&json)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImportOptions, Keeping, SealKey};
    use std::{fs, path::Path};

    fn scene(folder: &Path) {
        fs::create_dir_all(folder.join("textures/hollow")).unwrap();
        fs::write(folder.join("scene.blend"), vec![3; (3 << 20) + 5]).unwrap();
        fs::write(folder.join("textures/wood.png"), b"BLENDER in the clear").unwrap();
        fs::write(folder.join("textures/empty"), b"").unwrap();
    }

    #[test]
    fn a_sealed_scene_comes_back_with_its_key_and_tells_nothing_without() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        scene(&source);
        let key = SealKey::from_bytes([1; 32]);
        let mut roots = Vec::new();
        for keeping in [Keeping::Copies, Keeping::References] {
            let store = BlockStore::open(folder.path().join(format!("{keeping:?}"))).unwrap();
            let options = ImportOptions {
                keeping,
                seal: Some(&key),
            };
            let root = store.import(&source, &options, &mut |_| {}, &|| false).unwrap().root;
            assert!(store.is_sealed(&root).unwrap());
            assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
            let dest = folder.path().join(format!("out {keeping:?}"));
            store.export_sealed(&root, &key, &dest, &mut |_| {}, &|| false).unwrap();
            for name in ["scene.blend", "textures/wood.png", "textures/empty"] {
                assert_eq!(fs::read(source.join(name)).unwrap(), fs::read(dest.join(name)).unwrap());
            }
            assert!(dest.join("textures/hollow").is_dir());
            for block in store.tree_blocks(&root).unwrap() {
                let data = store.get(&block.cid).unwrap();
                for secret in [&b"BLENDER"[..], b"wood", b"textures"] {
                    assert!(!data.windows(secret.len()).any(|window| window == secret));
                }
            }
            let other = folder.path().join("other");
            let wrong = store.export_sealed(&root, &SealKey::from_bytes([2; 32]), &other, &mut |_| {}, &|| false);
            assert!(matches!(wrong, Err(ExportError::Seal(SealError::Key))));
            assert!(!other.exists());
            roots.push(root);
        }
        assert_eq!(roots[0], roots[1]);
    }

    #[test]
    fn one_file_may_be_sealed_and_what_is_not_sealed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("scene.blend");
        fs::write(&source, b"one file").unwrap();
        let store = BlockStore::open(folder.path().join("store")).unwrap();
        let key = SealKey::from_bytes([1; 32]);
        let options = ImportOptions {
            seal: Some(&key),
            ..ImportOptions::default()
        };
        let root = store.import(&source, &options, &mut |_| {}, &|| false).unwrap().root;
        let dest = folder.path().join("out");
        store.export_sealed(&root, &key, &dest, &mut |_| {}, &|| false).unwrap();
        assert_eq!(fs::read(&dest).unwrap(), b"one file");
        let plain = store.import_path(&source, &mut |_| {}, &|| false).unwrap().root;
        let refused = store.export_sealed(&plain, &key, &folder.path().join("no"), &mut |_| {}, &|| false);
        assert!(matches!(refused, Err(ExportError::Seal(SealError::NotSealed))));
    }
}
