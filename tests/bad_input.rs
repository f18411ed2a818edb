//! Bad input, each with its own words and its own exit code, and nothing is paid for it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;
use veriframe_tests::blender::{Scene, edit};
use veriframe_tests::program::{self, Finished, Program, run};
use veriframe_tests::wait::seconds;

const BAD_INPUT: i32 = 3;
const NO_BLENDER: i32 = 4;
const COORDINATOR: i32 = 5;
const MONEY: i32 = 6;

/// A scene that is fine, and a home to use it in.
struct Desk {
    folder: TempDir,
    scene: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let scene = folder.path().join("fine.blend");
        Scene {
            frames: 2,
            width: 64,
            height: 36,
            samples: 4,
        }
        .write(&scene);
        Self { folder, scene }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// `fine.blend`, changed by a script.
    fn changed(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path(name);
        edit(&self.scene, script, &path);
        path
    }

    async fn render(&self, scene: &Path, more: &[&str]) -> Finished {
        let (scene, out) = (
            scene.to_string_lossy().into_owned(),
            self.path("frames").to_string_lossy().into_owned(),
        );
        let arguments = [&["render", &scene, "--out", &out, "--json"], more].concat();
        run("bad-input", &self.home(), &arguments, seconds(120)).await
    }

    /// Runs `render` where the file system is not as usual: `sandbox` are arguments of bubblewrap.
    async fn render_in(&self, sandbox: &[&str]) -> Finished {
        let mut command = Command::new("bwrap");
        command
            .args(["--dev-bind", "/", "/"])
            .args(sandbox)
            .arg("--")
            .arg(program::command());
        command
            .args(["render", "--json", "--out"])
            .arg(self.path("frames"))
            .arg(&self.scene);
        command.env("VERIFRAME_HOME", self.home());
        program::alone(&mut command);
        let mut program = Program::start("bad-input-sandbox", command);
        let status = program.end(seconds(120)).await;
        Finished {
            code: status.code(),
            stdout: program.stdout(),
            stderr: program.stderr(),
        }
    }
}

