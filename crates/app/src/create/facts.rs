//! The report as the Create page shows it.

use super::{
    problems::{Decisions, Surroundings, problems},
    scene::{self, defaults, frames_of},
};
use crate::view::{CommandError, DependencyStatus, DependencyView, SceneChoice, SceneFacts, SceneView};
use std::path::Path;
use veriframe_blend::{self as blend, Compression, Dependency, DependencyKind, Report, SceneReport};
use veriframe_core::Engine;

pub(crate) fn scene_view(
    report: &Report,
    name: &str,
    seconds: f64,
    around: &Surroundings,
) -> Result<SceneView, CommandError> {
    let scene = scene::choose(report, name)?;
    Ok(SceneView {
        path: report.path.to_string_lossy().into_owned(),
        name: job_name(&report.path),
        bytes: report.bytes as f64,
        blender_version: short_version(&report.blender_version),
        compression: match report.compression {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
        .to_owned(),
        read_seconds: seconds,
        scenes: report
            .scenes
            .iter()
            .map(|scene| SceneChoice {
                name: scene.name.clone(),
            })
            .collect(),
        active_scene: scene.name.clone(),
        problems: problems(report, scene, Decisions::default(), around),
        facts: facts(report, scene),
        dependencies: report.dependencies.iter().map(dependency).collect(),
        defaults: defaults(report, scene),
    })
}

/// `Bowling` for `/scenes/Bowling.blend`.
pub fn job_name(path: &Path) -> String {
    path.file_stem()
        .map_or_else(|| "Scene".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn facts(report: &Report, scene: &SceneReport) -> SceneFacts {
    let external = || {
        report
            .dependencies
            .iter()
            .filter(|d| d.status != blend::DependencyStatus::Packed)
    };
    let libraries = external()
        .filter(|dependency| dependency.kind == DependencyKind::Library)
        .count();
    let outside: u64 = external().map(|dependency| dependency.bytes).sum();
    SceneFacts {
        engine: engine(scene),
        frames: frames(scene),
        width: scene.width,
        height: scene.height,
        percent: scene.percent,
        camera: camera(scene),
        output: output(&scene.output_format),
        samples: scene.samples.unwrap_or(0),
        objects: u32::try_from(report.stats.objects).unwrap_or(u32::MAX),
        triangles: report.stats.triangles as f64,
        files: external()
            .map(|dependency| dependency.files.len().max(1))
            .sum::<usize>() as u32,
        libraries: libraries as u32,
        total_bytes: (report.bytes + outside) as f64,
        memory_bytes: report.stats.memory_estimate as f64,
    }
}

fn engine(scene: &SceneReport) -> String {
    let engine = Engine::from_blender(&scene.engine);
    match scene.samples {
        Some(1) => format!("{engine}, 1 sample"),
        Some(samples) => format!("{engine}, {samples} samples"),
        None => engine.to_string(),
    }
}

/// `1–250, 24 fps`.
fn frames(scene: &SceneReport) -> String {
    let frames = frames_of(scene);
    let range = match (frames.is_empty(), scene.frame_start == scene.frame_end) {
        (true, _) => "none".to_owned(),
        (_, true) => scene.frame_start.to_string(),
        _ => format!("{}–{}", scene.frame_start, scene.frame_end),
    };
    let step = if scene.frame_step > 1 {
        format!(", every {}th", scene.frame_step)
    } else {
        String::new()
    };
    let fps = (scene.fps * 100.0).round() / 100.0;
    format!("{range}{step}, {fps} fps")
}

/// `Camera.001 of 2`.
fn camera(scene: &SceneReport) -> String {
    match (&scene.camera, scene.cameras.len()) {
        (None, _) => "none".to_owned(),
        (Some(name), 2..) => format!("{name} of {}", scene.cameras.len()),
        (Some(name), _) => name.clone(),
    }
}

fn output(format: &str) -> String {
    match format {
        "PNG" => "PNG",
        "OPEN_EXR" => "OpenEXR",
        "OPEN_EXR_MULTILAYER" => "OpenEXR, several layers",
        "JPEG" => "JPEG",
        "FFMPEG" | "AVI_JPEG" | "AVI_RAW" => "a movie; frames are rendered one by one instead",
        other => other,
    }
    .to_owned()
}

fn short_version(version: &str) -> String {
    version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
}

fn dependency(dependency: &Dependency) -> DependencyView {
    DependencyView {
        stored_path: dependency.path.clone(),
        resolved: dependency.resolved.to_string_lossy().into_owned(),
        kind: match dependency.kind {
            DependencyKind::Image | DependencyKind::ImageSequence | DependencyKind::TiledImage => "image",
            DependencyKind::Movie | DependencyKind::MovieClip => "movie",
            DependencyKind::Library => "library",
            DependencyKind::Sound => "sound",
            DependencyKind::Font => "font",
            DependencyKind::Volume => "volume",
            DependencyKind::IesProfile => "light",
            DependencyKind::Script => "script",
            DependencyKind::Text => "text",
            _ => "cache",
        }
        .to_owned(),
        status: match dependency.status {
            blend::DependencyStatus::Found => DependencyStatus::Found,
            blend::DependencyStatus::Missing => DependencyStatus::Missing,
            blend::DependencyStatus::Packed => DependencyStatus::Packed,
            blend::DependencyStatus::Outside => DependencyStatus::Outside,
            blend::DependencyStatus::Refused => DependencyStatus::Refused,
        },
        used_by: dependency.used_by.clone(),
        bytes: dependency.bytes as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::report;

    #[test]
    fn facts_read_like_the_picture() {
        let mut report = report();
        report.scenes[0].camera = Some("Camera.001".into());
        report.scenes[0].cameras = vec!["Camera".into(), "Camera.001".into()];
        let facts = facts(&report, &report.scenes[0]);
        assert_eq!(facts.engine, "Cycles, 128 samples");
        assert_eq!(facts.frames, "1–250, 24 fps");
        assert_eq!(facts.camera, "Camera.001 of 2");
    }

    #[test]
    fn the_view_is_of_the_active_scene() {
        let view = scene_view(&report(), "", 0.1, &Surroundings::default()).unwrap();
        assert_eq!((view.name.as_str(), view.active_scene.as_str()), ("scene", "Scene"));
        assert_eq!(view.blender_version, "3.4");
    }
}
