use crate::{
    Device, DeviceKind, Installation,
    blender_command::{blender, empty_write_dir},
    disk::Scratch,
    installation::fingerprint,
    log_tail::LogTail,
    memory,
    process::ProcessTree,
    sandbox::{self, Access, NoSandbox, Sandbox},
};
use serde::Deserialize;
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, timeout_at};
use veriframe_core::{BlenderInfo, BlenderVersion, Engine};

/// How long a Blender may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

const SCRIPT: &str = include_str!("probe.py");

/// Why something is not a Blender that can be used. The texts are shown to people.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("there is no file {}", .0.display())]
    NotFound(PathBuf),
    #[error("{} is not a program", .0.display())]
    NotExecutable(PathBuf),
    #[error("{} is not Blender", .0.display())]
    NotBlender(PathBuf),
    #[error("{} did not answer within 30 s", .0.display())]
    TimedOut(PathBuf),
    #[error("{} does not work", path.display())]
    Failed {
        path: PathBuf,
        /// The last lines it wrote.
        output: String,
    },
    #[error("a folder to ask Blender in: {0}")]
    Folder(#[source] io::Error),
}

/// Asks a Blender for its version, engines, denoisers and devices, inside the sandbox when this computer has one. Takes
/// seconds: keep the answer while [`Installation::is_current`].
pub async fn probe(path: &Path) -> Result<Installation, ProbeError> {
    probe_telling(path, |_| ()).await
}

/// The same; `facts` hears what is known before Blender has tried to draw, which takes half of the time. Until then only
/// engines that do not draw count.
pub async fn probe_telling(
    path: &Path,
    mut facts: impl FnMut(Installation) + Send,
) -> Result<Installation, ProbeError> {
    let (size, modified) = fingerprint(path).ok_or_else(|| ProbeError::NotFound(path.to_owned()))?;
    if !is_executable(path) {
        return Err(ProbeError::NotExecutable(path.to_owned()));
    }
    let describe = |answer: &Answer, no_sandbox: Option<&NoSandbox>| Installation {
        path: path.to_owned(),
        info: answer.info(no_sandbox.is_none()),
        devices: answer.devices(),
        no_sandbox: no_sandbox.map(ToString::to_string),
        size,
        modified,
    };
    // Links are followed here: inside the sandbox they may lead nowhere.
    let program = path.canonicalize().map_err(ProbeError::Folder)?;
    let no_sandbox = match sandbox::of_this_system() {
        Ok(sandbox) => match sandbox_works(&*sandbox).await {
            Ok(()) => {
                let mut hear = |answer: &Answer| facts(describe(answer, None));
                match ask(path, &program, &*sandbox, &mut hear).await {
                    Ok(answer) => return Ok(describe(&answer, None)),
                    Err(ProbeError::TimedOut(path)) => return Err(ProbeError::TimedOut(path)),
                    Err(inside) => NoSandbox::BlenderFails(inside.to_string()),
                }
            }
            Err(reason) => reason,
        },
        Err(reason) => reason,
    };
    let mut hear = |answer: &Answer| facts(describe(answer, Some(&no_sandbox)));
    let answer = ask(path, &program, &*sandbox::none(), &mut hear).await?;
    Ok(describe(&answer, Some(&no_sandbox)))
}

#[derive(Deserialize)]
struct FoundDevice {
    id: String,
    kind: DeviceKind,
    name: String,
}

#[derive(Deserialize)]
struct Answer {
    version: [u16; 3],
    engines: Vec<String>,
    denoisers: Vec<String>,
    devices: Vec<FoundDevice>,
    /// Comes on a line of its own, or never.
    #[serde(skip)]
    draws: bool,
}

impl Answer {
    fn info(&self, sandboxed: bool) -> BlenderInfo {
        let draws = |engine: &Engine| matches!(engine, Engine::Eevee | Engine::Workbench);
        let [major, minor, patch] = self.version;
        BlenderInfo {
            version: BlenderVersion::new(major, minor, patch),
            engines: self
                .engines
                .iter()
                .map(|name| Engine::from_blender(name))
                .filter(|engine| self.draws || !draws(engine))
                .collect(),
            denoisers: self.denoisers.iter().cloned().collect(),
            sandboxed,
        }
    }

