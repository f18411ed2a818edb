//! A Blender that is up and waits for its scene, so that a job begins when it is posted and not a Blender's start later.

use super::{RenderError, SessionOptions};
use crate::{
    Installation, SandboxPolicy,
    blender_command::{blender, empty_dir, empty_write_dir},
    process::ProcessTree,
    sandbox::{self, Access},
};
use std::path::{Path, PathBuf};
use veriframe_core::{BlenderVersion, OutputFormat};

const OPENER: &str = include_str!("opener.py");
const GUARD: &str = concat!(include_str!("../restrict.py"), include_str!("guard.py"));

/// The folder inside the work folder that Blender can write to. Finished frames are copied out of it.
pub(super) const BLENDER_DIR: &str = "blender";
/// The folder inside the work folder that Blender reads the scene from.
pub(super) const SCENE_DIR: &str = "scene";

/// A running Blender without a scene. Dropping it kills the process.
pub struct Standby {
    pub(super) process: ProcessTree,
    /// As we see them.
    pub(super) write_dir: PathBuf,
    pub(super) scene_dir: PathBuf,
    /// As Blender sees them.
    pub(super) scene_dir_inside: PathBuf,
    pub(super) out_dir_inside: PathBuf,
    pub(super) confined: bool,
    installation: Installation,
    work_dir: PathBuf,
    format: OutputFormat,
    gpu: bool,
}

impl Standby {
    /// Starts Blender and returns before it is up. `work_dir` is the one of the session to come.
    pub async fn start(
        installation: &Installation,
        work_dir: &Path,
        format: OutputFormat,
        gpu: bool,
        policy: SandboxPolicy,
    ) -> Result<Self, RenderError> {
        let sandbox = sandbox::choose(policy, installation).map_err(RenderError::NoSandbox)?;
        let (write_dir, scene_dir) = (work_dir.join(BLENDER_DIR), work_dir.join(SCENE_DIR));
        empty_write_dir(&write_dir).map_err(super::disk)?;
        empty_dir(&scene_dir).map_err(super::disk)?;
        let write_dir = write_dir.canonicalize().map_err(RenderError::WorkDir)?;
        let scene_dir = scene_dir.canonicalize().map_err(RenderError::WorkDir)?;
        let program = installation.path.canonicalize().map_err(RenderError::NotStarted)?;
        let access = Access {
            program: &program,
            scene_dir: Some(&scene_dir),
            also: &[],
            write_dir: &write_dir,
            gpu,
        };
        let offline = installation.info.version >= BlenderVersion::new(4, 2, 0);
        let (mut command, inside) = blender(&*sandbox, access, offline).map_err(super::disk)?;
        // In this order: the format counts for the scene that is open by then, and it is set here because doing it from Python
        // also changes the depth of colour.
        command.args(["--python-expr", OPENER]);
        command.args(["-F", format.blender_name(), "-x", "1"]);
        command.args(["--python-expr", GUARD]);
        let process = ProcessTree::start(command).await.map_err(RenderError::NotStarted)?;
        Ok(Self {
            process,
            write_dir,
            scene_dir,
            scene_dir_inside: inside.scene_dir,
            out_dir_inside: inside.out_dir,
            confined: sandbox.confines(),
            installation: installation.clone(),
            work_dir: work_dir.to_owned(),
            format,
            gpu,
        })
    }

    /// Whether a session with these options can be opened in it; false, too, when it has died meanwhile.
    pub fn fits(&mut self, options: &SessionOptions) -> bool {
        let may_be_here = match options.sandbox {
            SandboxPolicy::Require => self.confined,
            SandboxPolicy::Allow => self.confined || self.installation.no_sandbox.is_some(),
            SandboxPolicy::Off => !self.confined,
        };
        may_be_here
            && self.installation.is_same_program(&options.installation)
            && self.work_dir == options.work_dir
            && self.format == options.settings.format
            && self.gpu == options.wants_gpu()
            && self.scene_dir.is_dir()
            && self.process.is_running()
    }

    /// Ends Blender and waits until it is gone.
    pub async fn close(mut self) {
        self.process.kill().await;
    }
}
