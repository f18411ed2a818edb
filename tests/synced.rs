//! What has a name is on the disk. `kill -9` cannot show that: the kernel keeps what a killed program wrote. So the calls of the real
//! program are read from `strace`: the bytes of a file are synced after they were written and before the file is named, and its folder
//! after that.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use veriframe_tests::program::{command, veriframe};

/// What is made anew at each start, or is only told to a person: nobody misses it after the lights went out.
const NOT_KEPT: &[&str] = &[
    "coordinator.port",
    "coordinator.url",
    "desktop.log.1",
    "veriframe.log.1",
];
const CALLS: &str =
    "trace=write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,syncfs,sync,rename,renameat,renameat2,link,linkat";

#[derive(Debug, Clone, PartialEq, Eq)]
enum Call {
    Wrote(PathBuf),
    /// A file or a folder.
    Synced(PathBuf),
    SyncedAll,
    Named {
        from: PathBuf,
        to: PathBuf,
    },
}

/// Runs `veriframe` on a home; `None`, said aloud, where nobody may trace a program.
fn calls(home: &Path, arguments: &[&str]) -> Option<Vec<Call>> {
    let log = home.join("calls");
    let prepared = veriframe(home, arguments);
    let prepared = prepared.as_std();
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-qq", "-s", "0", "-e", CALLS, "-o"]).arg(&log);
    traced.arg(command()).args(prepared.get_args());
    for (name, value) in prepared.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    let Ok(output) = traced.output() else {
        println!("SKIPPED: strace is not here");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("PTRACE") || said.contains("ptrace") {
        println!("SKIPPED: strace may not trace here");
        return None;
    }
    assert!(output.status.success(), "{arguments:?}: {said}");
    let text = std::fs::read_to_string(&log).expect("a log");
    std::fs::remove_file(&log).expect("the log");
    Some(read(&text))
}

/// A write and a naming count from when they begin, a sync from when it has ended.
fn read(log: &str) -> Vec<Call> {
    let mut begun: HashMap<&str, String> = HashMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let (thread, rest) = line.split_once(' ').expect("a thread and what it calls");
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix("<unfinished ...>") {
            calls.extend(call(start).filter(|call| !is_sync(call)));
            begun.insert(thread, start.to_owned());
        } else if rest.starts_with("<...") {
            let start = begun.remove(thread).unwrap_or_default();
            let ended = !rest.contains("= -1");
            calls.extend(call(&start).filter(|call| ended && is_sync(call)));
        } else if !rest.contains("= -1") {
            calls.extend(call(rest));
        }
    }
    calls
}

fn is_sync(call: &Call) -> bool {
    matches!(call, Call::Synced(_) | Call::SyncedAll)
}

fn call(text: &str) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    // `7</home/blocks/x>`: the descriptor, and what it is open on.
    let open_on = || Some(PathBuf::from(arguments.split_once('<')?.1.split_once('>')?.0));
    match name {
        "fsync" | "fdatasync" => open_on().map(Call::Synced),
        "syncfs" | "sync" => Some(Call::SyncedAll),
        "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
            let mut quoted = arguments.split('"').skip(1).step_by(2).map(PathBuf::from);
            Some(Call::Named {
                from: quoted.next()?,
                to: quoted.next()?,
            })
        }
        _ => open_on().map(Call::Wrote),
    }
}

/// What was named below `home` without being on the disk, and what was named at all.
fn judge(home: &Path, calls: &[Call]) -> (Vec<String>, BTreeSet<PathBuf>) {
    let mut unsynced: BTreeSet<&Path> = BTreeSet::new();
    let mut unsynced_folders: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let (mut wrong, mut named) = (Vec::new(), BTreeSet::new());
    for call in calls {
        match call {
            Call::Wrote(path) => {
                unsynced.insert(path);
            }
            Call::Synced(path) => {
                unsynced.remove(path.as_path());
                unsynced_folders.remove(path);
            }
            Call::SyncedAll => {
                unsynced.clear();
                unsynced_folders.clear();
            }
            Call::Named { from, to } => {
                let is_kept = to.starts_with(home) && !NOT_KEPT.iter().any(|name| to.ends_with(name));
                if unsynced.remove(from.as_path()) && is_kept {
                    wrong.push(format!("{} was named before it was on the disk", to.display()));
                }
                if is_kept {
                    named.insert(to.clone());
                    unsynced_folders.insert(to.parent().expect("a folder").to_owned(), to);
                }
            }
        }
    }
    let folders = unsynced_folders.values();
    wrong.extend(folders.map(|name| format!("the name of {} was not on the disk at the end", name.display())));
    (wrong, named)
}

#[test]
fn content_that_was_put_and_the_key_are_on_the_disk() {
    let folder = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    };
    let (home, few, many) = (below("home"), below("few"), below("many"));
    std::fs::write(few.join("large"), vec![7; (3 << 20) + 1]).expect("a file");
    std::fs::write(few.join("small"), "small").expect("a file");
    for number in 0..40 {
        std::fs::write(many.join(number.to_string()), format!("file {number}")).expect("a file");
    }
    let (few, many) = (few.to_string_lossy(), many.to_string_lossy());
    for (arguments, least) in [
        (&["wallet", "show"][..], 1),
        (&["content", "put", &*few], 3),
        (&["content", "put", &*many], 40),
    ] {
        let Some(calls) = calls(&home, arguments) else { return };
        let (wrong, named) = judge(&home, &calls);
        assert!(wrong.is_empty(), "{arguments:?}: {wrong:#?}\n{calls:#?}");
        assert!(named.len() >= least, "{arguments:?} named only {named:?}");
    }
}

#[test]
fn what_is_named_too_early_is_seen() {
    let log = "\
7 write(5</home/tmp/a>, \"\"..., 5) = 5
7 fdatasync(5</home/tmp/a> <unfinished ...>
8 rename(\"/home/tmp/a\", \"/home/blocks/a\" <unfinished ...>
7 <... fdatasync resumed>)                = 0
8 <... rename resumed>)                   = 0
";
    let (wrong, named) = judge(Path::new("/home"), &read(log));
    assert_eq!(
        wrong,
        [
            "/home/blocks/a was named before it was on the disk",
            "the name of /home/blocks/a was not on the disk at the end"
        ]
    );
    assert_eq!(named.len(), 1);
    let ordered = "\
7 write(5</home/tmp/a>, \"\"..., 5) = 5
7 fdatasync(5</home/tmp/a>) = 0
7 rename(\"/home/tmp/a\", \"/home/blocks/a\") = 0
7 fsync(6</home/blocks>) = 0
";
    assert_eq!(judge(Path::new("/home"), &read(ordered)).0, Vec::<String>::new());
}
