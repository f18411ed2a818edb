//! Rules of docs/ARCHITECTURE.md that a compiler does not know. Each failure names the file and the rule.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use veriframe_tests::root;

/// Who may depend on whom, without the `veriframe-` in front. A crate that is not named here fails the test.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("wire", &["core"]),
    ("blend", &["core"]),
    ("ipfs", &["core"]),
    ("render", &["core"]),
    ("chain", &["core"]),
    ("app", &["core", "wire", "blend", "ipfs", "render", "chain"]),
    ("coordinator", &["core", "wire", "chain", "ipfs", "render"]),
    // The two that compose: they alone may start the embedded coordinator next to the app.
    (
        "cli",
        &["core", "wire", "blend", "ipfs", "render", "chain", "app", "coordinator"],
    ),
    (
        "desktop",
        &[
            "core",
            "wire",
            "blend",
            "ipfs",
            "render",
            "chain",
            "app",
            "coordinator",
            "cli",
        ],
    ),
    // For tests only: nothing else may name it outside of [dev-dependencies].
    (
        "testkit",
        &[
            "core",
            "wire",
            "blend",
            "ipfs",
            "render",
            "chain",
            "app",
            "coordinator",
            "peers",
        ],
    ),
    // Programs of others, for tests only; it must not lean on what it is there to judge.
    ("peers", &[]),
    // Tests and nothing else.
    ("simulation", &[]),
    ("tests", &["peers"]),
];

const MAX_LINES: usize = 600;
const SOURCE_KINDS: &[&str] = &[
    "rs", "ts", "js", "svelte", "css", "html", "py", "sql", "cairo", "sh", "toml", "md",
];
/// Written by a program, and checked to be up to date by another test.
const GENERATED: &[&str] = &["ui/src/lib/backend/bindings.ts"];

