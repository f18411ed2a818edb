//! What is committed of the contracts is what their sources make.

use sha2::{Digest, Sha256};
use starknet::core::types::contract::CompiledClass;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use veriframe_chain::deploy::{JOB_MARKET, WORKER_REGISTRY};

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts")
}

/// Digests by path, of `cairo_project.toml` and all sources.
fn sources() -> BTreeMap<String, String> {
    let root = contracts();
    let mut found = BTreeMap::new();
    let mut paths = vec![root.join("cairo_project.toml"), root.join("src")];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let digest = Sha256::digest(fs::read(&path).unwrap());
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            found.insert(name, format!("{digest:x}"));
        }
    }
    found
}

#[test]
fn the_artifacts_were_made_from_these_sources() {
    let list = fs::read_to_string(contracts().join("artifacts/SOURCES.sha256")).unwrap();
    let listed: BTreeMap<String, String> = list
        .lines()
        .map(|line| {
            let (digest, name) = line.split_once("  ").unwrap();
            (name.to_owned(), digest.to_owned())
        })
        .collect();
    assert_eq!(listed, sources(), "./dev contracts compiles them again");
}

#[test]
fn the_compilers_make_these_artifacts() {
    let Some(cairo) = std::env::var_os("VERIFRAME_CAIRO")
        .map(PathBuf::from)
        .filter(|cairo| cairo.join("bin/starknet-sierra-compile").is_file())
    else {
        println!("SKIPPED: the Cairo compilers are not there (./dev contracts installs them)");
        return;
    };
    let copy = tempfile::tempdir().unwrap();
    for name in ["cairo_project.toml", "build.sh", "src"] {
        let copied = Command::new("cp")
            .arg("-r")
            .arg(contracts().join(name))
            .arg(copy.path())
            .status();
        assert!(copied.unwrap().success());
    }
    let built = Command::new(copy.path().join("build.sh")).arg(&cairo).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for name in ["JobMarket", "WorkerRegistry"] {
        for kind in ["sierra", "casm"] {
            let file = format!("artifacts/{name}.{kind}.json");
            let (made, committed) = (fs::read(copy.path().join(&file)), fs::read(contracts().join(&file)));
            assert!(
                made.unwrap() == committed.unwrap(),
                "{file}: ./dev contracts compiles it again"
            );
        }
    }
}

/// The network is told the hash of what it will compile; the compiled classes themselves are not in our programs.
#[test]
fn the_compiled_hashes_are_those_of_the_compiled_classes() {
    for (name, artifact) in [("JobMarket", JOB_MARKET), ("WorkerRegistry", WORKER_REGISTRY)] {
        let casm = fs::read(contracts().join(format!("artifacts/{name}.casm.json"))).unwrap();
        let class: CompiledClass = serde_json::from_slice(&casm).unwrap();
        let hash = class.class_hash().unwrap();
        assert_eq!(artifact.compiled, hash, "{name}: {hash:#066x}");
    }
}
