//! Makes a self-contained copy of a scene.

mod copy;
mod layout;
mod names;
mod plan;
mod rewrite;

use std::{fs, io, path::Path};

use crate::{
    PackError,
    read::BlendFile,
    trace::{self, TraceOptions},
};

/// How to pack.
#[derive(Debug, Clone, Default)]
pub struct PackOptions {
    pub trace: TraceOptions,
    /// Pack what is there and leave the paths of missing files as they are.
    pub ignore_missing: bool,
    /// Compress the .blend files, as Blender does since 3.0.
    pub compress: bool,
}

/// Where packing stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Stored paths of needed files that were left out: sounds, and with `ignore_missing` all that is missing.
    pub missing: Vec<String>,
}

/// Copies a scene and every file it needs into `out_dir`, which is created, or must be empty.
///
/// Unless it is asked otherwise, the `.blend` files are written uncompressed, so that a changed scene shares most blocks with its last version, and
/// with every path in them relative and inside. The user's own files are only read. When packing fails or is
/// cancelled, what it wrote is removed.
pub fn pack(
    blend: &Path,
    out_dir: &Path,
    options: &PackOptions,
    progress: &mut dyn FnMut(PackProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Packed, PackError> {
    let main = BlendFile::open(blend)?;
    let trace = trace::trace(&main, &options.trace)?;
    if cancelled() {
        return Err(PackError::Cancelled);
    }
    let plan = plan::plan(&main, trace, options)?;
    let existed = prepare(out_dir)?;
    let result = copy::carry_out(&main, &plan, out_dir, options.compress, progress, cancelled);
    if result.is_err() {
        clear(out_dir, existed);
    }
    let (files, bytes) = result?;
    Ok(Packed {
        entry: plan.entry,
        files,
        bytes,
        missing: plan.missing,
    })
}

/// Makes the folder ready; tells whether it was there before.
fn prepare(out_dir: &Path) -> Result<bool, PackError> {
    let failed = |source: io::Error| PackError::Write {
        path: out_dir.to_owned(),
        source,
    };
    match fs::read_dir(out_dir) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(PackError::NotEmpty {
                    path: out_dir.to_owned(),
                });
            }
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(out_dir).map_err(failed)?;
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Best effort: the folder was empty before, so all that is in it was written by this packing.
fn clear(out_dir: &Path, existed: bool) {
    let _ = fs::remove_dir_all(out_dir);
    if existed {
        let _ = fs::create_dir(out_dir);
    }
}
