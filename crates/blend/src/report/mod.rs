//! What a scene file would render, and what it needs to do so.

mod addons;
mod dependency;
mod expression;
mod images;
mod scene;
mod simulation;
mod stats;
mod types;
mod warnings;

use std::path::Path;

pub use dependency::{Dependency, DependencyFile, DependencyKind, DependencyStatus};
pub use types::{Border, ImageReport, Marker, Report, SceneReport, Simulation, Stats, Warning, WarningKind};
use veriframe_core::BlenderVersion;

use crate::{
    BlendError, Compression,
    read::BlendFile,
    trace::{self, Trace, TraceOptions},
};

const SCHEMA: u32 = 1;

/// Reads the summary of a scene file: what it would render, with which files.
///
/// All scenes are told, and the dependencies of those that `options` choose.
pub fn inspect(path: &Path, options: &TraceOptions) -> Result<Report, BlendError> {
    inspect_file(&BlendFile::open(path)?, options)
}

/// The same for a file that is open.
pub fn inspect_file(file: &BlendFile, options: &TraceOptions) -> Result<Report, BlendError> {
    let trace = trace::trace(file, options)?;
    let (dependencies, unused) = dependency::dependencies(file, &trace);
    let report = report(file, &trace, dependencies, unused);
    file.came_to_an_end()?;
    Ok(report)
}

fn report(file: &BlendFile, trace: &Trace, dependencies: Vec<Dependency>, unused: Vec<Dependency>) -> Report {
    let global = file.global();
    let scenes: Vec<SceneReport> = file.ids("SC").map(scene::scene_report).collect();
    let active_scene = file
        .active_scene()
        .and_then(|scene| scene.id_name())
        .unwrap_or_default();
    let number = |name: &str| {
        global
            .and_then(|global| global.int(name))
            .and_then(|number| u16::try_from(number).ok())
    };
    let simulations = simulation::simulations(file);
    let images = images::images(file, trace);
    Report {
        schema: SCHEMA,
        path: file.path().to_owned(),
        bytes: file.stored_bytes(),
        uncompressed_bytes: file.bytes().len() as u64,
        compression: file.compression(),
        blender_version: version(file.version()).to_string(),
        subversion: number("subversion").unwrap_or(0),
        min_version: min_version(file, number("minversion")).map(|number| version(number).to_string()),
        warnings: warnings::warnings(file, trace, &scenes, &simulations),
        stats: stats::stats(file, &images),
        active_scene,
        scenes,
        dependencies,
        unused,
        images,
        simulations,
    }
}

/// The oldest Blender that can open a file.
fn min_version(file: &BlendFile, stored: Option<u16>) -> Option<u16> {
    // Zstandard came with 3.0; blocks of 64 bits can be read since 4.5.
    let compression = (file.compression() == Compression::Zstd).then_some(300);
    let layout = file.header().large_blocks.then_some(405);
    let stored = stored.filter(|number| *number >= 200);
    [stored, compression, layout].into_iter().flatten().max()
}

/// 293 is 2.93, 304 is 3.4.
fn version(number: u16) -> BlenderVersion {
    BlenderVersion::new(number / 100, number % 100, 0)
}
