//! Answers over trees that others make, and over those that are made to do harm.

use super::{ByteRange, CarOptions, Duplicates, Plan, ResolveError, Scope};
use crate::{
    block::{DAG_CBOR, RAW, node_cid, raw_cid},
    cbor::{self, tests::put_link},
    dag_pb::{self, PbLink, PbNode},
    store::{BlockStore, StoreError},
    tree::TreeError,
    unixfs::{Subtree, encode_directory, encode_file},
};
use cid::Cid;
use multihash_codetable::{Code, MultihashDigest};
use proptest::prelude::*;
use tempfile::TempDir;

/// {Type: HAMTShard, hashType: murmur3-x64-64, fanout: 8}
const SHARD: [u8; 6] = [8, 5, 0x28, 0x22, 0x30, 8];

struct Setup {
    folder: TempDir,
    store: BlockStore,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        Self { folder, store }
    }

    fn put(&self, cid: Cid, data: &[u8]) -> Cid {
        self.store.put(&cid, data).unwrap();
        cid
    }

    fn leaf(&self, data: &[u8]) -> Cid {
        self.put(raw_cid(data), data)
    }

    fn node(&self, data: &[u8], links: &[(&str, Cid)]) -> Cid {
        let bytes = dag_pb::encode(&PbNode {
            links: links
                .iter()
                .map(|(name, cid)| PbLink {
                    cid: *cid,
                    name: (*name).to_owned(),
                    size: 1,
                })
                .collect(),
            data: data.to_vec(),
        });
        self.put(node_cid(&bytes), &bytes)
    }

    fn folder_of(&self, entries: &[(&str, Cid)]) -> Cid {
        self.node(&[8, 1], entries)
    }

    fn file(&self, parts: &[(Cid, u64)]) -> Cid {
        let parts: Vec<Subtree> = parts
            .iter()
            .map(|(cid, content)| Subtree {
                cid: *cid,
                content: *content,
                total: *content,
            })
            .collect();
        let node = encode_file(&parts);
        self.put(node.subtree.cid, &node.bytes)
    }

    fn answer(&self, root: &Cid, path: &str, options: CarOptions) -> Result<Vec<Cid>, TreeError> {
        let resolved = self.store.resolve(root, path).unwrap();
        let plan = Plan::new(&self.store, &resolved, &options).unwrap();
        plan.map(|block| block.map(|(cid, _)| cid)).collect()
    }

    fn all(&self, root: &Cid, duplicates: Duplicates) -> Result<Vec<Cid>, TreeError> {
        let options = CarOptions {
            duplicates,
            ..CarOptions::default()
        };
        self.answer(root, "", options)
    }

    fn entity(&self, root: &Cid, bytes: Option<ByteRange>) -> Vec<Cid> {
        let options = CarOptions {
            scope: Scope::Entity,
            bytes,
            ..CarOptions::default()
        };
        self.answer(root, "", options).unwrap()
    }
}

fn inline(codec: u64, data: &[u8]) -> Cid {
    Cid::new_v1(codec, multihash::Multihash::wrap(0, data).unwrap())
}

#[test]
fn the_same_bytes_as_a_leaf_and_as_a_node() {
    let setup = Setup::new();
    let leaf = setup.leaf(b"x");
    let inner = setup.folder_of(&[("x", leaf)]);
    let seen_raw_first = setup.folder_of(&[("a", Cid::new_v1(RAW, *inner.hash())), ("b", inner)]);
    let cids = setup.all(&seen_raw_first, Duplicates::Excluded).unwrap();
    assert_eq!(cids, [seen_raw_first, Cid::new_v1(RAW, *inner.hash()), leaf]);
    let v0 = Cid::new_v0(*inner.hash()).unwrap();
    assert_eq!(setup.all(&v0, Duplicates::Included).unwrap(), [v0, leaf]);
    // What lies below the node is asked for though its bytes were met before.
    let absent = raw_cid(b"absent");
    let inner = setup.folder_of(&[("x", absent)]);
    let root = setup.folder_of(&[("a", Cid::new_v1(RAW, *inner.hash())), ("b", inner)]);
    assert_eq!(setup.store.missing_blocks(&root, 9).unwrap(), [absent]);
    assert!(matches!(
        setup.all(&root, Duplicates::Excluded),
        Err(TreeError::Store(StoreError::Missing(cid))) if cid == absent
    ));
}

