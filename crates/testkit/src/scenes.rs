//! Scenes that real Blender saved, made once and kept beside the builds.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use veriframe_peers::{content_mark, copy_all, kept, program_mark};

/// The Blender to test with; `None` when there is none. Tests that need one say so and count themselves skipped.
pub fn blender() -> Option<PathBuf> {
    let candidates = std::env::var_os("VERIFRAME_BLENDER")
        .map(PathBuf::from)
        .into_iter()
        .chain(std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join("blender")))
        .collect::<Vec<_>>();
    candidates.into_iter().find(|path| path.is_file())
}

/// A small scene: a turning cube, Cycles, no denoising.
#[derive(Clone, Debug)]
pub struct Scene {
    pub frames: u32,
    pub width: u32,
    pub height: u32,
    pub samples: u32,
    /// More Python, run before saving; `scene` is the scene and `FOLDER` the folder it is saved into.
    pub extra: String,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            frames: 5,
            width: 96,
            height: 54,
            samples: 4,
            extra: String::new(),
        }
    }
}

impl Scene {
    /// Writes `name` into `folder` with Blender.
    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let program = blender().expect("Blender; ask `blender()` first");
        let script = self.script(Path::new("scene.blend"));
        let made = kept("scene", &[&program_mark(&program), &script], |folder| {
            self.build(&program, &folder.join("scene.blend"));
        });
        std::fs::copy(made.join("scene.blend"), &path).expect("the scene can be copied");
        path
    }

    fn build(&self, blender: &Path, saved: &Path) {
        let output = Command::new(blender)
            .args([
                "-b",
                "--factory-startup",
                "-noaudio",
                "--python-exit-code",
                "1",
                "--python-expr",
            ])
            .arg(self.script(saved))
            .stdin(Stdio::null())
            .output()
            .expect("Blender starts");
        assert!(saved.is_file(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    fn script(&self, saved: &Path) -> String {
        format!(
            "import bpy\n\
             FOLDER = {folder:?}\n\
             scene = bpy.context.scene\n\
             scene.render.engine = 'CYCLES'\n\
             scene.cycles.samples = {samples}\n\
             scene.cycles.use_denoising = False\n\
             scene.render.resolution_x, scene.render.resolution_y = {width}, {height}\n\
             scene.render.resolution_percentage = 100\n\
             scene.frame_start, scene.frame_end = 1, {frames}\n\
             cube = bpy.data.objects['Cube']\n\
             cube.keyframe_insert('rotation_euler', frame=1)\n\
             cube.rotation_euler[2] = 2.0\n\
             cube.keyframe_insert('rotation_euler', frame={frames} + 1)\n\
             {extra}\n\
             bpy.ops.wm.save_as_mainfile(filepath={saved:?})\n",
            folder = saved.parent().unwrap_or(Path::new(".")).to_string_lossy(),
            samples = self.samples,
            width = self.width,
            height = self.height,
            frames = self.frames,
            extra = self.extra,
            saved = saved.to_string_lossy(),
        )
    }
}

/// Renders frames with plain Blender: the reference that everything is compared with. Kept, for a scene that stands alone.
pub fn render_plainly(scene: &Path, first: u32, last: u32, into: &Path) {
    let program = blender().expect("Blender; ask `blender()` first");
    let bytes = std::fs::read(scene).expect("the scene is there");
    let (first, last) = (first.to_string(), last.to_string());
    let parts = [&program_mark(&program), &content_mark(&bytes), &*first, &*last];
    let made = kept("plain", &parts, |folder| {
        let status = Command::new(&program)
            .args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"])
            .arg(scene)
            .arg("-o")
            .arg(folder.join("frame_####"))
            .args(["-F", "PNG", "-x", "1", "-s", &first, "-e", &last, "-a"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("Blender starts");
        assert!(status.success(), "Blender ended with {status}");
    });
    copy_all(&made, into);
}