    fn devices(&self) -> Vec<Device> {
        self.devices
            .iter()
            .map(|device| Device {
                memory: (device.kind == DeviceKind::Cpu).then(memory::of_this_computer),
                id: device.id.clone(),
                kind: device.kind,
                name: device.name.clone(),
            })
            .collect()
    }
}

#[derive(Deserialize)]
struct Draws {
    draws: bool,
}

async fn ask(
    path: &Path,
    program: &Path,
    sandbox: &dyn Sandbox,
    facts: &mut (dyn FnMut(&Answer) + Send),
) -> Result<Answer, ProbeError> {
    let folder = Scratch::new().map_err(ProbeError::Folder)?;
    empty_write_dir(folder.path()).map_err(ProbeError::Folder)?;
    let access = Access {
        program,
        scene_dir: None,
        also: &[],
        write_dir: folder.path(),
        gpu: true,
    };
    let (mut command, _) = blender(sandbox, access, false).map_err(ProbeError::Folder)?;
    command.args(["--python-expr", SCRIPT]);
    let mut process = ProcessTree::start(command)
        .await
        .map_err(|error| not_started(path, &error))?;
    let deadline = Instant::now() + PATIENCE;
    let marker = uuid::Uuid::new_v4().simple().to_string();
    // A program that is no Blender may not read it; its output tells.
    let _ = process.send(&marker).await;
    let mut log = LogTail::default();
    let mut answer: Option<Answer> = None;
    let mut calls_itself_blender = false;
    while let Ok(line) = timeout_at(deadline, process.line()).await {
        let Some(line) = line else {
            // The normal end, and that of a Blender that died for want of a graphics context.
            let _ = process.exit().await;
            return match answer {
                Some(answer) => Ok(answer),
                None if calls_itself_blender => Err(ProbeError::Failed {
                    path: path.to_owned(),
                    output: log.text(),
                }),
                None => Err(ProbeError::NotBlender(path.to_owned())),
            };
        };
        if let Some((_, message)) = line.split_once(&marker) {
            match &mut answer {
                None => {
                    answer = serde_json::from_str(message).ok();
                    if let Some(answer) = &answer {
                        facts(answer);
                    }
                }
                Some(answer) => answer.draws = serde_json::from_str::<Draws>(message).is_ok_and(|said| said.draws),
            }
        } else {
            calls_itself_blender |= line.starts_with("Blender ");
            log.push(&line);
        }
    }
    process.kill().await;
    // What it said before it got stuck drawing is true nevertheless.
    answer.ok_or_else(|| ProbeError::TimedOut(path.to_owned()))
}

fn not_started(path: &Path, error: &io::Error) -> ProbeError {
    match error.kind() {
        io::ErrorKind::NotFound => ProbeError::NotFound(path.to_owned()),
        // "Exec format error" has a kind of its own only on some systems.
        _ => ProbeError::NotExecutable(path.to_owned()),
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Runs a program that does nothing in the sandbox: namespaces may be forbidden on this computer.
async fn sandbox_works(sandbox: &dyn Sandbox) -> Result<(), NoSandbox> {
    let not_working = |reason: String| NoSandbox::NotWorking(reason);
    let folder = Scratch::new().map_err(|error| not_working(error.to_string()))?;
    empty_write_dir(folder.path()).map_err(|error| not_working(error.to_string()))?;
    let nothing = [Path::new("/usr/bin/true"), Path::new("/bin/true")];
    let Some(program) = nothing.into_iter().find(|path| path.is_file()) else {
        return Ok(());
    };
    let confined = sandbox
        .confine(Access {
            program,
            scene_dir: None,
            also: &[],
            write_dir: folder.path(),
            gpu: false,
        })
        .map_err(|error| not_working(error.to_string()))?;
    let mut process = ProcessTree::start(confined.begin())
        .await
        .map_err(|error| not_working(error.to_string()))?;
    let mut said = LogTail::default();
    let deadline = Instant::now() + PATIENCE;
    loop {
        match timeout_at(deadline, process.line()).await {
            Ok(Some(line)) => said.push(&line),
            Ok(None) => break,
            Err(_) => {
                process.kill().await;
                return Err(not_working("it did not answer".into()));
            }
        }
    }
    match process.exit().await {
        Ok(status) if status.success() => Ok(()),
        _ => Err(not_working(said.text())),
    }
}
