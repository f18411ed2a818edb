//! The request that posts a job, from the report and what the artist chose.

use super::{facts::job_name, scene};
use veriframe_blend::{Packed, Report, SceneReport};
use veriframe_core::{Amount, Denoise, Engine, OutputFormat, RenderSettings, pieces::Cut};
use veriframe_wire::{
    AmountText,
    job::{self as wire, JobRequirements, PostJobRequest, RenderSpec, SceneSummary, f32_text::F32Text},
    pieces::Pieces,
};

/// The whole request but for the root of the packed folder, which is known when it is pinned, and the key that opens it,
/// which is not written down. With a `cut` the one frame is posted in pieces, each at this price.
pub fn request(
    report: &Report,
    scene: &SceneReport,
    settings: &RenderSettings,
    packed: &Packed,
    price_per_unit: Amount,
    cap: Amount,
    cut: Option<Cut>,
) -> PostJobRequest {
    let percent = settings.percent.map_or(scene.percent, u32::from);
    let (width, height) = scene::frame_size(scene, percent);
    PostJobRequest {
        name: job_name(&report.path),
        asset_cid: String::new(),
        asset_key: None,
        frames: match cut {
            None => settings.frames.to_string(),
            Some(cut) => format!("1-{}", cut.count()),
        },
        render: RenderSpec {
            entry: packed.entry.clone(),
            scene: settings.scene.clone(),
            percent: settings.percent,
            samples: settings.samples,
            format: match settings.format {
                OutputFormat::Png => wire::OutputFormat::Png,
                OutputFormat::Exr => wire::OutputFormat::Exr,
                OutputFormat::Jpeg => wire::OutputFormat::Jpeg,
            },
            denoise: match settings.denoise {
                // A scene that denoises is not cut, so nothing is lost.
                _ if cut.is_some() => wire::Denoise::Off,
                Denoise::AsInFile => wire::Denoise::AsInFile,
                Denoise::Off => wire::Denoise::Off,
            },
            pieces: cut.map(|cut| Pieces {
                frame: settings.frames.first(),
                cut: cut.into(),
            }),
        },
        summary: SceneSummary {
            width,
            height,
            fps: F32Text(scene.fps as f32),
            samples: settings.samples.or(scene.samples).unwrap_or(0),
            bytes: packed.bytes,
            files: packed.files,
        },
        requirements: JobRequirements {
            engine: Engine::from_blender(&scene.engine).id().to_owned(),
            saved_by: report.blender_version.clone(),
            denoiser: scene.denoise.clone().filter(|_| settings.denoise == Denoise::AsInFile),
            memory_bytes: report.stats.memory_estimate,
            devices: Vec::new(),
            min_reputation: None,
        },
        price_per_frame: AmountText(price_per_unit),
        cap: AmountText(cap),
        deadline: None,
        verification: wire::VerificationPolicy::Adaptive,
        priority: wire::Priority::Normal,
        anew: false,
        escrow: None,
    }
}
