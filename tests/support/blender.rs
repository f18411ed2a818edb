//! Plain Blender: makes the scenes of the tests, and renders what ours is compared with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use veriframe_peers::{content_mark, copy_all, kept, program_mark};

/// The Blender that the product under test will find.
pub fn program() -> PathBuf {
    std::env::var_os("VERIFRAME_BLENDER").map_or_else(|| "blender".into(), PathBuf::from)
}

/// What stands for it where something that it made is kept.
fn mark() -> String {
    program_mark(&program())
}

fn blender(arguments: &[&str]) {
    let output = Command::new(program())
        .args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"])
        .args(arguments)
        .output()
        .expect("Blender starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !text.contains("Error:"),
        "blender {arguments:?}\n{text}"
    );
}

/// A small Cycles animation in which every frame differs.
pub struct Scene {
    pub frames: u32,
    pub width: u32,
    pub height: u32,
    /// More samples make a slower frame.
    pub samples: u32,
}

impl Scene {
    /// # Panics
    /// When Blender does not write the file.
    pub fn write(&self, path: &Path) {
        let Self {
            frames,
            width,
            height,
            samples,
        } = self;
        let script = format!(
            r"
import bpy
scene = bpy.context.scene
cube = bpy.data.objects['Cube']
for frame in (1, {frames}):
    cube.rotation_euler = (0.4 * frame, 0.2 * frame, 0.0)
    cube.keyframe_insert('rotation_euler', frame=frame)
scene.frame_start, scene.frame_end = 1, {frames}
scene.render.engine = 'CYCLES'
scene.render.resolution_x, scene.render.resolution_y = {width}, {height}
scene.render.resolution_percentage = 100
scene.render.image_settings.file_format = 'PNG'
scene.cycles.samples = {samples}
scene.cycles.use_adaptive_sampling = False
scene.cycles.use_denoising = False
"
        );
        let made = kept("scene", &[&mark(), &script], |folder| {
            let file = folder.join("scene.blend");
            let save = format!(
                "bpy.ops.wm.save_as_mainfile(filepath={:?}, compress=False)",
                file.to_string_lossy()
            );
            blender(&["--python-exit-code", "1", "--python-expr", &format!("{script}{save}")]);
            assert!(file.is_file(), "Blender did not write {}", file.display());
        });
        std::fs::copy(made.join("scene.blend"), path).expect("the scene can be copied");
    }
}

/// 20,000 objects with a mesh each, more than 1 GB.
///
/// # Panics
/// When Blender does not write the file.
pub fn write_big(path: &Path) {
    let file = path.to_string_lossy();
    let script = format!(
        r"
import bpy
n = 26
mesh = bpy.data.meshes.new('m')
mesh.from_pydata(
    [(x, y, 0) for x in range(n) for y in range(n)],
    [],
    [(x * n + y, x * n + y + 1, (x + 1) * n + y + 1, (x + 1) * n + y) for x in range(n - 1) for y in range(n - 1)],
)
for number in range(20_000):
    item = bpy.data.objects.new('O%05d' % number, mesh.copy())
    bpy.context.scene.collection.objects.link(item)
bpy.ops.wm.save_as_mainfile(filepath={file:?}, compress=False)
"
    );
    blender(&["--python-exit-code", "1", "--python-expr", &script]);
    assert!(path.is_file(), "Blender did not write {}", path.display());
}

/// Saves a scene again, compressed as Blender does it.
///
/// # Panics
/// When Blender fails.
pub fn compress(from: &Path, to: &Path) {
    save_as(from, "", to, true);
}

/// Runs a script on a scene (`scene` and `bpy` are there) and writes the outcome to `to`, uncompressed.
///
/// # Panics
/// When the script fails.
pub fn edit(from: &Path, script: &str, to: &Path) {
    save_as(from, script, to, false);
}

fn save_as(from: &Path, script: &str, to: &Path, compress: bool) {
    let file = to.to_string_lossy();
    let compress = if compress { "True" } else { "False" };
    let script = format!(
        "import bpy\nscene = bpy.context.scene\n{script}\nbpy.ops.wm.save_as_mainfile(filepath={file:?}, compress={compress})"
    );
    blender(&[
        &from.to_string_lossy(),
        "--python-exit-code",
        "1",
        "--python-expr",
        &script,
    ]);
    assert!(to.is_file(), "Blender did not write {}", to.display());
}

/// How long plain Blender takes for these frames, now: nothing of it is kept.
///
/// # Panics
/// When Blender fails.
pub fn time(scene: &Path, out: &Path, first: i32, last: i32) -> Duration {
    let name = out.join("plain_####").to_string_lossy().into_owned();
    let (first, last) = (first.to_string(), last.to_string());
    let began = Instant::now();
    blender(&[
        &scene.to_string_lossy(),
        "-o",
        &name,
        "-F",
        "PNG",
        "-x",
        "1",
        "-s",
        &first,
        "-e",
        &last,
        "-a",
    ]);
    began.elapsed()
}

/// Renders frames `first` to `last` as anybody would with Blender alone, into `out`; returns them in order. For a scene that stands
/// alone: the frames are kept by the bytes of its file.
///
/// # Panics
/// When a frame is not there afterwards.
pub fn render(scene: &Path, out: &Path, first: i32, last: i32, percent: u32, samples: Option<u32>) -> Vec<PathBuf> {
    let samples = samples.map_or(String::new(), |n| format!("s.cycles.samples={n};"));
    let script = format!("import bpy; s=bpy.context.scene; s.render.resolution_percentage={percent}; {samples}");
    let (first_text, last_text) = (first.to_string(), last.to_string());
    let bytes = std::fs::read(scene).expect("the scene is there");
    let scene = scene.to_string_lossy();
    let made = kept(
        "plain",
        &[&mark(), &script, &first_text, &last_text, &content_mark(&bytes)],
        |folder| {
            let name = folder.join("plain_####").to_string_lossy().into_owned();
            blender(&[
                &scene,
                "--python-expr",
                &script,
                "-o",
                &name,
                "-F",
                "PNG",
                "-x",
                "1",
                "-s",
                &first_text,
                "-e",
                &last_text,
                "-a",
            ]);
        },
    );
    copy_all(&made, out);
    let frames: Vec<_> = (first..=last)
        .map(|frame| out.join(format!("plain_{frame:04}.png")))
        .collect();
    for frame in &frames {
        assert!(frame.is_file(), "plain Blender left no {}", frame.display());
    }
    frames
}