#[test]
fn inline_blocks_are_followed_and_not_sent() {
    let setup = Setup::new();
    let leaf = setup.leaf(b"below");
    let mut cbor = Vec::new();
    put_link(&mut cbor, &leaf);
    let between = inline(DAG_CBOR, &cbor);
    let root = setup.folder_of(&[("a", inline(RAW, b"text")), ("b", between)]);
    for duplicates in [Duplicates::Excluded, Duplicates::Included] {
        assert_eq!(setup.all(&root, duplicates).unwrap(), [root, leaf]);
    }
    assert_eq!(setup.all(&between, Duplicates::Excluded).unwrap(), [leaf]);
    assert_eq!(setup.store.missing_blocks(&root, 9).unwrap(), []);
    let listed: Vec<Cid> = setup
        .store
        .tree_blocks(&root)
        .unwrap()
        .iter()
        .map(|block| block.cid)
        .collect();
    assert_eq!(listed, [root, leaf]);
    // The same path as with a block of its own.
    assert_eq!(setup.store.resolve(&root, "a").unwrap().target, inline(RAW, b"text"));
    assert_eq!(setup.store.read_file(&inline(RAW, b"text"), 9).unwrap(), b"text");
}

#[test]
fn foreign_hashes_and_codecs_are_walked() {
    let setup = Setup::new();
    let leaves: Vec<Cid> = [Code::Blake3_256, Code::Blake2b256, Code::Sha3_384, Code::Sha2_512]
        .iter()
        .map(|code| setup.put(Cid::new_v1(RAW, code.digest(b"data")), b"data"))
        .collect();
    let mut map = Vec::new();
    cbor::put_head(&mut map, cbor::ARRAY, leaves.len() as u64);
    for leaf in &leaves {
        put_link(&mut map, leaf);
    }
    let root = setup.put(Cid::new_v1(DAG_CBOR, Code::Sha2_256.digest(&map)), &map);
    let all: Vec<Cid> = std::iter::once(root).chain(leaves).collect();
    assert_eq!(setup.all(&root, Duplicates::Excluded).unwrap(), all);
    assert_eq!(setup.entity(&root, Some(ByteRange { from: 0, to: None })), [root]);
    assert_eq!(setup.store.tree_blocks(&root).unwrap().len(), 5);
    assert!(matches!(
        setup.store.resolve(&root, "0"),
        Err(ResolveError::NoSuchName { .. })
    ));
}

#[test]
fn a_symbolic_link_is_a_block_like_others() {
    let setup = Setup::new();
    let link = setup.node(&[8, 4, 0x12, 4, b'/', b'e', b't', b'c'], &[]);
    let root = setup.folder_of(&[("link", link)]);
    assert_eq!(setup.all(&root, Duplicates::Excluded).unwrap(), [root, link]);
    assert_eq!(setup.entity(&link, None), [link]);
    assert!(matches!(
        setup.store.resolve(&root, "link/passwd"),
        Err(ResolveError::NoSuchName { .. })
    ));
}

#[test]
fn parts_of_a_file_that_repeats_itself() {
    let setup = Setup::new();
    let (a, b) = (setup.leaf(b"aaaa"), setup.leaf(b"bbbb"));
    let half = setup.file(&[(a, 4), (b, 4)]);
    let whole = setup.file(&[(half, 8), (half, 8)]);
    let part = |from, to| setup.entity(&whole, Some(ByteRange { from, to: Some(to) }));
    // The end of the first half and the beginning of the second, which are one block.
    assert_eq!(part(5, 9), [whole, half, b, a]);
    assert_eq!(part(4, 7), [whole, half, b]);
    assert_eq!(part(8, 8), [whole, half, a]);
    assert_eq!(part(3, 2), [whole]);
    assert_eq!(setup.entity(&whole, None), [whole, half, a, b]);
}

