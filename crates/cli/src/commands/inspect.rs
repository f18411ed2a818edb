use crate::{args::Inspect, exit::Failure, output};
use veriframe_app::{create, jobs::text};
use veriframe_blend::{DependencyStatus, Report, SceneReport, TraceOptions};

pub fn run(args: &Inspect) -> Result<(), Failure> {
    let path = std::path::absolute(&args.file)?;
    let options = TraceOptions {
        scenes: super::pack::scenes(&args.scene),
        ..TraceOptions::default()
    };
    let report =
        veriframe_blend::inspect(&path, &options).map_err(|error| Failure::from(create::of_blend(&path, &error)))?;
    if args.output.json {
        return output::json(&report);
    }
    for line in lines(&report) {
        output::line(&line)?;
    }
    Ok(())
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{} · {} · Blender {} · compression {}",
            report.path.display(),
            text::bytes(report.bytes),
            report.blender_version,
            format!("{:?}", report.compression).to_lowercase(),
        ),
        format!(
            "{} objects, {} triangles, {} images",
            report.stats.objects, report.stats.triangles, report.stats.images
        ),
    ];
    for scene in &report.scenes {
        lines.push(scene_line(scene, scene.name == report.active_scene));
    }
    let missing = |status| status == DependencyStatus::Missing;
    lines.push(match report.dependencies.len() {
        0 => "needs no other file".to_owned(),
        n => format!(
            "needs {}, {} missing",
            text::count(n as u64, "other file", "other files"),
            report
                .dependencies
                .iter()
                .filter(|dependency| missing(dependency.status))
                .count()
        ),
    });
    for dependency in &report.dependencies {
        let status = format!("{:?}", dependency.status).to_lowercase();
        lines.push(format!(
            "  {status:8} {}  ({})",
            dependency.path,
            dependency.used_by.join(", ")
        ));
    }
    for warning in &report.warnings {
        lines.push(format!(
            "warning: {}. {}",
            warning.title.trim_end_matches('.'),
            warning.detail
        ));
    }
    lines
}

fn scene_line(scene: &SceneReport, active: bool) -> String {
    let samples = scene
        .samples
        .map(|samples| format!(", {samples} samples"))
        .unwrap_or_default();
    let denoise = scene
        .denoise
        .as_ref()
        .map(|name| format!(", denoised by {name}"))
        .unwrap_or_default();
    format!(
        "scene “{}”{}: {}{samples}{denoise}, frames {} to {} step {}, {:.4} fps, {} × {} at {} %, camera {}, output {}",
        scene.name,
        if active { " (active)" } else { "" },
        scene.engine,
        scene.frame_start,
        scene.frame_end,
        scene.frame_step,
        scene.fps,
        scene.width,
        scene.height,
        scene.percent,
        scene.camera.as_deref().unwrap_or("none"),
        scene.output_format,
    )
}
