//! Blocks that are parts of files elsewhere.

use std::fs;
use veriframe_ipfs::{BlockStore, Collection, ImportOptions, Keeping, SealKey, StoreError, TreeError};

const BY_REFERENCE: ImportOptions<'static> = ImportOptions {
    keeping: Keeping::References,
    seal: None,
};

#[test]
fn an_upload_needs_no_second_copy() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    let large: Vec<u8> = (0..5u8).flat_map(|chunk| vec![chunk; 1 << 20]).collect();
    fs::write(source.join("large.bin"), &large).unwrap();
    fs::write(source.join("small.txt"), b"small").unwrap();
    let dir = folder.path().join("store");
    let store = BlockStore::open(&dir).unwrap();
    let root = store
        .import(&source, &BY_REFERENCE, &mut |_| {}, &|| false)
        .unwrap()
        .root;
    assert_eq!(root, veriframe_ipfs::cid_of_path(&source).unwrap());
    assert!(store.usage().unwrap().bytes < 2000, "only nodes are stored");

    // Another program, later.
    for store in [&store, &BlockStore::open(&dir).unwrap()] {
        assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
        let blocks = store.tree_blocks(&root).unwrap();
        assert_eq!(blocks.len(), 8);
        for block in blocks {
            assert_eq!(store.get(&block.cid).unwrap().len() as u64, block.size.unwrap());
        }
    }

    // A changed file is told, never served.
    store.pin(&root).unwrap();
    assert_eq!(store.verify().unwrap().incomplete, []);
    fs::write(source.join("small.txt"), b"smalL").unwrap();
    assert_eq!(store.verify().unwrap().incomplete, [root]);
    let told = store.export_tree(&root, &folder.path().join("out"), &mut |_| {}, &|| false);
    let told = told.unwrap_err().to_string();
    assert!(told.contains("small.txt changed"), "{told}");
    fs::remove_file(source.join("small.txt")).unwrap();
    assert_eq!(store.missing_blocks(&root, 9).unwrap().len(), 1);
}

#[test]
fn references_end_with_their_pin() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::write(&source, vec![9; 3 << 20]).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let root = store
        .import(&source, &BY_REFERENCE, &mut |_| {}, &|| false)
        .unwrap()
        .root;
    store.pin(&root).unwrap();
    store.collect(&Collection::default()).unwrap();
    assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
    store.unpin(&root).unwrap();
    assert_eq!(store.collect(&Collection::default()).unwrap().references, 1);
    assert!(!store.has(&root));
}

#[test]
fn sealed_references_are_for_those_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::write(&source, vec![9; 3 << 20]).unwrap();
    let dir = folder.path().join("store");
    let key = SealKey::from_bytes([7; 32]);
    let options = ImportOptions {
        seal: Some(&key),
        ..BY_REFERENCE
    };
    let store = BlockStore::open(&dir).unwrap();
    let root = store.import(&source, &options, &mut |_| {}, &|| false).unwrap().root;
    assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
    let other = BlockStore::open(&dir).unwrap();
    assert!(!other.missing_blocks(&root, 1).unwrap().is_empty());
    other.unlock(&key);
    assert_eq!(other.missing_blocks(&root, 1).unwrap(), []);
    let blocks = other.tree_blocks(&root).unwrap();
    let leaf = blocks.iter().find(|block| block.size == Some(1 << 20)).unwrap().cid;
    fs::remove_file(&source).unwrap();
    assert!(matches!(
        other.node(&leaf),
        Err(TreeError::Store(StoreError::SourceChanged { .. }))
    ));
}
