//! Reads, summarises, traces and packs `.blend` files without Blender.
//!
//! Three calls make the crate: [`inspect`] says what a file would render and which other files it needs, [`pack`]
//! makes a self-contained copy of a scene, and [`BlendFile::open`] gives the blocks and fields themselves.
//!
//! Invariants: bytes of strangers never make it panic, memory is bounded whatever a file claims, and no file of the
//! user's is ever written to.
//!
//! The format is described by the files themselves (each carries the "DNA" of its structs) and, for the frame around
//! it, by Blender's `doc/blender_file_format` and `source/blender/blenloader`.

mod error;
mod pack;
mod read;
mod report;
mod trace;

pub use error::{BlendError, PackError};
pub use pack::{PackOptions, PackProgress, Packed, pack};
pub use read::{BlendFile, Compression, Struct};
pub use report::{
    Border, Dependency, DependencyFile, DependencyKind, DependencyStatus, ImageReport, Marker, Report, SceneReport,
    Simulation, Stats, Warning, WarningKind, inspect, inspect_file,
};
pub use trace::{Scenes, TraceOptions};
