//! Taking in 1 GiB, beside the hash alone and beside boxo, whose importer and store are Kubo's.

use crate::measure::{Promises, Runs, peak_memory_of, report, run_quietly, timed};
use crate::noise;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use veriframe_tests::program;

const MEBIBYTES: usize = 1024;
const ROUNDS: usize = 3;
/// Threads that an import uses at the most.
const MOST_CORES: usize = 8;
const MEMORY_MB: f64 = 256.0;

/// Whoever takes the file in; each run has a folder of its own.
struct Contender<'a> {
    name: &'a str,
    command: &'a dyn Fn(&Path) -> Command,
    runs: Runs,
}

#[test]
fn ipfs_import_of_1_gib() {
    let folder = TempDir::new().expect("a folder");
    let big = folder.path().join("big");
    noise::file(&big, MEBIBYTES);
    let put = |home: &Path, options: &[&str]| {
        let mut command = Command::new(program::command());
        command.args(["content", "put"]).args(options).arg(&big);
        command.env("VERIFRAME_HOME", home).env("LOG_LEVEL", "info");
        command
    };
    let openssl = |_: &Path| {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256"]).arg(&big);
        command
    };
    let by_reference = |home: &Path| put(home, &["--reference"]);
    let by_copy = |home: &Path| put(home, &[]);
    let boxo = std::env::var_os("VERIFRAME_BOXO");
    let into_flatfs = |repo: &Path| {
        let mut command = Command::new(boxo.as_ref().expect("asked for only when it is here"));
        command.args(["add", "--repo"]).arg(repo).arg("--").arg(&big);
        command
    };
    let contender = |name, command| Contender {
        name,
        command,
        runs: Runs::default(),
    };
    let mut contenders: Vec<Contender<'_>> = vec![
        contender("openssl dgst -sha256 of 1 GiB, one core", &openssl),
        contender("import of the same by reference", &by_reference),
        contender("import of the same by copy, synced", &by_copy),
    ];
    if boxo.is_some() {
        contenders.push(contender("boxo into a synced flatfs store", &into_flatfs));
    } else {
        println!("SKIPPED: the comparison with boxo: VERIFRAME_BOXO names no program");
    }
    compete(&mut contenders, folder.path());
    let peaks = [
        ("by reference", &by_reference as &dyn Fn(&Path) -> Command),
        ("by copy", &by_copy),
    ]
    .map(|(name, command)| (name, in_new_folder(folder.path(), |home| peak_memory_of(command(home)))));

    for contender in &contenders {
        contender.runs.tell(contender.name);
    }
    let mut promises = Promises::default();
    let cores = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_CORES);
    let [openssl, by_reference, by_copy] = &contenders[..3] else {
        unreachable!("three are always there")
    };
    faster(
        &mut promises,
        &format!("by reference against openssl on each of {cores} cores"),
        (&by_reference.runs, &openssl.runs),
        cores as f64,
        0.9,
    );
    if let Some(boxo) = contenders.get(3) {
        for (name, ours, bound) in [("by reference", by_reference, 3.0), ("by copy", by_copy, 1.3)] {
            faster(
                &mut promises,
                &format!("{name} against boxo"),
                (&ours.runs, &boxo.runs),
                1.0,
                bound,
            );
        }
    }
    for (name, peak) in peaks {
        promises.below(&format!("peak memory {name}, MB"), peak as f64, MEMORY_MB, "");
    }
    promises.expect_kept();
}

/// How many times as fast we are as `share` of the others. The shortest runs count: whatever else the computer does
/// only ever makes a run longer.
fn faster(promises: &mut Promises, name: &str, (ours, theirs): (&Runs, &Runs), share: f64, bound: f64) {
    let of_medians = theirs.median() / ours.median() / share;
    let beside = format!(", {of_medians:.2} by the medians");
    promises.at_least(name, theirs.shortest() / ours.shortest() / share, bound, &beside);
}

/// In turns, so that a busy minute of the computer hits all alike. All who name a CID name the same.
fn compete(contenders: &mut [Contender<'_>], folder: &Path) {
    let mut cids: Vec<String> = Vec::new();
    for _ in 0..ROUNDS {
        for (number, contender) in contenders.iter_mut().enumerate() {
            let (took, said) = in_new_folder(folder, |home| timed((contender.command)(home)));
            contender.runs.add(took);
            // What openssl says is no CID.
            if number > 0 {
                cids.extend(said.split_whitespace().next().map(str::to_owned));
            }
        }
    }
    assert_eq!(cids.len(), ROUNDS * (contenders.len() - 1));
    cids.dedup();
    assert_eq!(cids.len(), 1, "everybody names the same CID: {cids:?}");
    report("CID of all", &cids[0]);
}

/// Nothing of an earlier run still waits for the disk when `run` begins. The folder is removed with all others at the
/// end: ext4 makes new files slowly for some seconds after many were deleted.
fn in_new_folder<T>(beside: &Path, run: impl FnOnce(&Path) -> T) -> T {
    let folder = TempDir::new_in(beside).expect("a folder").keep();
    run_quietly(Command::new("sync"));
    run(&folder.join("home"))
}
