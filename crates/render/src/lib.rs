//! Blender, asked and driven: which installations there are, what each can do, and frames out of them.
//!
//! - [`candidates`] and [`probe`]: where Blender may be, and what one says of itself.
//! - [`Session`]: one warm, sandboxed Blender per scene, fed frame numbers. [`Standby`]: one that waits for a scene.
//! - [`image_check`]: whether two pictures are the same, and whether one can be right.
//! - [`picture`]: thumbnails and displayable pictures of finished frames.
//! - [`preflight`]: what a packed scene lacks, told before it is paid for; and baking.
//! - [`benchmark`]: how fast this computer is, as a score where 100 is a small two-core computer.
//!
//! Invariants:
//! - A frame counts only when its file exists, was written now and decodes; Blender's exit status and output prove nothing.
//! - Nothing that Blender's process could write is trusted: finished frames are copied out of the folder it can reach.
//! - No process outlives its [`Session`], and none outlives this program, even when it is killed.

pub mod benchmark;
mod blender_command;
mod candidates;
mod disk;
pub mod image_check;
mod installation;
pub mod join;
mod log_tail;
mod memory;
pub mod picture;
pub mod preflight;
mod probe;
mod process;
mod progress;
pub mod sandbox;
mod session;

pub use candidates::candidates;
pub use disk::{Scratch, free_bytes, remove_all};
pub use installation::{Device, DeviceKind, Installation};
pub use probe::{ProbeError, probe, probe_telling};
pub use sandbox::SandboxPolicy;
pub use session::{RenderError, RenderedFrame, Session, SessionOptions, SessionSettings, Standby};
