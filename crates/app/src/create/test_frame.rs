//! One small frame, rendered here from the packed copy before the job is posted.

use super::{estimate, refusals, scene};
use crate::{
    Context,
    db::measurements::{self, MeasurementRow, Source},
    view::{AppEvent, CommandError, JobSettings, TestFrameView},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use veriframe_blend::{PackOptions, SceneReport};
use veriframe_core::{Denoise, OutputFormat, RenderSettings, Requirements};
use veriframe_render::{RenderedFrame, SandboxPolicy, Scratch, Session, SessionOptions, SessionSettings, picture};

/// About as wide as it is shown.
const WIDTH: u32 = 480;
/// Enough to see light and textures; more would only make people wait.
const SAMPLES_AT_MOST: u32 = 64;
/// Enough for the time of a sample; the picture is not looked at.
const SAMPLES_TO_TIME: u32 = 8;
const FRAME_TIMEOUT: Duration = Duration::from_mins(15);

/// One small frame, to look at.
pub async fn render_test_frame(ctx: &Arc<Context>, chosen: JobSettings) -> Result<TestFrameView, CommandError> {
    let cancel = ctx.timing.begin(&ctx.shutdown);
    let events = ctx.events.clone();
    let tell = move |progress: f32| {
        let _ = events.send(AppEvent::TestFrame {
            progress: f64::from(progress),
        });
    };
    let (rendered, _folder) = render_small(ctx, &chosen, SAMPLES_AT_MOST, cancel, tell).await?;
    let path = rendered.path.clone();
    let show = move || data_url(&std::fs::read(&path).map_err(|error| refusals::of_io(&error, &path))?);
    let image = tokio::task::spawn_blocking(show)
        .await
        .map_err(|error| CommandError::internal(&error))??;
    Ok(TestFrameView {
        frame: rendered.frame,
        seconds: rendered.seconds,
        width: rendered.width,
        height: rendered.height,
        image,
    })
}

/// The same with fewer samples and for nobody to look at: then the estimate rests on this very scene. Another small frame, or a
/// job that is posted, ends it.
///
/// # Errors
/// `cancelled`, besides what the small frame itself may say.
pub async fn time_scene(ctx: &Arc<Context>, chosen: JobSettings) -> Result<(), CommandError> {
    if !ctx.provider.look().slots.is_empty() {
        return Err(CommandError::new(
            "invalid_state",
            "This computer renders: how long the scene takes cannot be told meanwhile.",
            "",
        ));
    }
    let cancel = ctx.timing.begin(&ctx.shutdown);
    render_small(ctx, &chosen, SAMPLES_TO_TIME, cancel, |_| ())
        .await
        .map(drop)
}

/// The small frame that is under way, if there is one: a new one takes its place.
#[derive(Debug, Default)]
pub struct Timing(Mutex<CancellationToken>);

impl Timing {
    fn begin(&self, shutdown: &CancellationToken) -> CancellationToken {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.cancel();
        *now = shutdown.child_token();
        now.clone()
    }

    /// Nobody needs it any more.
    pub fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

/// The frame, and the folder that it lies in. How long it took is remembered.
async fn render_small(
    ctx: &Arc<Context>,
    chosen: &JobSettings,
    samples_at_most: u32,
    cancel: CancellationToken,
    progress: impl FnMut(f32) + Send,
) -> Result<(RenderedFrame, Scratch), CommandError> {
    let report = scene::read(
        Path::new(&chosen.path),
        scene::trace_options(&chosen.scene, &chosen.located),
    )
    .await?;
    let scene = scene::choose(&report, &chosen.scene)?.clone();
    let settings = scene::settings(&scene, chosen)?;
    let installation = choose_blender(ctx, &report, &scene, &settings).await?;
    let folder = Scratch::new_in(&ctx.home.packed(), "test-frame-")
        .map_err(|error| refusals::of_io(&error, &ctx.home.packed()))?;
    let pack_options = scene::pack_options(chosen);
    let packed = pack(chosen, pack_options, &folder.path().join("scene"), cancel.clone()).await?;
    let small = small(&scene, &settings, samples_at_most);
    let options = SessionOptions {
        installation,
        scene_dir: folder.path().join("scene"),
        entry: packed.entry,
        work_dir: folder.path().join("frames"),
        settings: small.clone(),
        devices: vec![],
        threads: None,
        memory_limit: None,
        disk_limit: None,
        // It is the artist's own file on the artist's own computer; the sandbox is used where there is one.
        sandbox: SandboxPolicy::Allow,
        start_timeout: SessionOptions::START_TIMEOUT,
        cancel,
    };
    let frame = settings.frames.first();
    let mut session = Session::start(options).await?;
    let rendered = session.render(frame, progress, FRAME_TIMEOUT).await;
    session.close().await;
    let rendered = rendered?;
    remember(ctx, chosen, &scene, &small, &rendered).await?;
    Ok((rendered, folder))
}

async fn choose_blender(
    ctx: &Arc<Context>,
    report: &veriframe_blend::Report,
    scene: &SceneReport,
    settings: &RenderSettings,
) -> Result<veriframe_render::Installation, CommandError> {
    let needs = Requirements {
        engine: veriframe_core::Engine::from_blender(&scene.engine),
        saved_by: report
            .blender_version
            .parse()
            .map_err(|error: veriframe_core::requirements::VersionError| CommandError::internal(&error))?,
        denoiser: scene.denoise.clone().filter(|_| settings.denoise == Denoise::AsInFile),
        memory_bytes: 0,
    };
    let installed = crate::provide::installations(ctx).await?;
    let infos: Vec<_> = installed.iter().map(|installation| installation.info.clone()).collect();
    match needs.choose(&infos, None) {
        Ok(chosen) => installed
            .into_iter()
            .find(|installation| installation.info == *chosen)
            .ok_or_else(|| CommandError::new("no_blender", "No Blender was found.", "")),
        Err(why) => Err(CommandError::new(
            if installed.is_empty() {
                "no_blender"
            } else {
                "not_eligible"
            },
            format!("This computer cannot render it: it {why}."),
            "Install a Blender that fits, or name one in Settings.",
        )),
    }
}

/// Packs into a folder that is made, off the async threads.
pub async fn pack(
    chosen: &JobSettings,
    options: PackOptions,
    folder: &Path,
    stop: tokio_util::sync::CancellationToken,
) -> Result<veriframe_blend::Packed, CommandError> {
    let (blend, folder) = (PathBuf::from(&chosen.path), folder.to_owned());
    tokio::task::spawn_blocking(move || {
        veriframe_blend::pack(&blend, &folder, &options, &mut |_| {}, &|| stop.is_cancelled())
            .map_err(|error| refusals::of_pack(&blend, &error))
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
}

/// The same scene with fewer pixels and samples, always as PNG.
fn small(scene: &SceneReport, settings: &RenderSettings, samples_at_most: u32) -> SessionSettings {
    let wanted = settings.percent.map_or(scene.percent, u32::from);
    let fitting = (WIDTH * 100 / scene.width.max(1)).clamp(1, 1000);
    let samples = settings
        .samples
        .or(scene.samples)
        .map(|samples| samples.min(samples_at_most));
    SessionSettings {
        percent: u16::try_from(wanted.min(fitting)).ok(),
        samples,
        format: OutputFormat::Png,
        denoise: settings.denoise,
        scene: settings.scene.clone(),
        still: None,
    }
}

async fn remember(
    ctx: &Arc<Context>,
    chosen: &JobSettings,
    scene: &SceneReport,
    small: &SessionSettings,
    rendered: &RenderedFrame,
) -> Result<(), CommandError> {
    let (path, name) = (chosen.path.clone(), scene.name.clone());
    let row = MeasurementRow {
        pixels: u64::from(rendered.width) * u64::from(rendered.height),
        samples: small.samples.unwrap_or(0),
        seconds: rendered.seconds,
        // What does not grow with the samples.
        before_sampling: rendered
            .before_sampling
            .map(|before| before + rendered.after_sampling.unwrap_or_default()),
        measured_at_ms: ctx.clock.now().0.max(estimate::modified_ms(Path::new(&chosen.path))),
    };
    Ok(ctx
        .db
        .call(move |conn| Ok(measurements::put(conn, &path, &name, Source::Test, row)?))
        .await?)
}

/// The picture inside the address, because the file is gone by the time the window shows it.
pub(crate) fn data_url(picture: &[u8]) -> Result<String, CommandError> {
    let png = picture::display(picture, 0.0).map_err(|error| CommandError::internal(&error))?;
    Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&png)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::{report, scene as a_scene};

    #[test]
    fn a_small_frame_is_small() {
        let report = report();
        let chosen = scene::defaults(&report, &a_scene("Scene"));
        let settings = scene::settings(&report.scenes[0], &chosen).unwrap();
        let small = small(&a_scene("Scene"), &settings, 64);
        assert_eq!((small.percent, small.samples), (Some(25), Some(64)));
        let tiny = SceneReport {
            width: 100,
            samples: Some(4),
            ..a_scene("Scene")
        };
        let small = super::small(&tiny, &settings, 64);
        assert_eq!((small.percent, small.samples), (Some(100), Some(4)));
    }
}
