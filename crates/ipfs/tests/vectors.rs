//! CIDs that others computed: those that boxo, the library that Kubo is made of, gave for what `data/vectors.json`
//! describes, and those of the profile's specification, IPIP-0499.

mod described;

use described::Tree;
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf};
use veriframe_ipfs::{BlockStore, Cid, ImportError, cid_of_path};
use veriframe_peers::Boxo;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    source: Origin,
    tree: Tree,
    cid: String,
    /// A folder that the profile puts in shards, which we refuse to make.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sharded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Origin {
    /// Version 0.43.0.
    #[serde(rename = "boxo")]
    Boxo,
    /// Its CIDs, and the contents that Kubo's tests make for them.
    #[serde(rename = "IPIP-0499")]
    Specification,
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/vectors.json")
}

fn vectors() -> Vec<Vector> {
    serde_json::from_slice(&fs::read(file()).unwrap()).unwrap()
}

fn check(vectors: &[Vector]) {
    for vector in vectors {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        vector.tree.write(&path).unwrap();
        assert_eq!(cid_of_path(&path).unwrap().to_string(), vector.cid, "{}", vector.name);
    }
}

#[test]
fn what_boxo_said() {
    let boxo: Vec<_> = vectors()
        .into_iter()
        .filter(|vector| vector.source == Origin::Boxo)
        .collect();
    assert!(boxo.len() > 10);
    check(&boxo);
}

#[test]
fn what_the_specification_says() {
    let flat: Vec<_> = vectors()
        .into_iter()
        .filter(|vector| vector.source == Origin::Specification && !vector.sharded)
        .collect();
    assert!(flat.len() > 5);
    check(&flat);
}

/// A folder in one block would be a CID that no one else gives.
#[test]
fn what_would_be_in_shards_is_refused() {
    for vector in vectors().iter().filter(|vector| vector.sharded) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        vector.tree.write(&path).unwrap();
        let answer = cid_of_path(&path);
        assert!(
            matches!(answer, Err(ImportError::FolderTooLarge { .. })),
            "{}: {answer:?}",
            vector.name
        );
    }
}

/// With `VERIFRAME_WRITE_VECTORS=1` the file is written anew, except for what the specification says.
#[test]
fn boxo_still_says_so() {
    let Some(boxo) = Boxo::find() else { return };
    let mut asked = boxo.cids();
    let committed = vectors();
    let mut found = committed.clone();
    for vector in &mut found {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        vector.tree.write(&path).unwrap();
        let cid = asked.of(&path).to_string();
        if vector.source == Origin::Specification {
            assert_eq!(cid, vector.cid, "{}", vector.name);
        }
        vector.cid = cid;
    }
    if std::env::var_os("VERIFRAME_WRITE_VECTORS").is_some() {
        fs::write(file(), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    } else {
        assert_eq!(found, committed);
    }
}

#[test]
fn storing_gives_the_same_names() {
    let vector = vectors()
        .into_iter()
        .find(|vector| vector.name.starts_with("nested folders"))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("tree");
    vector.tree.write(&nested).unwrap();
    // The names differ only in case, which is refused where it would be stored for others.
    fs::remove_file(nested.join("B")).unwrap();
    let store = BlockStore::open(folder.path().join("store")).unwrap();
    let mut last = None;
    let imported = store
        .import_path(&nested, &mut |progress| last = Some(progress), &|| false)
        .unwrap();
    let root: Cid = imported.root;
    assert_eq!(root, cid_of_path(&nested).unwrap());
    assert_eq!(imported.files, 10);
    let last = last.unwrap();
    assert_eq!((last.done, last.total), (imported.bytes, imported.bytes));
    assert_eq!(store.missing_blocks(&root, 10).unwrap(), []);
}
