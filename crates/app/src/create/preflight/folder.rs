//! The same for a folder that was packed on the command line, without a home.

use super::{bake, choose, examined, findings};
use crate::{create::refusals, view::CommandError};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;
use veriframe_blend::{Dependency, DependencyStatus, Packed, Report, TraceOptions};
use veriframe_render::{
    Installation, candidates,
    image_check::{self, Difference, Limits},
    preflight::{self, Examined},
    probe,
};

/// What is to be done with the folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub bake: bool,
    pub check: bool,
    pub compare: bool,
}

/// What a Blender of this computer made of it.
#[derive(Clone, Debug, Serialize)]
pub struct Looked {
    /// The version that looked.
    pub blender: String,
    pub baked: bool,
    /// What would be missing or pink, in sentences; empty when nothing would.
    pub findings: String,
    /// Share of the pixels of a small frame that differ visibly from the original's, 0 to 1; absent when they were not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differing: Option<f64>,
    /// Every pixel is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equal: Option<bool>,
}

impl Looked {
    /// Whether the small frames differ by more than two renders of one scene do. What was baked differs rightly.
    pub fn differs(&self) -> bool {
        !self.baked && self.differing.is_some_and(|share| share > image_check::DIFFERING_SHARE)
    }
}

pub async fn look_at(
    original: &Path,
    folder: &Path,
    packed: &mut Packed,
    scene: &str,
    asked: Asked,
) -> Result<Looked, CommandError> {
    let report = veriframe_blend::inspect(original, &TraceOptions::default())
        .map_err(|error| refusals::of_blend(original, &error))?;
    let installation = find(&report.blender_version).await?;
    let blender = installation.info.version.to_string();
    let copy = examined(
        installation.clone(),
        folder,
        &packed.entry,
        scene,
        CancellationToken::new(),
    );
    if asked.bake {
        bake(&copy, packed).await?;
    }
    let mut looked = Looked {
        blender,
        baked: asked.bake,
        findings: String::new(),
        differing: None,
        equal: None,
    };
    if asked.check {
        looked.findings = findings(&copy).await?;
    }
    if asked.compare {
        let frame = report
            .scene(if scene.is_empty() { &report.active_scene } else { scene })
            .map_or(1, |scene| scene.frame_start);
        let pair = Pair::render(installation, original, &files_of(&report), &copy, frame).await?;
        let difference = pair.difference()?;
        looked.differing = Some(difference.differing);
        looked.equal = Some(difference.equal);
    }
    Ok(looked)
}

async fn find(saved_by: &str) -> Result<Installation, CommandError> {
    let mut found = Vec::new();
    for path in candidates(&[]) {
        found.extend(probe(&path).await.ok());
    }
    choose(found, saved_by).ok_or_else(|| {
        CommandError::new(
            "no_blender",
            format!("No Blender here opens files of Blender {saved_by}."),
            "Install one. What was packed stays.",
        )
    })
}

/// All that a scene needs and may carry, where it is on this computer. Of a folder its files: a scene may name any folder.
pub(super) fn files_of(report: &Report) -> Vec<PathBuf> {
    let carried = |needed: &&Dependency| matches!(needed.status, DependencyStatus::Found | DependencyStatus::Outside);
    let mut files: Vec<PathBuf> = report
        .dependencies
        .iter()
        .filter(carried)
        .flat_map(|needed| match needed.files.as_slice() {
            [] => vec![needed.resolved.clone()],
            members => members.iter().map(|member| member.path.clone()).collect(),
        })
        .collect();
    files.sort();
    files.dedup();
    files
}

/// A small frame of the original, and of the packed copy.
pub(super) struct Pair {
    pub original: Vec<u8>,
    pub copy: Vec<u8>,
}

impl Pair {
    pub async fn render(
        installation: Installation,
        original: &Path,
        files: &[PathBuf],
        copy: &Examined,
        frame: i32,
    ) -> Result<Self, CommandError> {
        let failed = |error| {
            CommandError::new(
                "preflight",
                format!("A small frame could not be rendered: {error}."),
                "Nothing was posted.",
            )
        };
        let home = original.parent().unwrap_or(Path::new("/"));
        let entry = original.file_name().unwrap_or_default().to_string_lossy();
        let scene = copy.scene.clone().unwrap_or_default();
        let first = examined(installation, home, &entry, &scene, copy.cancel.clone());
        Ok(Self {
            copy: preflight::small_frame(copy, frame).await.map_err(failed)?,
            original: preflight::small_frame_of_original(&first, files, frame)
                .await
                .map_err(failed)?,
        })
    }

    pub fn difference(&self) -> Result<Difference, CommandError> {
        let decode =
            |png: &[u8]| image_check::decode(png, Limits::default()).map_err(|error| CommandError::internal(&error));
        Ok(image_check::compare(&decode(&self.original)?, &decode(&self.copy)?))
    }
}
