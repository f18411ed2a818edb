//! What the tests share: real Blender, and `.blend` files made by hand.

#![allow(dead_code, reason = "each test binary uses its part")]

#[allow(unused_imports, reason = "each test binary uses its part")]
pub mod synthetic;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The Blender of this computer; without one the calling test is skipped, loudly.
pub fn blender() -> Option<PathBuf> {
    let program = std::env::var_os("VERIFRAME_BLENDER").map_or_else(|| PathBuf::from("blender"), PathBuf::from);
    let found = Command::new(&program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: no Blender on this computer");
    }
    found.then_some(program)
}

/// A Blender that scripts are run in: the program, or the module `bpy` of a Python.
#[derive(Debug)]
pub enum Scripted {
    Program(PathBuf),
    Module(PathBuf),
}

impl Scripted {
    /// The Blender of this computer, and the Pythons that `VERIFRAME_BPY` names, separated by colons.
    pub fn all() -> Vec<Self> {
        let modules = std::env::var_os("VERIFRAME_BPY").unwrap_or_default();
        let modules: Vec<_> = std::env::split_paths(&modules)
            .filter(|python| python.is_file())
            .collect();
        if modules.is_empty() {
            println!("SKIPPED: other versions of Blender: VERIFRAME_BPY names no Python with bpy");
        }
        let program = blender().map(Self::Program);
        program
            .into_iter()
            .chain(modules.into_iter().map(Self::Module))
            .collect()
    }

    /// The folder of the files that it comes with.
    pub fn resources(&self) -> PathBuf {
        let folder = tempfile::tempdir().expect("a folder");
        let answer = folder.path().join("answer");
        self.run("resources.py", &[answer.to_str().expect("a path that is text")]);
        PathBuf::from(std::fs::read_to_string(answer).expect("an answer"))
    }

    /// Stands for it where something that it made is kept.
    pub fn mark(&self) -> String {
        match self {
            Self::Program(program) => veriframe_peers::program_mark(program),
            // A folder of its own for each version.
            Self::Module(python) => python.display().to_string(),
        }
    }

    pub fn run(&self, script: &str, arguments: &[&str]) {
        match self {
            Self::Program(program) => run_script(program, None, script, arguments),
            Self::Module(python) => {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
                let mut command = Command::new(python);
                command.arg(script).arg("--").args(arguments);
                run(command);
            }
        }
    }
}

fn run(mut command: Command) {
    let output = command.output().expect("Blender starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs one of the scripts beside the tests, on a file or on nothing.
pub fn run_script(blender: &Path, file: Option<&Path>, script: &str, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let mut command = Command::new(blender);
    command.args(["-b", "--factory-startup", "-noaudio"]);
    command.args(file);
    command
        .args(["--python-exit-code", "1", "--python"])
        .arg(script)
        .arg("--")
        .args(arguments);
    run(command);
}

/// The scene of `build_scene.py` below `root`.
pub fn build_scene(blender: &Path, root: &Path, compress: &str) -> PathBuf {
    run_script(
        blender,
        None,
        "build_scene.py",
        &[root.to_str().expect("a path that is text"), compress],
    );
    root.join("project/scene.blend")
}
