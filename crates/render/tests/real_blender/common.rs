use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use veriframe_core::{Denoise, OutputFormat};
use veriframe_render::{
    Installation, SandboxPolicy, SessionOptions, SessionSettings, candidates,
    image_check::{Limits, Pixels, decode},
    probe,
};

/// More than any frame here takes.
pub const LONG: Duration = Duration::from_mins(2);

static INSTALLATION: tokio::sync::OnceCell<Option<Installation>> = tokio::sync::OnceCell::const_new();

/// The first Blender of this computer; `None`, said loudly, when there is none.
pub async fn installation() -> Option<Installation> {
    let found = INSTALLATION
        .get_or_init(|| async {
            let path = candidates(&[]).into_iter().next()?;
            Some(probe(&path).await.expect("the first candidate is a Blender"))
        })
        .await
        .clone();
    if found.is_none() {
        eprintln!("SKIPPED: no Blender is installed");
    }
    found
}

/// The folder of the scenes, built once by Blender itself.
pub fn scenes() -> &'static Path {
    static SCENES: OnceLock<TempDir> = OnceLock::new();
    SCENES
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            build_scenes(folder.path(), &[]);
            folder
        })
        .path()
}

pub fn build_scenes(folder: &Path, arguments: &[&str]) {
    run_builder("scenes.py", folder, arguments);
}

/// Runs one of the scripts beside this file.
pub fn run_builder(script: &str, folder: &Path, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/real_blender")
        .join(script);
    let built = Command::new(&candidates(&[])[0])
        .args([
            "-b",
            "--factory-startup",
            "-noaudio",
            "--python-exit-code",
            "1",
            "--python",
        ])
        .arg(script)
        .arg("--")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stdout));
}

pub fn settings() -> SessionSettings {
    SessionSettings {
        percent: None,
        samples: None,
        format: OutputFormat::Png,
        denoise: Denoise::AsInFile,
        scene: None,
        still: None,
    }
}

pub fn options(installation: &Installation, scene: &str, work_dir: &Path) -> SessionOptions {
    SessionOptions {
        installation: installation.clone(),
        scene_dir: scenes().to_owned(),
        entry: format!("{scene}.blend"),
        work_dir: work_dir.to_owned(),
        settings: settings(),
        devices: Vec::new(),
        threads: None,
        memory_limit: None,
        sandbox: SandboxPolicy::Allow,
        start_timeout: LONG,
        cancel: CancellationToken::new(),
    }
}

/// What `blender -b … -a` makes of the same frames, and the seconds it took.
pub fn plain(
    installation: &Installation,
    scene: &str,
    frames: (i32, i32),
    format: &str,
    expression: &str,
) -> (TempDir, f64) {
    let out = tempfile::tempdir().unwrap();
    let setup = format!("import bpy; s = bpy.context.scene; {expression}");
    let started = std::time::Instant::now();
    let mut blender = Command::new(&installation.path);
    blender.args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"]);
    blender.arg(scenes().join(format!("{scene}.blend")));
    let (first, last) = frames;
    blender
        .args(["--python-expr", &setup])
        .arg("-o")
        .arg(out.path().join("frame_####"));
    blender.args([
        "-F",
        format,
        "-x",
        "1",
        "-s",
        &first.to_string(),
        "-e",
        &last.to_string(),
        "-a",
    ]);
    let run = blender.output().unwrap();
    assert!(run.status.success());
    (out, started.elapsed().as_secs_f64())
}

pub fn pixels(path: &Path) -> Pixels {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes, Limits::default()).unwrap()
}

/// Waits until no process has to do with `text` any more. The kernel takes a moment to clear a killed one away.
pub async fn none_left_with(text: &str) {
    let cleared = async {
        while !processes_with(text).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let cleared = tokio::time::timeout(Duration::from_secs(5), cleared).await;
    assert!(cleared.is_ok(), "left behind: {:?}", processes_with(text));
}

/// Processes of this computer whose command line, environment or mounts hold `text`: mounts find those inside a sandbox,
/// the environment those without one.
pub fn processes_with(text: &str) -> Vec<PathBuf> {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            ["cmdline", "environ", "mountinfo"].iter().any(|file| {
                std::fs::read(path.join(file)).is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
            })
        })
        .collect()
}
