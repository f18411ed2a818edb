//! What a real Blender says of the packed copy, before money moves; and what only Blender can mend in it.

mod findings;
mod folder;
mod request;

use findings::serious;
pub use folder::{Asked, Looked, look_at};
pub use request::check_packed;

use super::refusals;
use crate::{
    Context,
    view::{CommandError, JobSettings},
};
use std::{path::Path, sync::Arc};
use tokio_util::sync::CancellationToken;
use veriframe_blend::{BlendFile, Packed, Report};
use veriframe_core::BlenderVersion;
use veriframe_render::{
    Installation, SandboxPolicy,
    preflight::{self, Examined, Findings, PreflightError},
};

/// The oldest Blender of this computer that opens the file: what it saves, most workers can open.
pub fn choose(installations: Vec<Installation>, saved_by: &str) -> Option<Installation> {
    let saved_by: BlenderVersion = saved_by.parse().ok()?;
    let opens = |version: BlenderVersion| (version.major, version.minor) >= (saved_by.major, saved_by.minor);
    installations
        .into_iter()
        .filter(|installation| opens(installation.info.version))
        .min_by_key(|installation| installation.info.version)
}

/// A packed scene, for a Blender of this computer.
pub fn examined(
    installation: Installation,
    folder: &Path,
    entry: &str,
    scene: &str,
    cancel: CancellationToken,
) -> Examined {
    Examined {
        installation,
        folder: folder.to_owned(),
        entry: entry.to_owned(),
        scene: Some(scene.to_owned()).filter(|name| !name.is_empty()),
        // It is the artist's own file on the artist's own computer; the sandbox is used where there is one.
        sandbox: SandboxPolicy::Allow,
        cancel,
    }
}

/// Bakes what is to be baked, and looks at the outcome. `packed` and the report's version follow what was baked.
pub async fn prepare(
    ctx: &Arc<Context>,
    chosen: &JobSettings,
    report: &mut Report,
    packed: &mut Packed,
    folder: &Path,
    cancel: CancellationToken,
    tell: impl Fn(String) + Send,
) -> Result<(), CommandError> {
    let installed = crate::provide::installations(ctx).await?;
    let Some(installation) = choose(installed, &report.blender_version) else {
        if chosen.bake {
            return Err(CommandError::new(
                "no_blender",
                "No Blender here can bake the simulations.",
                "Install one that opens the file, or bake them elsewhere and save. Nothing was posted.",
            ));
        }
        tracing::info!("no Blender here opens the scene, so that nobody looked at its packed copy");
        return Ok(());
    };
    let version = installation.info.version;
    let scene = examined(installation, folder, &packed.entry, &chosen.scene, cancel);
    if chosen.bake {
        tell(format!("baking with Blender {version}"));
        bake(&scene, packed).await?;
        report.blender_version = saved_by(&scene).unwrap_or_else(|| report.blender_version.clone());
    }
    tell(format!("looked at by Blender {version}"));
    let began = std::time::Instant::now();
    let findings = match preflight::check(&scene).await {
        Ok(findings) => findings,
        Err(PreflightError::Cancelled) => return Err(cancelled()),
        // Nothing is known then, and somebody else's Blender may do.
        Err(error @ (PreflightError::NoSandbox(_) | PreflightError::NotStarted(_) | PreflightError::TimedOut)) => {
            tracing::warn!(%error, "the packed scene could not be looked at");
            return Ok(());
        }
        Err(error) => return Err(refused(&error)),
    };
    tracing::info!(?findings, seconds = began.elapsed().as_secs_f64(), %version, "looked at the packed scene");
    let words = in_words(&scene, &findings).await?;
    if words.is_empty() || chosen.ignore_missing {
        return Ok(());
    }
    Err(CommandError::new(
        "preflight",
        words,
        "Mend it in Blender and save, locate the files, or choose “Render without”. Nothing was posted.",
    ))
}

async fn bake(scene: &Examined, packed: &mut Packed) -> Result<(), CommandError> {
    let failed = preflight::bake(scene).await.map_err(|error| match error {
        PreflightError::Cancelled => cancelled(),
        other => CommandError::new(
            "bake",
            format!("The simulations could not be baked: {other}."),
            "Bake them in Blender and save. Nothing was posted.",
        ),
    })?;
    if let Some(first) = failed.first() {
        return Err(CommandError::new(
            "bake",
            format!("A simulation could not be baked. {}", super::scene::sentence(first)),
            "Bake it in Blender and save. Nothing was posted.",
        ));
    }
    let (files, bytes) = count(&scene.folder).map_err(|error| refusals::of_io(&error, &scene.folder))?;
    (packed.files, packed.bytes) = (files, bytes);
    Ok(())
}

/// Files and bytes below a folder.
fn count(folder: &Path) -> std::io::Result<(u32, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            if facts.is_dir() {
                open.push(entry.path());
            } else {
                files += 1;
                bytes += facts.len();
            }
        }
    }
    Ok((files, bytes))
}

/// The version that saved the baked file.
fn saved_by(scene: &Examined) -> Option<String> {
    let file = BlendFile::open(&scene.folder.join(&scene.entry)).ok()?;
    let number = file.version();
    Some(BlenderVersion::new(number / 100, number % 100, 0).to_string())
}

/// What of the findings would show in frames, in sentences; empty when nothing would.
async fn in_words(scene: &Examined, findings: &Findings) -> Result<String, CommandError> {
    let path = scene.folder.join(&scene.entry);
    let name = scene.scene.as_deref().unwrap_or_default();
    let report = super::scene::read(&path, super::scene::trace_options(name, &[])).await?;
    Ok(serious(findings, &report, &scene.folder).unwrap_or_default())
}

/// The same from looking at the scene.
async fn findings(scene: &Examined) -> Result<String, CommandError> {
    let findings = preflight::check(scene).await.map_err(|error| refused(&error))?;
    in_words(scene, &findings).await
}

fn cancelled() -> CommandError {
    CommandError::new("cancelled", "Cancelled before it was posted.", "")
}

fn refused(error: &PreflightError) -> CommandError {
    CommandError::new(
        "preflight",
        format!("Blender cannot open the packed scene: {error}."),
        "Open the scene in Blender, save it anew and try again. Nothing was posted.",
    )
}
