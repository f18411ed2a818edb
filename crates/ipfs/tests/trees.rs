//! Whatever is put in comes out again: by export, by CAR, by reading.

use proptest::{collection, prelude::*};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use veriframe_ipfs::{BlockStore, ImportError, car, names::NameProblem};

/// A file's content, or a folder.
#[derive(Debug, Clone)]
enum Tree {
    File(Vec<u8>),
    Folder(BTreeMap<String, Tree>),
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => collection::vec(any::<u8>(), 0..300),
        1 => (0usize..3, 0usize..3, any::<u8>()).prop_map(|(chunks, more, byte)| {
            let mut bytes = vec![byte; (chunks << 20) + more];
            if let Some(first) = bytes.first_mut() {
                *first = !byte;
            }
            bytes
        }),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let name = "[a-z0-9 _\u{e4}\u{65e5}][a-z0-9 ._\u{e4}\u{65e5}]{0,8}[a-z]";
    content().prop_map(Tree::File).prop_recursive(3, 24, 6, move |inner| {
        collection::btree_map(name, inner, 0..6).prop_map(Tree::Folder)
    })
}

fn write(tree: &Tree, path: &Path) {
    match tree {
        Tree::File(content) => fs::write(path, content).unwrap(),
        Tree::Folder(entries) => {
            fs::create_dir(path).unwrap();
            for (name, child) in entries {
                write(child, &path.join(name));
            }
        }
    }
}

/// Every path with its content; folders have none.
fn listing(root: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(path) = waiting.pop() {
        let full = if path.as_os_str().is_empty() {
            root.to_owned()
        } else {
            root.join(&path)
        };
        if full.is_dir() {
            waiting.extend(
                fs::read_dir(&full)
                    .unwrap()
                    .map(|entry| path.join(entry.unwrap().file_name())),
            );
            found.insert(path, None);
        } else {
            found.insert(path, Some(fs::read(&full).unwrap()));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_tree_comes_back(tree in tree()) {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        write(&tree, &source);
        let store = BlockStore::open(folder.path().join("store")).unwrap();
        let root = store.import_path(&source, &mut |_| {}, &|| false).unwrap().root;

        let exported = folder.path().join("exported");
        store.export_tree(&root, &exported, &mut |_| {}, &|| false).unwrap();
        prop_assert_eq!(listing(&source), listing(&exported));

        // Through a CAR into another store.
        let blocks: Vec<_> = store.tree_blocks(&root).unwrap().iter().map(|block| block.cid).collect();
        let mut stream = Vec::new();
        car::write_car(&store, &[root], blocks.iter().copied(), &mut stream).unwrap();
        let other = BlockStore::open(folder.path().join("other")).unwrap();
        prop_assert_eq!(other.missing_blocks(&root, 9).unwrap(), vec![root]);
        let content = other.import_car(&mut &stream[..]).unwrap();
        prop_assert_eq!(content.roots, vec![root]);
        prop_assert_eq!(content.blocks, blocks);
        let again = folder.path().join("again");
        other.export_tree(&root, &again, &mut |_| {}, &|| false).unwrap();
        prop_assert_eq!(listing(&source), listing(&again));

        if let Tree::File(content) = &tree {
            prop_assert_eq!(&store.read_file(&root, content.len() as u64).unwrap(), content);
            if !content.is_empty() {
                prop_assert!(store.read_file(&root, content.len() as u64 - 1).is_err());
            }
        }
    }
}

#[test]
fn equal_content_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("one"), vec![7; 3 << 20]).unwrap();
    fs::write(source.join("two"), vec![7; 3 << 20]).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let root = store.import_path(&source, &mut |_| {}, &|| false).unwrap().root;
    // One chunk, the node above three of them, the folder.
    assert_eq!(store.tree_blocks(&root).unwrap().len(), 3);
}

#[test]
fn what_others_could_not_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let import = || store.import_path(&source, &mut |_| {}, &|| false);

    fs::write(source.join("wood.png"), b"").unwrap();
    fs::write(source.join("Wood.PNG"), b"").unwrap();
    // Some systems cannot even make the second file.
    if fs::read_dir(&source).unwrap().count() == 2 {
        let error = import().unwrap_err();
        assert!(
            matches!(
                error,
                ImportError::Name {
                    problem: NameProblem::Case,
                    ..
                }
            ),
            "{error}"
        );
        fs::remove_file(source.join("Wood.PNG")).unwrap();
    }
    import().unwrap();

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("wood.png", source.join("link.png")).unwrap();
        assert!(matches!(import(), Err(ImportError::Symlink { .. })));
        fs::remove_file(source.join("link.png")).unwrap();

        let socket = std::os::unix::net::UnixListener::bind(source.join("socket")).unwrap();
        assert!(matches!(import(), Err(ImportError::NotAFile { .. })));
        drop(socket);
    }
    let nowhere = store.import_path(&folder.path().join("nowhere"), &mut |_| {}, &|| false);
    assert!(matches!(nowhere, Err(ImportError::Io { .. })));
}

#[test]
fn a_cancelled_import_stores_no_root() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::write(&source, vec![1; 2 << 20]).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let cancelled = store.import_path(&source, &mut |_| {}, &|| true);
    assert!(matches!(cancelled, Err(ImportError::Cancelled)));
    let root = veriframe_ipfs::cid_of_path(&source).unwrap();
    assert!(!store.has(&root));
}
