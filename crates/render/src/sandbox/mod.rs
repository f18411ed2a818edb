//! What keeps a stranger's scene away from the computer it is rendered on.
//!
//! Turning scripts off is no protection: Freestyle style modules run all the same, OSL shaders write files, and images,
//! fonts and caches are read from any path that a scene names. So Blender itself is confined.

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod nobody;
mod none;
#[cfg(target_os = "macos")]
mod seatbelt;
#[cfg(target_os = "linux")]
mod system_calls;

use crate::Installation;
use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// Whether renders must be confined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxPolicy {
    /// Refuse to render without a sandbox: for strangers' scenes.
    #[default]
    Require,
    /// Confine when this computer can.
    Allow,
    /// Never: for one's own scenes.
    Off,
}

/// What a confined program is given.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The executable; its folder is made readable when the system's are not enough.
    pub program: &'a Path,
    /// Read only.
    pub scene_dir: Option<&'a Path>,
    /// Files and folders besides, each where it is on this computer. Read only.
    pub also: &'a [PathBuf],
    /// The one folder that can be written. It holds `out/` and `tmp/`.
    pub write_dir: &'a Path,
    /// Graphics devices are reachable.
    pub gpu: bool,
}

/// How to start a confined program, and where it sees its folders.
#[derive(Clone, Debug)]
pub struct Confined {
    /// The start of the command line, ending with the program itself; its own arguments follow.
    pub command: Vec<OsString>,
    /// Variables to set. They add to the own environment, or replace it when `clear_environment`.
    pub environment: Vec<(&'static str, OsString)>,
    pub clear_environment: bool,
    pub scene_dir: PathBuf,
    pub out_dir: PathBuf,
}

impl Confined {
    /// Begins as it says, with no more than it says. The program's own arguments follow.
    pub(crate) fn begin(&self) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().map_or(OsStr::new(""), OsString::as_os_str));
        command.args(words);
        if self.clear_environment {
            command.env_clear();
        }
        command
    }
}

/// A way to confine a program.
pub trait Sandbox: Send + Sync {
    /// For people: `Bubblewrap`.
    fn name(&self) -> &'static str;

    /// Whether a program really is kept from the rest of the computer.
    fn confines(&self) -> bool;

    /// The command line that runs the program with this access and no other. It is for one start.
    fn confine(&self, access: Access<'_>) -> io::Result<Confined>;
}

/// No sandbox is possible, and why. The text is shown to people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSandbox {
    #[error("bubblewrap is not installed")]
    NotInstalled,
    #[error("bubblewrap cannot make a sandbox on this computer: {0}")]
    NotWorking(String),
    #[error("this Blender does not start inside the sandbox: {0}")]
    BlenderFails(String),
    /// What the installation was found to be; kept as text.
    #[error("{0}")]
    AsProbed(String),
    #[error("VeriFrame has no sandbox for this system yet")]
    UnknownSystem,
}

/// The sandbox of this system. Looks only for the program; whether it works, [`crate::probe`] finds out.
pub fn of_this_system() -> Result<Box<dyn Sandbox>, NoSandbox> {
    #[cfg(target_os = "linux")]
    return bubblewrap::Bubblewrap::find().map(|found| Box::new(found) as Box<dyn Sandbox>);
    #[cfg(target_os = "macos")]
    return Ok(Box::new(seatbelt::Seatbelt));
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    Err(NoSandbox::UnknownSystem)
}

/// Runs the program as it is.
pub fn none() -> Box<dyn Sandbox> {
    Box::new(none::Unconfined)
}

/// The sandbox that a policy asks for; the reason when it asks for one that is not there.
pub(crate) fn choose(policy: SandboxPolicy, installation: &Installation) -> Result<Box<dyn Sandbox>, NoSandbox> {
    let possible = match &installation.no_sandbox {
        Some(reason) => Err(NoSandbox::AsProbed(reason.clone())),
        None => of_this_system(),
    };
    match (policy, possible) {
        (SandboxPolicy::Off, _) | (SandboxPolicy::Allow, Err(_)) => Ok(none()),
        (_, Ok(sandbox)) => Ok(sandbox),
        (SandboxPolicy::Require, Err(reason)) => Err(reason),
    }
}
