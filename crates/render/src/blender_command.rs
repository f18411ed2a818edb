use crate::{
    disk::remove_all,
    sandbox::{Access, Confined, Sandbox},
};
use std::{io, path::Path};
use tokio::process::Command;

/// Runs before anything else inside every Blender we start.
const LEASH: &str = include_str!("leash.py");

/// How every Blender is started: its own settings and add-ons, no scripts of files, no sound, no window.
/// What to open and to do follows as further arguments.
pub(crate) fn blender(sandbox: &dyn Sandbox, access: Access<'_>, offline: bool) -> io::Result<(Command, Confined)> {
    let confined = sandbox.confine(access)?;
    let mut command = confined.begin();
    // They would change what Python inside Blender is.
    for name in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "BLENDER_SYSTEM_SCRIPTS"] {
        command.env_remove(name);
    }
    command.envs(confined.environment.iter().map(|(name, value)| (name, value)));
    command.args(["--factory-startup", "--disable-autoexec", "-noaudio", "-b"]);
    if offline {
        command.arg("--offline-mode");
    }
    command.args(["--python-expr", LEASH]);
    Ok((command, confined))
}

/// Makes the two folders that a confined program may write to, empty.
pub(crate) fn empty_write_dir(write_dir: &Path) -> std::io::Result<()> {
    for name in ["out", "tmp"] {
        empty_dir(&write_dir.join(name))?;
    }
    Ok(())
}

/// An empty folder, whatever an earlier run left in its place.
pub(crate) fn empty_dir(folder: &Path) -> std::io::Result<()> {
    remove_all(folder)?;
    std::fs::create_dir_all(folder)
}