/// The refusal says `code` to scripts and all of `words` to people, with what to do next, and no frame was written.
#[track_caller]
fn assert_refused(finished: &Finished, exit: i32, code: &str, words: &[&str]) {
    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert_eq!(finished.code, Some(exit), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    let last = finished.stdout.lines().last().unwrap_or_default();
    let answer: Value = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(answer["error"]["code"], code, "{said}");
    let sentence = format!("{} {}", answer["error"]["message"], answer["error"]["hint"]).to_lowercase();
    for word in words {
        assert!(sentence.contains(&word.to_lowercase()), "“{word}” is missing: {said}");
    }
}

#[tokio::test]
async fn what_is_not_a_scene_is_named() {
    let desk = Desk::new();
    let fine = std::fs::read(&desk.scene).expect("the scene");
    let text = desk.file("text.blend", b"Dear diary, this is not a scene.");
    assert_refused(
        &desk.render(&text, &[]).await,
        BAD_INPUT,
        "not_a_blend",
        &["text.blend"],
    );
    let half = desk.file("half.blend", &fine[..fine.len() / 2]);
    assert_refused(&desk.render(&half, &[]).await, BAD_INPUT, "truncated", &["half.blend"]);
    let empty = desk.file("empty.blend", b"");
    assert_refused(
        &desk.render(&empty, &[]).await,
        BAD_INPUT,
        "empty_file",
        &["empty.blend"],
    );
    let folder = desk.path("folder.blend");
    std::fs::create_dir(&folder).expect("a folder");
    assert_refused(&desk.render(&folder, &[]).await, BAD_INPUT, "is_folder", &["folder"]);
    assert_refused(
        &desk.render(&desk.path("gone.blend"), &[]).await,
        BAD_INPUT,
        "not_found",
        &["gone.blend"],
    );
}

#[tokio::test]
async fn a_scene_that_cannot_be_rendered_right_is_refused_before_it_is_paid() {
    let desk = Desk::new();
    let newer = {
        let mut bytes = std::fs::read(&desk.scene).expect("the scene");
        assert_eq!(&bytes[..7], b"BLENDER", "an uncompressed scene");
        bytes[9..12].copy_from_slice(b"999");
        desk.file("newer.blend", &bytes)
    };
    assert_refused(&desk.render(&newer, &[]).await, NO_BLENDER, "not_eligible", &["9.99"]);

    let blind = desk.changed("blind.blend", "bpy.data.objects.remove(scene.camera)");
    assert_refused(&desk.render(&blind, &[]).await, BAD_INPUT, "no_camera", &["camera"]);

    let denoised = desk.changed("denoised.blend", "scene.cycles.use_denoising = True");
    let finished = desk.render(&denoised, &[]).await;
    if finished.code == Some(0) {
        println!("SKIPPED: a missing denoiser, because this Blender has OpenImageDenoise");
    } else {
        assert_refused(&finished, NO_BLENDER, "no_denoiser", &["denois", "--denoise off"]);
    }

    let bare = desk.changed(
        "bare.blend",
        "image = bpy.data.images.new('wood', 8, 8)
image.filepath, image.source = '//wood.png', 'FILE'
material = bpy.data.materials.new('floor')
material.use_nodes = True
node = material.node_tree.nodes.new('ShaderNodeTexImage')
node.image = image
material.node_tree.links.new(node.outputs[0], material.node_tree.nodes['Principled BSDF'].inputs[0])
bpy.data.objects['Cube'].data.materials.append(material)",
    );
    assert_refused(
        &desk.render(&bare, &[]).await,
        BAD_INPUT,
        "missing_files",
        &["wood.png"],
    );
    desk.render(&bare, &["--ignore-missing", "--frames", "1"])
        .await
        .expect_success();
}

#[tokio::test]
async fn frames_that_are_no_frames_are_refused() {
    let desk = Desk::new();
    for frames in ["", "one", "5-1", "1-5x0"] {
        assert_refused(
            &desk.render(&desk.scene, &["--frames", frames]).await,
            BAD_INPUT,
            "invalid_frames",
            &[],
        );
    }
}

#[tokio::test]
async fn without_blender_the_words_say_so() {
    let desk = Desk::new();
    let blender = which("blender");
    let finished = desk.render_in(&["--ro-bind", "/dev/null", &blender]).await;
    assert_refused(&finished, NO_BLENDER, "no_blender", &["Blender"]);
}

/// A downloaded scene that names a private key as the profile of its lamp.
#[tokio::test]
async fn a_private_file_that_a_scene_names_stays_here() {
    let desk = Desk::new();
    for folder in ["downloads", ".ssh"] {
        std::fs::create_dir(desk.path(folder)).expect("a folder");
    }
    let key = desk.file(".ssh/id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\nvery private\n");
    let scene = desk.changed(
        "downloads/scene.blend",
        "lamp = bpy.data.lights[0]
lamp.use_nodes = True
nodes = lamp.node_tree.nodes
profile = nodes.new('ShaderNodeTexIES')
profile.mode, profile.filepath = 'EXTERNAL', '//../.ssh/id_rsa'
emission = next(node for node in nodes if node.type == 'EMISSION')
lamp.node_tree.links.new(profile.outputs[0], emission.inputs['Strength'])",
    );
    let refused = desk.render(&scene, &[]).await;
    assert_refused(&refused, BAD_INPUT, "missing_files", &["id_rsa"]);
    let (packed, scene) = (desk.path("packed"), scene.to_string_lossy().into_owned());
    let out = packed.to_string_lossy().into_owned();
    let arguments = ["pack", &scene, "--out", &out, "--ignore-missing"];
    run("bad-input-pack", &desk.home(), &arguments, seconds(60))
        .await
        .expect_success();
    let secret = std::fs::read(&key).expect("the key");
    let mut waiting = vec![packed];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                waiting.push(entry.path());
            } else {
                assert_ne!(
                    std::fs::read(entry.path()).expect("a file"),
                    secret,
                    "{:?}",
                    entry.path()
                );
            }
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_paid() {
    let desk = Desk::new();
    // Room for the databases, and not for a scene of 40 MB.
    let big = desk.changed(
        "fine.blend",
        "import os
text = bpy.data.texts.new('notes')
text.write('\\n'.join(os.urandom(512).hex() for _ in range(40_000)))",
    );
    assert_eq!(big, desk.scene);
    let home = desk.home().to_string_lossy().into_owned();
    std::fs::create_dir(&home).expect("a folder");
    let finished = desk.render_in(&["--size", "12000000", "--tmpfs", &home]).await;
    assert_refused(&finished, 1, "no_space", &["disk"]);
}

#[tokio::test]
async fn a_coordinator_that_is_not_there_is_said() {
    let desk = Desk::new();
    // Port 1 of the loopback: nothing listens there.
    let finished = desk.render(&desk.scene, &["--coordinator", "http://127.0.0.1:1"]).await;
    assert_refused(&finished, COORDINATOR, "coordinator_down", &["127.0.0.1:1"]);
}

#[tokio::test]
async fn more_than_the_wallet_holds_is_refused() {
    let desk = Desk::new();
    let (scene, out) = (desk.scene.to_string_lossy(), desk.path("frames"));
    let arguments = [
        "render",
        &scene,
        "--out",
        &out.to_string_lossy(),
        "--json",
        "--cap",
        "1000000",
    ];
    let mut command = program::veriframe(&desk.home(), &arguments);
    command.env("VERIFRAME_MONEY", "credits");
    let finished = program::run_command("bad-input", command, seconds(120)).await;
    assert_refused(&finished, MONEY, "insufficient_funds", &["credits"]);
}

fn which(program: &str) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("readlink -f \"$(command -v {program})\"")])
        .output();
    String::from_utf8(output.expect("a shell").stdout)
        .expect("a path")
        .trim()
        .to_owned()
}
