//! Looks at a packed scene with a real Blender before money moves: what would be missing, pink or empty on any other
//! computer. And what only Blender can mend: simulations that are not baked.

mod order;

use crate::{
    Installation, SandboxPolicy,
    blender_command::{blender, empty_write_dir},
    disk::Scratch,
    log_tail::LogTail,
    process::ProcessTree,
    sandbox::{self, Access, NoSandbox},
};
use order::{Answer, Order, Task};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use veriframe_core::BlenderVersion;

const SCRIPT: &str = concat!(include_str!("../restrict.py"), include_str!("preflight.py"));
/// A scene that opens at all does so in this time, pictures included.
const CHECK_PATIENCE: Duration = Duration::from_mins(10);
/// Large fluids take a night.
const BAKE_PATIENCE: Duration = Duration::from_hours(24);
const RENDER_PATIENCE: Duration = Duration::from_mins(15);
/// Of the small frame.
pub const SMALL_PERCENT: u32 = 10;
const SMALL_SAMPLES: u32 = 16;

/// A scene, and the Blender to look at it with.
#[derive(Clone, Debug)]
pub struct Examined {
    pub installation: Installation,
    /// The folder that holds everything the scene needs.
    pub folder: PathBuf,
    /// The `.blend`, relative to the folder.
    pub entry: String,
    /// `None` for the scene that Blender would render.
    pub scene: Option<String>,
    pub sandbox: SandboxPolicy,
    pub cancel: CancellationToken,
}

/// What a worker's Blender would lack.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Findings {
    /// Files that are named and not there: relative to the scene's folder, or absolute when they lead out of it. Files that
    /// nothing shows are among them.
    pub missing: Vec<String>,
    /// Pictures that are there and cannot be read.
    pub broken: Vec<String>,
    /// Materials, worlds, lights and node groups that show a picture which does not load.
    pub pink: Vec<String>,
    /// Linked data that its library does not hold.
    pub unlinked: Vec<String>,
    /// Nodes that this Blender does not know.
    pub unknown_nodes: Vec<String>,
}

impl Findings {
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    #[error("cancelled")]
    Cancelled,
    #[error("Blender took too long")]
    TimedOut,
    #[error("this cannot be done without a sandbox here: {0}")]
    NoSandbox(NoSandbox),
    #[error("Blender could not be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("Blender cannot open the scene: {0}")]
    Unreadable(String),
    #[error("Blender failed: {detail}")]
    Failed { detail: String },
    #[error("the scene's folder cannot be used: {0}")]
    Folder(#[source] io::Error),
}

/// Opens the scene and tells what is missing. Nothing is changed.
pub async fn check(scene: &Examined) -> Result<Findings, PreflightError> {
    let place = Place::new(Some(&scene.folder))?;
    let file = |inside: &Inside| inside.scene_dir.join(&scene.entry);
    match place.run(scene, Task::Check, file, CHECK_PATIENCE).await? {
        Answer::Checked(findings) => Ok(findings),
        _ => Err(unexpected()),
    }
}

/// Bakes every simulation of the scene and saves it in its folder, uncompressed. Returns what could not be baked, in words.
///
/// The folder is moved away meanwhile. After an error its state is not known: make it anew.
pub async fn bake(scene: &Examined) -> Result<Vec<String>, PreflightError> {
    // Beside it, so that moving costs nothing.
    let beside = scene.folder.parent().unwrap_or(Path::new("."));
    let place = Place::beside(beside)?;
    let moved = place.folder.path().join("out").join("scene");
    fs::rename(&scene.folder, &moved).map_err(PreflightError::Folder)?;
    let file = |inside: &Inside| inside.out_dir.join("scene").join(&scene.entry);
    let answer = place.run(scene, Task::Bake, file, BAKE_PATIENCE).await;
    fs::rename(&moved, &scene.folder).map_err(PreflightError::Folder)?;
    match answer? {
        Answer::Baked { failed } => Ok(failed),
        _ => Err(unexpected()),
    }
}

/// Renders one frame at [`SMALL_PERCENT`] with few samples, as PNG.
pub async fn small_frame(scene: &Examined, frame: i32) -> Result<Vec<u8>, PreflightError> {
    let place = Place::new(Some(&scene.folder))?;
    let file = |inside: &Inside| inside.scene_dir.join(&scene.entry);
    place.render(scene, frame, file).await
}

/// The same of a scene where the artist keeps it. Of this computer it sees itself and `files`, and nothing else: it may have been
/// downloaded. Without a sandbox it is refused when it would run scripts.
pub async fn small_frame_of_original(
    scene: &Examined,
    files: &[PathBuf],
    frame: i32,
) -> Result<Vec<u8>, PreflightError> {
    let path = scene.folder.join(&scene.entry);
    let mut place = Place::new(None)?;
    place.also = files.iter().filter(|file| file.exists()).cloned().collect();
    place.also.push(path.clone());
    place.render(scene, frame, |_| path.clone()).await
}

/// An answer to something that was not asked.
fn unexpected() -> PreflightError {
    PreflightError::Failed {
        detail: "it gave an answer that was not asked for".to_owned(),
    }
}

/// Where a Blender may write, and what it may read.
struct Place<'a> {
    folder: Scratch,
    scene_dir: Option<&'a Path>,
    /// Files elsewhere.
    also: Vec<PathBuf>,
}

