//! Trees that were made to do harm.

use super::*;
use crate::{
    block::{node_cid, raw_cid},
    dag_pb::{self, PbLink, PbNode},
    unixfs::{Subtree, encode_directory, encode_file},
};
use tempfile::TempDir;

struct Setup {
    folder: TempDir,
    store: BlockStore,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path().join("store")).unwrap();
        Self { folder, store }
    }

    fn leaf(&self, data: &[u8]) -> Subtree {
        let cid = raw_cid(data);
        self.store.put(&cid, data).unwrap();
        let size = data.len() as u64;
        Subtree {
            cid,
            content: size,
            total: size,
        }
    }

    fn folder_of(&self, entries: &[(&str, Subtree)]) -> Subtree {
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, child)| ((*name).to_owned(), *child))
            .collect();
        let node = encode_directory(&entries);
        self.store.put(&node.subtree.cid, &node.bytes).unwrap();
        node.subtree
    }

    fn export(&self, root: Subtree) -> Result<(), ExportError> {
        let outcome = self.store.export_tree(&root.cid, &self.out(), &mut |_| {}, &|| false);
        if outcome.is_err() {
            // Nothing half-done stays, and nothing was written outside.
            let left: Vec<_> = fs::read_dir(self.folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .filter(|name| name != "store" && name != "out")
                .collect();
            assert!(left.is_empty(), "{left:?}");
        }
        outcome
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let setup = Setup::new();
    let leaf = setup.leaf(b"x");
    for name in ["..", ".", "", "../evil", "/evil", "a/b", "a\\b", "C:evil", "nul\0"] {
        for root in [
            setup.folder_of(&[(name, leaf)]),
            setup.folder_of(&[("sub", setup.folder_of(&[(name, leaf)]))]),
        ] {
            assert!(matches!(setup.export(root), Err(ExportError::Name { .. })), "{name:?}");
            assert!(!setup.out().exists());
        }
    }
}

#[test]
fn names_that_collide_are_refused() {
    let setup = Setup::new();
    let (one, two) = (setup.leaf(b"1"), setup.leaf(b"2"));
    for (names, problem) in [(["a", "a"], NameProblem::Duplicate), (["a", "A"], NameProblem::Case)] {
        let root = setup.folder_of(&[(names[0], one), (names[1], two)]);
        let Err(ExportError::Name { problem: found, .. }) = setup.export(root) else {
            panic!("{names:?}");
        };
        assert_eq!(found, problem);
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    let setup = Setup::new();
    let root = setup.folder_of(&[("a", setup.leaf(b"1"))]);
    fs::write(setup.out(), b"mine").unwrap();
    assert!(matches!(setup.export(root), Err(ExportError::Exists { .. })));
    fs::remove_file(setup.out()).unwrap();
    fs::create_dir(setup.out()).unwrap();
    setup.export(root).unwrap();
    assert!(matches!(setup.export(root), Err(ExportError::Exists { .. })));
    assert_eq!(fs::read(setup.out().join("a")).unwrap(), b"1");
}

#[test]
fn a_symbolic_link_in_the_tree_is_refused() {
    let setup = Setup::new();
    // {Type: Symlink, Data: "/etc"}
    let data = [8, 4, 0x12, 4, b'/', b'e', b't', b'c'];
    let bytes = dag_pb::encode(&PbNode {
        links: vec![],
        data: data.to_vec(),
    });
    let cid = node_cid(&bytes);
    setup.store.put(&cid, &bytes).unwrap();
    let link = Subtree {
        cid,
        content: 4,
        total: 4,
    };
    for root in [link, setup.folder_of(&[("link", link)])] {
        assert!(matches!(
            setup.export(root),
            Err(ExportError::Tree(TreeError::Node { .. }))
        ));
    }
}

#[test]
fn parts_that_are_not_as_long_as_promised_are_refused() {
    let setup = Setup::new();
    let mut short = setup.leaf(b"short");
    short.content = 500;
    let node = encode_file(&[setup.leaf(b"x"), short]);
    setup.store.put(&node.subtree.cid, &node.bytes).unwrap();
    assert!(matches!(
        setup.export(node.subtree),
        Err(ExportError::Tree(TreeError::Size { .. }))
    ));
    let read = setup.store.read_file(&node.subtree.cid, 1000);
    assert!(matches!(read, Err(TreeError::Size { .. })));
    let read = setup.store.read_file(&node.subtree.cid, 500);
    assert!(matches!(read, Err(TreeError::TooLarge { bytes: 501, limit: 500 })));
}

#[test]
fn a_folder_as_a_part_of_a_file_is_refused() {
    let setup = Setup::new();
    let mut folder = setup.folder_of(&[]);
    folder.content = 3;
    let node = encode_file(&[folder, setup.leaf(b"x")]);
    setup.store.put(&node.subtree.cid, &node.bytes).unwrap();
    assert!(matches!(
        setup.export(node.subtree),
        Err(ExportError::Tree(TreeError::NotAFile(_)))
    ));
}

#[test]
fn a_small_tree_that_unfolds_without_end_is_refused() {
    let setup = Setup::new();
    // Each folder holds the one before it 1000 times: 1000^8 files in nine blocks.
    let mut folder = setup.folder_of(&[("x", setup.leaf(b"1"))]);
    let names: Vec<String> = (0..1000).map(|number| format!("{number}")).collect();
    for _ in 0..8 {
        let entries: Vec<_> = names.iter().map(|name| (name.as_str(), folder)).collect();
        folder = setup.folder_of(&entries);
        // As small as its maker claims.
        folder.total = 1;
        folder.content = 1;
    }
    assert!(matches!(setup.export(folder), Err(ExportError::TooMany { .. })));

    let mut deep = setup.folder_of(&[]);
    for _ in 0..40 {
        deep = setup.folder_of(&[("x", deep)]);
    }
    assert!(matches!(setup.export(deep), Err(ExportError::Tree(TreeError::TooDeep))));
    // Sharing makes the walk over different blocks short.
    assert_eq!(setup.store.missing_blocks(&folder.cid, 1).unwrap(), []);
}

#[test]
fn too_many_levels_of_a_file_are_refused() {
    let setup = Setup::new();
    let mut file = setup.leaf(b"1");
    for _ in 0..12 {
        let node = encode_file(&[file]);
        setup.store.put(&node.subtree.cid, &node.bytes).unwrap();
        file = node.subtree;
    }
    assert!(matches!(setup.export(file), Err(ExportError::Tree(TreeError::TooDeep))));
}

#[test]
fn sizes_beyond_all_numbers_are_refused() {
    let setup = Setup::new();
    let mut part = setup.leaf(b"1");
    part.content = u64::MAX;
    let node = encode_file(&[part]);
    setup.store.put(&node.subtree.cid, &node.bytes).unwrap();
    let mut file = node.subtree;
    file.content = 1;
    let root = setup.folder_of(&[("a", file), ("b", file)]);
    assert!(matches!(
        setup.export(root),
        Err(ExportError::Tree(TreeError::TooLarge { .. }))
    ));
}

#[test]
fn a_missing_block_is_named() {
    let setup = Setup::new();
    let absent = raw_cid(b"absent");
    let bytes = dag_pb::encode(&PbNode {
        links: vec![PbLink {
            cid: absent,
            name: "a".into(),
            size: 6,
        }],
        data: vec![8, 1],
    });
    let cid = node_cid(&bytes);
    setup.store.put(&cid, &bytes).unwrap();
    let root = Subtree {
        cid,
        content: 6,
        total: 6,
    };
    let Err(ExportError::Tree(TreeError::Store(StoreError::Missing(found)))) = setup.export(root) else {
        panic!("not missing");
    };
    assert_eq!(found, absent);
    assert_eq!(setup.store.missing_blocks(&cid, 9).unwrap(), [absent]);
}

#[test]
fn a_cancelled_export_leaves_nothing() {
    let setup = Setup::new();
    let root = setup.folder_of(&[("a", setup.leaf(b"1"))]);
    let outcome = setup.store.export_tree(&root.cid, &setup.out(), &mut |_| {}, &|| true);
    assert!(matches!(outcome, Err(ExportError::Cancelled)));
    assert!(!setup.out().exists());
    setup.export(root).unwrap();
}