#[test]
fn crates_depend_only_along_the_arrows() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(from, to)| (*from, to.iter().copied().collect()))
        .collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(targets) = allowed.get(package.name.as_str()) else {
            wrong.push(format!(
                "{} is not on the map: add it to ARROWS and to docs/ARCHITECTURE.md",
                package.name
            ));
            continue;
        };
        for dependency in &package.ours {
            if !targets.contains(dependency.as_str()) {
                wrong.push(format!("{} may not depend on {dependency}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_shell_names_tauri() {
    let mut wrong = Vec::new();
    for package in packages() {
        for dependency in &package.others {
            if dependency.starts_with("tauri") && package.name != "desktop" {
                wrong.push(format!("the manifest of {} names {dependency}", package.name));
            }
        }
    }
    let path = format!("{}::", "tauri");
    let underscore = format!("{}_", "tauri");
    for file in sources()
        .iter()
        .filter(|file| is(file, "rs") && !file.starts_with("src-tauri"))
    {
        for (number, line) in code_lines(file) {
            if line.contains(&path) || line.contains(&underscore) {
                wrong.push(format!("{}:{number} names tauri", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_backend_folder_of_the_window_talks_to_the_shell() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|file| file.starts_with("ui/src") && !file.starts_with("ui/src/lib/backend"))
        .filter(|file| read(file).contains("@tauri-apps"))
        .map(|file| format!("{} imports @tauri-apps", file.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|file| !GENERATED.iter().any(|generated| file == Path::new(generated)))
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, file)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_the_fields_own_words() {
    let mut wrong = Vec::new();
    for file in sources()
        .iter()
        .filter(|file| is(file, "rs") && !file.starts_with("tests"))
    {
        for (number, line) in code_lines(file) {
            let declared = ["struct ", "enum ", "trait ", "mod ", "type "]
                .iter()
                .find_map(|keyword| line.trim_start().trim_start_matches("pub ").strip_prefix(keyword));
            let Some(name) = declared.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
            else {
                continue;
            };
            let lower = name.to_lowercase();
            for word in ["manager", "helper", "util", "service"] {
                if lower.contains(word) {
                    wrong.push(format!(
                        "{}:{number} `{name}`: say what it is, not `{word}`",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_are_types_and_tasks_have_owners() {
    let spawn = format!("tokio::{}(", "spawn");
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| is(file, "rs") && is_production(file)) {
        for (number, line) in code_lines(file) {
            if line
                .split("->")
                .nth(1)
                .is_some_and(|answer| answer.contains("Result<") && answer.contains(", String>"))
            {
                wrong.push(format!("{}:{number} an error is a type, not a String", file.display()));
            }
            // Kept in a variable, the handle is the owner.
            if line.trim_start().starts_with(&spawn) {
                wrong.push(format!(
                    "{}:{number} a task needs an owner: use a JoinSet or a TaskTracker",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let mut wrong = Vec::new();
    for database in [
        "migrations/desktop",
        "migrations/coordinator/sqlite",
        "migrations/coordinator/postgres",
    ] {
        let Ok(folder) = std::fs::read_dir(root().join(database)) else {
            continue;
        };
        let mut names: Vec<String> = folder
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        for (index, name) in names.iter().enumerate() {
            let expected = format!("{:04}_", index + 1);
            let words = name.strip_prefix(&expected).and_then(|rest| rest.strip_suffix(".sql"));
            if !words.is_some_and(|words| {
                words
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            }) {
                wrong.push(format!("{database}/{name} should be called {expected}what_it_does.sql"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_reaches_outside_of_the_project() {
    // Put together here, so that this file does not trip over itself.
    let forbidden = [
        format!("../{}/scenes", "shared"),
        format!("/work/{}", "main"),
        format!("/{}/", "root"),
    ];
    let mut wrong = Vec::new();
    for file in sources() {
        let text = read(&file);
        for path in &forbidden {
            if text.contains(path.as_str()) {
                wrong.push(format!("{} names {path}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `docker build` sees nothing of what `.dockerignore` names, and fails after minutes where the program includes it.
#[test]
fn what_the_program_includes_goes_into_the_image() {
    let list = read(Path::new(".dockerignore"));
    let kept_out: Vec<&str> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut included = 0;
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| is(file, "rs") && is_production(file)) {
        let folder = file.parent().expect("a folder");
        for (_, line) in code_lines(file) {
            let Some(path) = ["include_str!(\"", "include_bytes!(\""]
                .iter()
                .find_map(|begin| line.split(begin).nth(1)?.split('"').next())
            else {
                continue;
            };
            included += 1;
            let path = without_dots(&folder.join(path));
            for rule in kept_out.iter().filter(|rule| keeps_out(rule, &path)) {
                wrong.push(format!(
                    "{} includes {}, which {rule} in .dockerignore keeps out",
                    file.display(),
                    path.display()
                ));
            }
        }
    }
    assert!(included > 10, "only {included} inclusions were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of the patterns that Docker knows, `a/path` and `**/a-name` are enough here.
fn keeps_out(rule: &str, path: &Path) -> bool {
    if let Some(name) = rule.strip_prefix("**/") {
        return path.iter().any(|part| part == name);
    }
    assert!(
        !rule.contains(['*', '?', '[', '!']),
        "teach this test what {rule} means"
    );
    path.starts_with(rule)
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path {
        if part == ".." {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

struct Package {
    /// Without `veriframe-`.
    name: String,
    ours: Vec<String>,
    others: Vec<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let short = |value: &serde_json::Value| value["name"].as_str().expect("a name").to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|package| {
            let (ours, others) = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(short)
                .partition::<Vec<_>, _>(|name| name.starts_with("veriframe-"));
            let strip = |name: String| name.trim_start_matches("veriframe-").to_owned();
            Package {
                name: strip(short(package)),
                ours: ours.into_iter().map(strip).collect(),
                others,
            }
        })
        .collect()
}

/// Every hand-written text of the project, relative to its root.
fn sources() -> Vec<PathBuf> {
    const NOT_OURS: &[&str] = &[
        "node_modules",
        "target",
        "dist",
        "gen",
        "output",
        "artifacts",
        ".git",
        ".svelte-kit",
    ];
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() {
                if !NOT_OURS.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if SOURCE_KINDS.iter().any(|kind| is(&path, kind)) || name == "dev" {
                found.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
}

fn is(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|extension| extension == kind)
}

fn is_production(file: &Path) -> bool {
    !file.starts_with("tests")
        && !file.starts_with("crates/testkit")
        && !file.starts_with("crates/peers")
        && !file
            .components()
            .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "benches")
        && file.file_name().is_some_and(|name| name != "tests.rs")
}

fn read(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(root().join(file)).expect("a readable file")).into_owned()
}

/// Numbered lines without comments, up to the unit tests at the end of the file.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    read(file)
        .lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default().to_owned()))
        .collect()
}
