//! The Blenders on this computer, asked once and remembered while their files stay as they are.

use super::handle::Found;
use crate::{
    Context,
    db::blenders::{self, Stamp},
    settings,
    view::CommandError,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};
use veriframe_render::{Installation, ProbeError, candidates, probe_telling, sandbox::of_this_system};

/// Every program that may be a Blender, and what it said; from memory when it was looked for before.
pub(super) async fn found(ctx: &Context) -> Result<Arc<Vec<Found>>, CommandError> {
    let _alone = ctx.provider.looking().await;
    match ctx.provider.look().blenders {
        Some(found) => Ok(found),
        None => look_alone(ctx).await,
    }
}

/// Looks anew. What was asked before and did not change is not asked again.
pub(super) async fn look(ctx: &Context) -> Result<Arc<Vec<Found>>, CommandError> {
    let _alone = ctx.provider.looking().await;
    look_alone(ctx).await
}

async fn look_alone(ctx: &Context) -> Result<Arc<Vec<Found>>, CommandError> {
    let extra: Vec<PathBuf> = settings_paths(ctx).await?;
    let paths = tokio::task::spawn_blocking(move || candidates(&extra))
        .await
        .unwrap_or_default();
    let mut all = Vec::with_capacity(paths.len());
    for path in paths {
        let answer = ask(ctx, &path).await?;
        all.push(Found { path, answer });
    }
    let all = Arc::new(all);
    ctx.provider.update(|activity| activity.blenders = Some(all.clone()));
    Ok(all)
}

/// Those that can be used.
pub async fn installations(ctx: &Arc<Context>) -> Result<Vec<Installation>, CommandError> {
    Ok(found(ctx)
        .await?
        .iter()
        .filter_map(|found| found.answer.as_ref().ok().cloned())
        .collect())
}

/// The one to use when nothing else decides.
pub(super) fn newest(installations: &[Installation]) -> Option<&Installation> {
    installations.iter().max_by_key(|blender| blender.info.version)
}

/// Looks for those who do not wait for it: a task of the context, which ends with the program.
pub async fn look_ahead(ctx: Arc<Context>) {
    if let Some(Err(error)) = ctx.shutdown.run_until_cancelled(found(&ctx)).await {
        tracing::warn!(%error, "Blender could not be looked for");
    }
}

async fn settings_paths(ctx: &Context) -> Result<Vec<PathBuf>, CommandError> {
    let settings = settings::present(ctx).await?;
    Ok(settings.blender_paths.iter().map(PathBuf::from).collect())
}

/// What a program that may be a Blender said, or why it cannot be used.
type Answer = Result<Installation, String>;

async fn ask(ctx: &Context, path: &Path) -> Result<Answer, CommandError> {
    let Some(stamp) = stamp(path) else {
        return Ok(Err("the file cannot be read".to_owned()));
    };
    let known = {
        let stamp = stamp.clone();
        ctx.db.call(move |conn| blenders::get(conn, &stamp)).await?
    };
    match known {
        Some(Ok(json)) => {
            if let Some(installation) = serde_json::from_str::<Installation>(&json)
                .ok()
                .filter(is_as_remembered)
            {
                return Ok(Ok(installation));
            }
        }
        Some(Err(error)) => return Ok(Err(error)),
        None => {}
    }
    let answer = probe_telling(path, |facts| ctx.provider.hear_facts(facts)).await;
    let row = match &answer {
        Ok(installation) => Ok(serde_json::to_string(installation).map_err(crate::db::DbError::from)?),
        // What is not Blender stays so. Any other failure may be of the moment: a computer that was too busy.
        Err(error @ ProbeError::NotBlender(_)) => Err(error.to_string()),
        Err(error) => return Ok(Err(error.to_string())),
    };
    ctx.db.call(move |conn| blenders::put(conn, &stamp, &row)).await?;
    Ok(answer.map_err(|error| error.to_string()))
}

/// Besides the file, a sandbox may have been installed since it was asked.
fn is_as_remembered(installation: &Installation) -> bool {
    installation.is_current() && (installation.no_sandbox.is_none() || of_this_system().is_err())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Stamp {
        path: path.to_string_lossy().into_owned(),
        modified_ms: i64::try_from(modified.as_millis()).ok()?,
        bytes: i64::try_from(metadata.len()).ok()?,
    })
}
