use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use veriframe_core::{Denoise, OutputFormat};
use veriframe_peers::{kept, program_mark};
use veriframe_render::{
    Installation, SandboxPolicy, SessionOptions, SessionSettings, candidates,
    image_check::{Limits, Pixels, decode},
    probe,
};

/// More than any frame here takes.
pub const LONG: Duration = Duration::from_mins(2);

/// The first Blender of this computer; `None`, said loudly, when there is none. What it says of itself is asked once for each build
/// of these tests; `probing.rs` asks each time.
pub async fn installation() -> Option<Installation> {
    let Some(path) = candidates(&[]).into_iter().next() else {
        eprintln!("SKIPPED: no Blender is installed");
        return None;
    };
    let this = program_mark(&std::env::current_exe().unwrap());
    // What the kernel allows a sandbox may change when it starts.
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let runtime = tokio::runtime::Handle::current();
    let asking = move || {
        kept("installation", &[&program_mark(&path), &this, &boot], |folder| {
            let found = runtime
                .block_on(probe(&path))
                .expect("the first candidate is a Blender");
            std::fs::write(folder.join("installation.json"), serde_json::to_vec(&found).unwrap()).unwrap();
        })
    };
    let folder = tokio::task::spawn_blocking(asking).await.unwrap();
    Some(serde_json::from_slice(&std::fs::read(folder.join("installation.json")).unwrap()).unwrap())
}

/// The folder of the scenes, built once by Blender itself.
pub fn scenes() -> PathBuf {
    built_once("scenes.py")
}

/// What one of the scripts beside this file makes.
pub fn built_once(script: &str) -> PathBuf {
    let text = std::fs::read_to_string(place_of(script)).unwrap();
    kept(script, &[&program_mark(&candidates(&[])[0]), &text], |folder| {
        run_builder(script, folder, &[]);
    })
}

pub fn build_scenes(folder: &Path, arguments: &[&str]) {
    run_builder("scenes.py", folder, arguments);
}

fn place_of(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/real_blender")
        .join(script)
}

/// Runs one of the scripts beside this file.
pub fn run_builder(script: &str, folder: &Path, arguments: &[&str]) {
    let built = Command::new(&candidates(&[])[0])
        .args([
            "-b",
            "--factory-startup",
            "-noaudio",
            "--python-exit-code",
            "1",
            "--python",
        ])
        .arg(place_of(script))
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
        scene_dir: scenes(),
        entry: format!("{scene}.blend"),
        work_dir: work_dir.to_owned(),
        settings: settings(),
        devices: Vec::new(),
        threads: None,
        memory_limit: None,
        disk_limit: None,
        sandbox: SandboxPolicy::Allow,
        start_timeout: LONG,
        cancel: CancellationToken::new(),
    }
}

/// The folder of what `blender -b … -a` makes of the same frames.
pub fn plain(installation: &Installation, scene: &str, frames: (i32, i32), format: &str, expression: &str) -> PathBuf {
    let scenes = scenes();
    let setup = format!("import bpy; s = bpy.context.scene; {expression}");
    let (first, last) = (frames.0.to_string(), frames.1.to_string());
    let parts = [&scenes.to_string_lossy(), scene, &first, &last, format, &*setup];
    kept("plain", &parts, |out| {
        let mut blender = Command::new(&installation.path);
        blender.args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"]);
        blender.arg(scenes.join(format!("{scene}.blend")));
        blender
            .args(["--python-expr", &setup])
            .arg("-o")
            .arg(out.join("frame_####"));
        blender.args(["-F", format, "-x", "1", "-s", &first, "-e", &last, "-a"]);
        let run = blender.output().unwrap();
        assert!(run.status.success());
    })
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
