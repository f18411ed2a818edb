//! What a scene file would render, and what it needs to do so.

mod dependency;
mod types;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use dependency::{Dependency, DependencyFile, DependencyKind, DependencyStatus};
pub use types::{Border, Report, SceneReport, Stats, Warning, WarningKind};

use crate::BlendError;

/// Reads the summary of a scene file: what it would render, with which files.
///
/// `located` maps paths as stored in the file to the files that stand for them: missing ones that were found by hand.
pub fn inspect(path: &Path, located: &BTreeMap<String, PathBuf>) -> Result<Report, BlendError> {
    let _ = located;
    Err(BlendError::NotFound { path: path.to_owned() })
}
