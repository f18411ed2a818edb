use crate::{Device, Installation, SandboxPolicy};
use std::{path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;
use veriframe_core::{Denoise, OutputFormat, pieces::Still};

/// What is asked of the scene beyond what its file says; `None` means "as in the file".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// Replaces the file's own resolution percentage.
    pub percent: Option<u16>,
    pub samples: Option<u32>,
    pub format: OutputFormat,
    pub denoise: Denoise,
    /// The scene to render; the file's active one when `None`.
    pub scene: Option<String>,
    /// The session renders pieces of this still instead of frames.
    pub still: Option<Still>,
}

/// Everything a [`super::Session`] needs to know.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    pub installation: Installation,
    /// The folder of the scene and all its files; Blender can read it and nothing else of the user's.
    pub scene_dir: PathBuf,
    /// The `.blend` inside `scene_dir`, with `/` between folders.
    pub entry: String,
    /// Where finished frames are put; made when it is not there. One session at a time.
    pub work_dir: PathBuf,
    pub settings: SessionSettings,
    /// What to render on; empty for the processor.
    pub devices: Vec<Device>,
    /// Processor threads; `None` for all.
    pub threads: Option<u32>,
    /// Bytes of resident memory of the whole process tree.
    pub memory_limit: Option<u64>,
    /// Bytes that it may write besides its frames.
    pub disk_limit: Option<u64>,
    pub sandbox: SandboxPolicy,
    /// How long opening the scene may take.
    pub start_timeout: Duration,
    /// Ends the session at once, in the middle of a frame too.
    pub cancel: CancellationToken,
}

impl SessionOptions {
    /// How long opening a scene may take when nothing else is said: large scenes on slow disks take minutes.
    pub const START_TIMEOUT: Duration = Duration::from_mins(5);

    pub(super) fn wants_gpu(&self) -> bool {
        self.devices.iter().any(|device| device.kind.is_gpu())
    }
}

/// One finished frame.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedFrame {
    /// Its number, or that of the piece.
    pub frame: i32,
    /// In the work folder, out of Blender's reach; it is the caller's from here on.
    pub path: PathBuf,
    /// Of the file.
    pub bytes: u64,
    /// SHA-256 over the decoded pixels, see [`crate::image_check::digest`].
    pub digest: String,
    pub width: u32,
    pub height: u32,
    /// From the order to the finished file.
    pub seconds: f64,
    /// Of these, until the first sample was begun: what does not grow with pixels and samples. `None` where the engine does not
    /// tell.
    pub before_sampling: Option<f64>,
    /// And from the last sample on.
    pub after_sampling: Option<f64>,
    /// Bytes of resident memory of the process tree, the largest of the samples taken during the frame.
    pub peak_memory: u64,
    pub log_tail: String,
}
