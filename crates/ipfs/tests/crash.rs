//! Programs that are killed, and programs that share a store.
//!
//! The child processes are this very test, told by the environment what to do.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use veriframe_ipfs::{BlockStore, Cid, cid_of_path};

/// The store that a child imports into; what it imports is beside it.
const STORE: &str = "VERIFRAME_TEST_STORE";
/// Set when the child is to stop in the middle, and wait there to be killed.
const STOP: &str = "VERIFRAME_TEST_STOP";

fn import_as_child(store: &Path) {
    let store = BlockStore::open(store).unwrap();
    let stop = env::var_os(STOP).is_some();
    let source = PathBuf::from(env::var_os(STORE).unwrap()).with_file_name("source");
    let mut report = |progress: veriframe_ipfs::Progress| {
        if stop && progress.done > 64 << 20 {
            println!("\nin the middle");
            std::io::stdout().flush().unwrap();
            // Nobody ever writes: only a kill ends this.
            let _ = std::io::stdin().read(&mut [0]);
        }
    };
    let imported = store.import_path(&source, &mut report, &|| false).unwrap();
    println!("\nroot {}", imported.root);
}

fn child(test: &str, store: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env(STORE, store)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn wait_for_line(child: &mut Child, line: &str) {
    let output = BufReader::new(child.stdout.take().unwrap());
    let found = output.lines().any(|found| found.unwrap() == line);
    assert!(found, "the child ended without saying {line:?}");
}

fn large_source(folder: &Path) -> (PathBuf, Cid) {
    let source = folder.join("source");
    fs::create_dir(&source).unwrap();
    for number in 0..6u64 {
        let mut file = File::create(source.join(format!("texture {number}.bin"))).unwrap();
        for chunk in 0..25u64 {
            let mut bytes = vec![0u8; 1 << 20];
            bytes[..8].copy_from_slice(&(number * 1000 + chunk).to_le_bytes());
            file.write_all(&bytes).unwrap();
        }
    }
    let root = cid_of_path(&source).unwrap();
    (source, root)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files_below(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn a_killed_import_leaves_whole_blocks() {
    if let Some(store) = env::var_os(STORE) {
        return import_as_child(Path::new(&store));
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, root) = large_source(folder.path());
    let dir = folder.path().join("store");
    let mut killed = child("a_killed_import_leaves_whole_blocks", &dir)
        .env(STOP, "1")
        .spawn()
        .unwrap();
    wait_for_line(&mut killed, "in the middle");
    killed.kill().unwrap();
    killed.wait().unwrap();

    // Every name stands for a whole block.
    let store = BlockStore::open(&dir).unwrap();
    let blocks = files_below(&dir.join("blocks"));
    assert!(!blocks.is_empty(), "some blocks were stored");
    for path in &blocks {
        let cid: Cid = path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        store.get(&cid).unwrap();
    }
    // What the dead process left unfinished is gone.
    assert!(
        files_below(&dir.join("tmp"))
            .iter()
            .all(|path| path.extension().is_some_and(|end| end == "lock"))
    );
    assert!(!store.has(&root));
    // And the next import goes through.
    let imported = store.import_path(&source, &mut |_| {}, &|| false).unwrap();
    assert_eq!(imported.root, root);
    assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
}

#[test]
fn two_programs_share_a_store() {
    if let Some(store) = env::var_os(STORE) {
        return import_as_child(Path::new(&store));
    }
    let folder = tempfile::tempdir().unwrap();
    let (_source, root) = large_source(folder.path());
    let dir = folder.path().join("store");
    let children: Vec<_> = (0..2)
        .map(|_| child("two_programs_share_a_store", &dir).spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(&format!("root {root}")), "{text}");
    }
    let store = BlockStore::open(&dir).unwrap();
    assert_eq!(store.missing_blocks(&root, 1).unwrap(), []);
    store
        .export_tree(&root, &folder.path().join("out"), &mut |_| {}, &|| false)
        .unwrap();
    assert_eq!(cid_of_path(&folder.path().join("out")).unwrap(), root);
}
