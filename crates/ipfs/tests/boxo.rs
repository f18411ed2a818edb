//! Ours against boxo, the library that Kubo is made of: the same CIDs, and CARs that each reads from the other.

mod described;

use described::Tree;
use proptest::{collection, prelude::*, test_runner::TestRunner};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::BufReader,
    path::Path,
};
use veriframe_ipfs::{BlockStore, Cid, car, cid_of_path};
use veriframe_peers::{Boxo, Profile};

const MIB: u64 = 1 << 20;

/// Sizes at both sides of each border of chunks, and most of them small.
fn file() -> impl Strategy<Value = Tree> {
    prop_oneof![
        6 => ".{0,40}".prop_map(Tree::Text),
        2 => (0u64..5000).prop_map(Tree::Numbered),
        1 => (0u64..4, -2i64..3).prop_map(|(chunks, more)| Tree::Numbered((chunks * MIB).saturating_add_signed(more))),
    ]
}

/// Names of all kinds; `.` and `..` are not names.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9]{1,6}",
        3 => "[.+% &?#=\\-~a\u{e9}\u{301}\u{65e5}\u{1f3ac}]{1,8}",
        1 => "\\.[a-z]{1,5}",
        1 => "%[0-9A-F]{2}",
        2 => "[^/\\p{C}]{1,12}",
        1 => "[\u{65e5}x]{60,80}",
    ]
    .prop_filter("not a name", |name| name != "." && name != "..")
}

fn tree(name: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Tree> {
    file().prop_recursive(4, 30, 8, move |inner| {
        collection::btree_map(name.clone(), inner, 0..8).prop_map(Tree::Folder)
    })
}

/// One boxo answers for all of them, so that a case costs what it takes to write the tree, and a failure shrinks.
#[test]
fn random_trees_have_the_same_cids() {
    let Some(boxo) = Boxo::find() else { return };
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(veriframe_peers::a_part_of(500))
    });
    let asked = std::cell::RefCell::new(boxo.cids());
    let outcome = runner.run(&tree(name().boxed()), |tree| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        tree.write(&path).unwrap();
        prop_assert_eq!(cid_of_path(&path).unwrap(), asked.borrow_mut().of(&path));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Content of several levels, and names that every computer can write.
fn portable() -> Tree {
    let text = |text: &str| Tree::Text(text.to_owned());
    let folder = |entries: Vec<(&str, Tree)>| {
        Tree::Folder(
            entries
                .into_iter()
                .map(|(name, tree)| (name.to_owned(), tree))
                .collect(),
        )
    };
    folder(vec![
        ("scene.blend", Tree::Numbered(5 * MIB + 3)),
        (
            "textures",
            folder(vec![
                ("a+b %20.png", text("plus")),
                ("Holz \u{e4}\u{df}.png", Tree::Numbered(MIB)),
                ("again.png", Tree::Numbered(MIB)),
            ]),
        ),
        ("frames", Tree::Frames(200)),
        (".hidden", text("")),
        ("hollow", Tree::Folder(BTreeMap::new())),
    ])
}

fn names(store: &BlockStore, root: &Cid) -> Vec<Cid> {
    store.tree_blocks(root).unwrap().iter().map(|block| block.cid).collect()
}

#[test]
fn boxo_reads_our_cars() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    portable().write(&at("tree")).unwrap();
    let store = BlockStore::open(at("store")).unwrap();
    let root = store.import_path(&at("tree"), &mut |_| {}, &|| false).unwrap().root;
    let blocks = names(&store, &root);
    car::write_car(
        &store,
        &[root],
        blocks.iter().copied(),
        &mut File::create(at("ours.car")).unwrap(),
    )
    .unwrap();

    let repo = at("repo");
    assert_eq!(boxo.import(&repo, &at("ours.car")), [root]);
    assert!(boxo.has(&repo, &blocks).into_iter().all(|found| found));
    // It finds all of it on its own way from the root, and nothing else.
    boxo.export(&repo, &root, &at("theirs.car"));
    let mut found = cids_of(&at("theirs.car"));
    let mut expected = blocks;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn we_read_the_cars_of_boxo() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    portable().write(&at("tree")).unwrap();
    let root = boxo.add(&at("repo"), Profile::V1In2025, &at("tree"));
    boxo.export(&at("repo"), &root, &at("theirs.car"));

    let store = BlockStore::open(at("store")).unwrap();
    let content = read(&store, &at("theirs.car"));
    assert_eq!(content.roots, [root]);
    assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
    assert_eq!(content.blocks.len(), names(&store, &root).len());
    store
        .export_tree(&root, &at("exported"), &mut |_| {}, &|| false)
        .unwrap();
    assert_eq!(boxo.cid(&at("exported")), root);
}

/// Through both, for any tree that may be stored.
#[test]
fn random_trees_go_through_both() {
    let Some(boxo) = Boxo::find() else { return };
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(20)
    });
    let outcome = runner.run(&tree("[a-z\u{65e5}+%][a-z +%\u{e9}]{0,6}[a-z0-9]".boxed()), |tree| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        tree.write(&at("tree")).unwrap();
        let store = BlockStore::open(at("store")).unwrap();
        let root = store.import_path(&at("tree"), &mut |_| {}, &|| false).unwrap().root;
        let blocks = names(&store, &root);
        car::write_car(&store, &[root], blocks, &mut File::create(at("ours.car")).unwrap()).unwrap();
        prop_assert_eq!(boxo.import(&at("repo"), &at("ours.car")), vec![root]);
        boxo.export(&at("repo"), &root, &at("theirs.car"));
        let other = BlockStore::open(at("other")).unwrap();
        prop_assert_eq!(read(&other, &at("theirs.car")).roots, vec![root]);
        other
            .export_tree(&root, &at("exported"), &mut |_| {}, &|| false)
            .unwrap();
        prop_assert_eq!(boxo.cid(&at("exported")), root);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// A bit that changed on the way is noticed on either side.
#[test]
fn neither_takes_a_false_block() {
    let Some(boxo) = Boxo::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    portable().write(&at("tree")).unwrap();
    let root = boxo.add(&at("repo"), Profile::V1In2025, &at("tree"));
    boxo.export(&at("repo"), &root, &at("good.car"));
    let mut bytes = fs::read(at("good.car")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(at("bad.car"), &bytes).unwrap();
    let store = BlockStore::open(at("store")).unwrap();
    let answer = store.import_car(&mut &bytes[..]);
    assert!(matches!(answer, Err(car::CarError::Mismatch(_))), "{answer:?}");
    assert!(std::panic::catch_unwind(|| boxo.import(&at("other"), &at("bad.car"))).is_err());
}

fn read(store: &BlockStore, path: &Path) -> car::CarContent {
    store
        .import_car(&mut BufReader::new(File::open(path).unwrap()))
        .unwrap()
}

fn cids_of(path: &Path) -> Vec<Cid> {
    let mut found = Vec::new();
    car::read_car::<car::CarError>(&mut File::open(path).unwrap(), |cid, _| {
        found.push(cid);
        Ok(())
    })
    .unwrap();
    found
}
