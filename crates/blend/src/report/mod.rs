//! What a scene file would render, and what it needs to do so.

mod dependency;
mod expression;
mod scene;
mod simulation;
mod stats;
mod types;
mod warnings;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use dependency::{Dependency, DependencyFile, DependencyKind, DependencyStatus};
pub use types::{Border, Report, SceneReport, Stats, Warning, WarningKind};
use veriframe_core::BlenderVersion;

use crate::{
    BlendError,
    read::BlendFile,
    trace::{self, Trace},
};

const SCHEMA: u32 = 1;

/// Reads the summary of a scene file: what it would render, with which files.
///
/// `located` maps paths as stored in the file to the files that stand for them: missing ones that were found by hand.
pub fn inspect(path: &Path, located: &BTreeMap<String, PathBuf>) -> Result<Report, BlendError> {
    let file = BlendFile::open(path)?;
    let trace = trace::trace(&file, located);
    let (dependencies, unused) = dependency::dependencies(&file, &trace);
    Ok(report(&file, &trace, dependencies, unused))
}

fn report(file: &BlendFile, trace: &Trace, dependencies: Vec<Dependency>, unused: Vec<Dependency>) -> Report {
    let global = file.global();
    let scenes: Vec<SceneReport> = file.ids("SC").map(scene::scene_report).collect();
    let active_scene = global
        .and_then(|global| global.follow("curscene"))
        .and_then(|scene| scene.id_name())
        .filter(|name| scenes.iter().any(|scene| scene.name == *name))
        .or_else(|| scenes.first().map(|scene| scene.name.clone()))
        .unwrap_or_default();
    let number = |name: &str| {
        global
            .and_then(|global| global.int(name))
            .and_then(|number| u16::try_from(number).ok())
    };
    Report {
        schema: SCHEMA,
        path: file.path().to_owned(),
        bytes: file.stored_bytes(),
        uncompressed_bytes: file.bytes().len() as u64,
        compression: file.compression(),
        blender_version: version(file.version()).to_string(),
        subversion: number("subversion").unwrap_or(0),
        min_version: number("minversion")
            .filter(|number| *number >= 200)
            .map(|number| version(number).to_string()),
        warnings: warnings::warnings(file, trace, &scenes),
        stats: stats::stats(file, &dependencies),
        active_scene,
        scenes,
        dependencies,
        unused,
    }
}

/// 293 is 2.93, 304 is 3.4.
fn version(number: u16) -> BlenderVersion {
    BlenderVersion::new(number / 100, number % 100, 0)
}
