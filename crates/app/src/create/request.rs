//! The request that posts a job, from the report and what the artist chose.

use super::{facts::job_name, scene};
use veriframe_blend::{Packed, Report, SceneReport};
use veriframe_core::{Amount, Denoise, Engine, OutputFormat, RenderSettings};
use veriframe_wire::{
    AmountText,
    job::{self as wire, JobRequirements, PostJobRequest, RenderSpec, SceneSummary, f32_text::F32Text},
};

/// The whole request but for the root of the packed folder, which is known when it is pinned, and the key that opens it,
/// which is not written down.
pub fn request(
    report: &Report,
    scene: &SceneReport,
    settings: &RenderSettings,
    packed: &Packed,
    price_per_frame: Amount,
    cap: Amount,
) -> PostJobRequest {
    let percent = settings.percent.map_or(scene.percent, u32::from);
    let (width, height) = scene::frame_size(scene, percent);
    PostJobRequest {
        name: job_name(&report.path),
        asset_cid: String::new(),
        asset_key: None,
        frames: settings.frames.to_string(),
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
                Denoise::AsInFile => wire::Denoise::AsInFile,
                Denoise::Off => wire::Denoise::Off,
            },
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
        price_per_frame: AmountText(price_per_frame),
        cap: AmountText(cap),
        deadline: None,
        verification: wire::VerificationPolicy::Adaptive,
        priority: wire::Priority::Normal,
        escrow: None,
    }
}