#[test]
fn a_shard_is_a_folder_with_entries_and_without_children() {
    let setup = Setup::new();
    // 0xe2… is the hash of "foo": the slots 7, 0 and 4.
    let (foo, other) = (setup.leaf(b"foo"), setup.leaf(b"other"));
    let below = setup.node(&SHARD, &[("0foo", foo), ("1other", other)]);
    let root = setup.node(&SHARD, &[("2other", other), ("7", below)]);
    let found = setup.store.resolve(&root, "foo").unwrap();
    assert_eq!((found.way, found.target), (vec![root, below], foo));
    assert_eq!(setup.entity(&root, None), [root, below]);
    assert_eq!(
        setup.all(&root, Duplicates::Excluded).unwrap(),
        [root, other, below, foo]
    );
    assert!(matches!(
        setup.store.resolve(&root, "bar"),
        Err(ResolveError::NoSuchName { .. })
    ));
    // A leaf where a shard should be.
    let false_shard = setup.node(&SHARD, &[("7", foo)]);
    assert!(matches!(
        setup.store.resolve(&false_shard, "foo"),
        Err(ResolveError::Tree(TreeError::Node { .. }))
    ));
}

#[test]
fn shards_without_end_are_refused() {
    let setup = Setup::new();
    let mut shard = setup.node(&SHARD, &[("0x", setup.leaf(b"x"))]);
    let slots = ["0", "1", "2", "3", "4", "5", "6", "7"];
    for _ in 0..30 {
        let links: Vec<_> = slots.iter().map(|slot| (*slot, shard)).collect();
        shard = setup.node(&SHARD, &links);
    }
    // Deeper than a hash has bits, and 8^30 entries.
    assert!(matches!(
        setup.store.resolve(&shard, "foo"),
        Err(ResolveError::Tree(TreeError::TooDeep))
    ));
    let out = setup.folder.path().join("out");
    let export = setup.store.export_tree(&shard, &out, &mut |_| {}, &|| false);
    assert!(matches!(
        export,
        Err(crate::ExportError::Tree(TreeError::TooDeep | TreeError::TooManyBlocks))
    ));
    // Sharing makes the walk over different blocks short.
    assert_eq!(setup.all(&shard, Duplicates::Excluded).unwrap().len(), 32);
    assert_eq!(setup.store.missing_blocks(&shard, 9).unwrap(), []);
}

#[test]
fn a_path_is_followed_through_folders_only() {
    let setup = Setup::new();
    let leaf = setup.leaf(b"x");
    let inner = encode_directory(&[(
        "deep.txt".to_owned(),
        Subtree {
            cid: leaf,
            content: 1,
            total: 1,
        },
    )]);
    setup.put(inner.subtree.cid, &inner.bytes);
    let root = setup.folder_of(&[("inner", inner.subtree.cid), ("gone", raw_cid(b"gone"))]);
    let found = setup.store.resolve(&root, "/inner//deep.txt/").unwrap();
    assert_eq!(found.roots, [root, inner.subtree.cid, leaf]);
    assert_eq!((found.way, found.target), (vec![root, inner.subtree.cid], leaf));
    for path in ["deep.txt", "inner/deep", "inner/deep.txt/x", "..", "."] {
        assert!(matches!(
            setup.store.resolve(&root, path),
            Err(ResolveError::NoSuchName { .. })
        ));
    }
    assert!(matches!(
        setup.store.resolve(&root, "gone"),
        Err(ResolveError::Tree(TreeError::Store(StoreError::Missing(_))))
    ));
    assert!(matches!(
        setup.store.resolve(&root, &"inner/".repeat(300)),
        Err(ResolveError::TooLong)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_block_is_answered(data: Vec<u8>, shape in 0..5, name in ".{0,8}", from: i64, to: Option<i64>) {
        let setup = Setup::new();
        let leaf = setup.leaf(b"leaf");
        let root = match shape {
            0 => setup.put(node_cid(&data), &data),
            1 => setup.put(Cid::new_v1(DAG_CBOR, Code::Sha2_256.digest(&data)), &data),
            2 => setup.node(&data, &[(&name, leaf)]),
            3 => setup.node(&[&SHARD[..], &data].concat(), &[(&name, leaf)]),
            _ => setup.file(&[(leaf, from.unsigned_abs() >> 2 | 1), (leaf, 3)]),
        };
        let _ = setup.store.missing_blocks(&root, 9);
        let resolved = setup.store.resolve(&root, &name);
        for resolved in resolved.into_iter().chain(setup.store.resolve(&root, "")) {
            for scope in [Scope::Block, Scope::Entity, Scope::All] {
                let bytes = Some(ByteRange { from, to }).filter(|_| scope == Scope::Entity);
                let options = CarOptions { scope, bytes, ..CarOptions::default() };
                if let Ok(plan) = Plan::new(&setup.store, &resolved, &options) {
                    let _ = plan.take(100).count();
                }
            }
        }
    }
}
