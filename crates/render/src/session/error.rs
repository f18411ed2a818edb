use crate::sandbox::NoSandbox;
use std::io;

/// Why a frame, or a whole session, failed. The texts are shown to people.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("cancelled")]
    Cancelled,
    #[error("took longer than {seconds} s")]
    TimedOut { seconds: u64 },
    #[error("ran out of memory at {} MB", peak >> 20)]
    OutOfMemory {
        /// Bytes.
        peak: u64,
    },
    #[error("Blender cannot open the scene: {reason}")]
    SceneUnreadable { reason: String },
    #[error("the scene has no scene named “{0}”")]
    NoSuchScene(String),
    #[error("the still has no piece {0}")]
    NoSuchPiece(i32),
    #[error("the scene has no camera")]
    NoCamera,
    #[error("the scene needs the denoiser {denoiser}, which this Blender was built without")]
    MissingDenoiser { denoiser: String },
    #[error("this Blender cannot run the engine {engine} here")]
    EngineUnavailable { engine: String },
    #[error("the device {0} is not there any more")]
    DeviceUnavailable(String),
    #[error("the scene uses what cannot be rendered here: {0}")]
    Unsupported(String),
    #[error("there is no room left on the disk")]
    NoSpace,
    #[error("renders are not possible without a sandbox here: {0}")]
    NoSandbox(NoSandbox),
    #[error("Blender could not be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("Blender stopped in the middle of its work")]
    BlenderDied { log_tail: String },
    #[error("Blender wrote no picture")]
    NoOutput { log_tail: String },
    #[error("the folder of the frames: {0}")]
    WorkDir(#[source] io::Error),
}

impl RenderError {
    /// The last lines of Blender's output, when they explain something.
    pub fn log_tail(&self) -> Option<&str> {
        match self {
            Self::BlenderDied { log_tail } | Self::NoOutput { log_tail } => Some(log_tail),
            _ => None,
        }
    }
}
