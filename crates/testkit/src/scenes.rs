//! Scenes that real Blender saved, made once and kept in the temporary folder.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

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
#[derive(Clone, Debug, Hash)]
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
        let kept = self.kept();
        if !kept.is_file() {
            self.build(&kept);
        }
        std::fs::copy(&kept, &path).expect("the scene can be copied");
        path
    }

    fn kept(&self) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let folder = std::env::temp_dir().join("veriframe-test-scenes");
        std::fs::create_dir_all(&folder).expect("a folder for scenes");
        folder.join(format!("{:016x}.blend", hasher.finish()))
    }

    fn build(&self, path: &Path) {
        let blender = blender().expect("Blender; ask `blender()` first");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = folder.path().join("scene.py");
        let saved = folder.path().join("scene.blend");
        std::fs::write(&script, self.script(&saved)).expect("the script can be written");
        let output = Command::new(blender)
            .args([
                "-b",
                "--factory-startup",
                "-noaudio",
                "--python-exit-code",
                "1",
                "--python",
            ])
            .arg(&script)
            .stdin(Stdio::null())
            .output()
            .expect("Blender starts");
        assert!(saved.is_file(), "{}", String::from_utf8_lossy(&output.stdout));
        // Tests that run at the same time may build the same scene: whoever comes last wins with the same content.
        let part = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::copy(&saved, &part).expect("the scene can be kept");
        std::fs::rename(part, path).expect("the scene can be kept");
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

/// Renders frames with plain Blender: the reference that everything is compared with.
pub fn render_plainly(scene: &Path, first: u32, last: u32, into: &Path) {
    let status = Command::new(blender().expect("Blender; ask `blender()` first"))
        .args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"])
        .arg(scene)
        .arg("-o")
        .arg(into.join("frame_####"))
        .args([
            "-F",
            "PNG",
            "-x",
            "1",
            "-s",
            &first.to_string(),
            "-e",
            &last.to_string(),
            "-a",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("Blender starts");
    assert!(status.success(), "Blender ended with {status}");
}
