//! Taking in 1 GiB, beside the hash alone and beside boxo, whose importer and store are Kubo's.

use crate::measure::{Runs, peak_memory_of, report, run_quietly, timed};
use crate::noise;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use veriframe_peers::Figure;
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
    let copied = |home: &Path| {
        let mut command = Command::new("sh");
        command
            .args(["-c", "cp \"$1\" \"$2.copy\" && sync \"$2.copy\"", "sh"])
            .arg(&big)
            .arg(home);
        command
    };
    let mut contenders: Vec<Contender<'_>> = vec![
        contender("openssl dgst -sha256 of 1 GiB, one core", &openssl),
        contender("cp and sync of the same", &copied),
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
    let cores = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_CORES);
    let [openssl, copied, by_reference, by_copy] = &contenders[..4] else {
        unreachable!("four are always there")
    };
    // The shortest runs count: whatever else the computer does only ever makes a run longer.
    let figure = |name, ours: &Contender<'_>| Figure::new(name, ours.runs.shortest(), "s");
    figure("1 GiB by reference", by_reference).at_most(
        1.1,
        "openssl -sha256 on each core",
        openssl.runs.shortest() / cores as f64,
    );
    figure("1 GiB into the store, synced", by_copy).at_most(1.15, "cp and sync", copied.runs.shortest());
    if let Some(boxo) = contenders.get(4) {
        let theirs = boxo.runs.shortest();
        figure("1 GiB by reference, beside boxo", by_reference).at_most(0.33, "boxo into flatfs", theirs);
        figure("1 GiB into the store, beside boxo", by_copy).at_most(0.77, "boxo into flatfs", theirs);
    }
    for (name, peak) in peaks {
        Figure::new(&format!("peak memory of 1 GiB {name}"), peak as f64, "MB").within(MEMORY_MB);
    }
}

/// In turns, so that a busy minute of the computer hits all alike. All who name a CID name the same.
fn compete(contenders: &mut [Contender<'_>], folder: &Path) {
    let mut cids: Vec<String> = Vec::new();
    for _ in 0..ROUNDS {
        for (number, contender) in contenders.iter_mut().enumerate() {
            let (took, said) = in_new_folder(folder, |home| timed((contender.command)(home)));
            contender.runs.add(took);
            // What openssl and cp say is no CID.
            if number > 1 {
                cids.extend(said.split_whitespace().next().map(str::to_owned));
            }
        }
    }
    assert_eq!(cids.len(), ROUNDS * (contenders.len() - 2));
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