/// How Blender sees its folders.
struct Inside {
    scene_dir: PathBuf,
    out_dir: PathBuf,
}

impl<'a> Place<'a> {
    fn new(scene_dir: Option<&'a Path>) -> Result<Self, PreflightError> {
        let folder = Scratch::new().map_err(PreflightError::NotStarted)?;
        empty_write_dir(folder.path()).map_err(PreflightError::NotStarted)?;
        Ok(Self {
            folder,
            scene_dir,
            also: Vec::new(),
        })
    }

    fn beside(beside: &Path) -> Result<Self, PreflightError> {
        let folder = Scratch::new_in(beside, "bake-").map_err(PreflightError::Folder)?;
        empty_write_dir(folder.path()).map_err(PreflightError::Folder)?;
        Ok(Self {
            folder,
            scene_dir: None,
            also: Vec::new(),
        })
    }

    async fn render(
        &self,
        scene: &Examined,
        frame: i32,
        file: impl FnOnce(&Inside) -> PathBuf,
    ) -> Result<Vec<u8>, PreflightError> {
        let task = Task::Render {
            frame,
            percent: SMALL_PERCENT,
            samples: SMALL_SAMPLES,
        };
        match self.run(scene, task, file, RENDER_PATIENCE).await? {
            Answer::Rendered => {
                fs::read(self.folder.path().join("out/small.png")).map_err(|error| PreflightError::Failed {
                    detail: format!("no picture was written ({error})"),
                })
            }
            _ => Err(unexpected()),
        }
    }

    async fn run(
        &self,
        scene: &Examined,
        task: Task,
        file: impl FnOnce(&Inside) -> PathBuf,
        patience: Duration,
    ) -> Result<Answer, PreflightError> {
        let installation = &scene.installation;
        let sandbox = sandbox::choose(scene.sandbox, installation).map_err(PreflightError::NoSandbox)?;
        let program = installation.path.canonicalize().map_err(PreflightError::NotStarted)?;
        let write_dir = self.folder.path().canonicalize().map_err(PreflightError::NotStarted)?;
        let scene_dir = self.scene_dir.map(Path::canonicalize).transpose();
        let scene_dir = scene_dir.map_err(PreflightError::Folder)?;
        let access = Access {
            program: &program,
            scene_dir: scene_dir.as_deref(),
            also: &self.also,
            write_dir: &write_dir,
            gpu: false,
        };
        let offline = installation.info.version >= BlenderVersion::new(4, 2, 0);
        let (mut command, confined) = blender(&*sandbox, access, offline).map_err(PreflightError::NotStarted)?;
        command.args(["--python-expr", SCRIPT]);
        let inside = Inside {
            scene_dir: confined.scene_dir,
            out_dir: confined.out_dir,
        };
        let mut process = ProcessTree::start(command).await.map_err(PreflightError::NotStarted)?;
        let marker = uuid::Uuid::new_v4().simple().to_string();
        let order = Order {
            marker: &marker,
            open: &file(&inside),
            scene: scene.scene.as_deref(),
            out_dir: &inside.out_dir,
            confined: sandbox.confines(),
            task,
        };
        let order = serde_json::to_string(&order).unwrap_or_default();
        // When Blender is gone already its output tells why.
        let _ = process.send(&order).await;
        let mut log = LogTail::hiding(&[(&scene.folder, "(scene)"), (&write_dir, "(work)")]);
        let answer = listen(&mut process, &marker, &mut log, patience, &scene.cancel).await;
        process.kill().await;
        answer
    }
}

async fn listen(
    process: &mut ProcessTree,
    marker: &str,
    log: &mut LogTail,
    patience: Duration,
    cancel: &CancellationToken,
) -> Result<Answer, PreflightError> {
    let deadline = Instant::now() + patience;
    loop {
        let line = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(PreflightError::Cancelled),
            line = timeout_at(deadline, process.line()) => line.map_err(|_| PreflightError::TimedOut)?,
        };
        let Some(line) = line else {
            return Err(PreflightError::Failed { detail: log.text() });
        };
        let Some((_, message)) = line.split_once(marker) else {
            log.push(&line);
            continue;
        };
        match serde_json::from_str(message) {
            Ok(Answer::Unreadable { detail }) => return Err(PreflightError::Unreadable(detail)),
            Ok(Answer::Failed { detail }) => return Err(PreflightError::Failed { detail }),
            Ok(answer) => return Ok(answer),
            Err(error) => log.push(&error.to_string()),
        }
    }
}
