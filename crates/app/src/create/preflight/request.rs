//! The same on request, with a small frame of the original beside one of the packed copy.

use super::{
    choose, examined, findings,
    folder::{Pair, files_of},
};
use crate::{
    Context,
    create::{refusals, scene, test_frame},
    view::{CheckView, CommandError, JobSettings},
};
use std::{path::Path, sync::Arc};
use veriframe_blend::PackOptions;
use veriframe_render::{Scratch, preflight::SMALL_PERCENT};

/// Packs the scene, lets a Blender of this computer look at the copy, and renders one frame at 10 % of both.
pub async fn check_packed(ctx: &Arc<Context>, chosen: JobSettings) -> Result<CheckView, CommandError> {
    let options = scene::trace_options(&chosen.scene, &chosen.located);
    let report = scene::read(Path::new(&chosen.path), options).await?;
    let settings = scene::settings(scene::choose(&report, &chosen.scene)?, &chosen)?;
    let installed = crate::provide::installations(ctx).await?;
    let Some(installation) = choose(installed, &report.blender_version) else {
        return Err(CommandError::new(
            "no_blender",
            format!("No Blender here opens files of Blender {}.", report.blender_version),
            "Install one, or name one in Settings.",
        ));
    };
    let place =
        Scratch::new_in(&ctx.home.packed(), "check-").map_err(|error| refusals::of_io(&error, &ctx.home.packed()))?;
    let folder = place.path().join("scene");
    // What is missing is told by the check itself.
    let options = PackOptions {
        ignore_missing: true,
        ..scene::pack_options(&chosen)
    };
    let packed = test_frame::pack(&chosen, options, &folder, ctx.shutdown.clone()).await?;
    let version = installation.info.version;
    let cancel = ctx.shutdown.child_token();
    let copy = examined(
        installation.clone(),
        &folder,
        &packed.entry,
        &chosen.scene,
        cancel.clone(),
    );
    let findings = findings(&copy).await?;
    let frame = settings.frames.first();
    let files = files_of(&report);
    let pair = Pair::render(installation, Path::new(&chosen.path), &files, &copy, frame).await?;
    let difference = pair.difference()?;
    Ok(CheckView {
        blender: version.to_string(),
        frame,
        percent: SMALL_PERCENT,
        findings,
        equal: difference.equal,
        differing: difference.differing,
        original: test_frame::data_url(&pair.original)?,
        packed: test_frame::data_url(&pair.copy)?,
    })
}
