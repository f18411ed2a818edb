//! What the scene itself says: no camera, scripts, simulations.

use super::{Decisions, problem};
use crate::view::{Fix, Problem, Severity};
use veriframe_blend::{Report, SceneReport, Warning, WarningKind};
use veriframe_core::FrameSet;

/// Problems of the chosen scene that the reader's own warnings do not tell, or tell for another scene.
pub fn problems(report: &Report, scene: &SceneReport) -> Vec<Problem> {
    let mut found = Vec::new();
    if scene.camera.is_none() && scene.camera_markers == 0 && !scene.sequencer {
        let detail = match scene.cameras.len() {
            0 => format!(
                "“{}” holds no camera. Blender cannot render it. Add one and save.",
                scene.name
            ),
            _ => format!(
                "“{}” holds a camera, but none is active. Choose one in Blender's scene properties and save.",
                scene.name
            ),
        };
        let explain = vec![Fix::Explain { topic: "camera".into() }];
        found.push(problem(
            "no_camera",
            Severity::Blocking,
            "The scene has no active camera",
            detail,
            explain,
        ));
    }
    if FrameSet::range(scene.frame_start, scene.frame_end, 1).is_err() {
        let current = scene.frame_current;
        found.push(problem(
            "empty_frames",
            Severity::Blocking,
            "The scene's frame range is empty",
            format!("It starts at {} and ends at {}.", scene.frame_start, scene.frame_end),
            vec![Fix::SetFrames {
                frames: current.to_string(),
            }],
        ));
    }
    if scene.time_limit > 0.0 {
        found.push(problem(
            "time_limit",
            Severity::Note,
            "The time limit will be cleared",
            format!(
                "The scene stops sampling after {} s. Frames would look different on a faster computer, so every sample is rendered.",
                scene.time_limit
            ),
            vec![],
        ));
    }
    if report.scenes.len() > 1 {
        found.push(problem(
            "several_scenes",
            Severity::Note,
            format!("The file holds {} scenes", report.scenes.len()),
            format!("“{}” will be rendered. Choose another under Your job.", scene.name),
            vec![],
        ));
    }
    found
}

/// The reader's warnings in the order it found them, without those of other scenes.
pub fn warnings(report: &Report, scene: &SceneReport, decisions: Decisions, can_bake: bool) -> Vec<Problem> {
    report
        .warnings
        .iter()
        .enumerate()
        .filter(|(_, warning)| !is_of_one_scene(warning.kind) || warning.names.contains(&scene.name))
        .filter_map(|(place, warning)| translate(place, warning, decisions, can_bake))
        .collect()
}

fn is_of_one_scene(kind: WarningKind) -> bool {
    matches!(
        kind,
        WarningKind::Freestyle
            | WarningKind::Sequencer
            | WarningKind::MovieOutput
            | WarningKind::CompositorDenoise
            | WarningKind::Osl
            | WarningKind::Region
    )
}

fn translate(place: usize, warning: &Warning, decisions: Decisions, can_bake: bool) -> Option<Problem> {
    let explain = |topic: &str| vec![Fix::Explain { topic: topic.into() }];
    let (id, severity, fixes) = match warning.kind {
        // Said for the chosen scene by `problems`, and by the engine's own check.
        WarningKind::NoCamera
        | WarningKind::EmptyFrameRange
        | WarningKind::TimeLimit
        | WarningKind::ManyScenes
        | WarningKind::AddonEngine => return None,
        WarningKind::NoScene => ("no_scene", Severity::Blocking, vec![]),
        WarningKind::UnreadableLibrary => ("unreadable_library", Severity::Blocking, vec![Fix::IgnoreMissing]),
        WarningKind::Script => ("script", Severity::Warning, explain("autoexec")),
        WarningKind::Driver => ("driver", Severity::Warning, explain("autoexec")),
        WarningKind::Freestyle => ("freestyle", Severity::Warning, explain("autoexec")),
        WarningKind::UnbakedSimulation if decisions.bake => ("simulation", Severity::Note, vec![]),
        WarningKind::UnbakedSimulation if can_bake => (
            "simulation",
            Severity::Warning,
            [vec![Fix::Bake], explain("simulation")].concat(),
        ),
        WarningKind::UnbakedSimulation => ("simulation", Severity::Warning, explain("simulation")),
        WarningKind::Region => ("region", Severity::Note, vec![]),
        WarningKind::Osl => ("osl", Severity::Warning, vec![]),
        WarningKind::AddonNodes => ("addon_nodes", Severity::Warning, vec![]),
        WarningKind::AddonSettings => ("addon_settings", Severity::Note, vec![]),
        WarningKind::Sequencer => ("sequencer", Severity::Warning, vec![]),
        WarningKind::CompositorDenoise => ("compositor_denoise", Severity::Warning, vec![]),
        WarningKind::MovieOutput => ("movie_output", Severity::Note, vec![]),
        WarningKind::PathNotUtf8 => ("path_encoding", Severity::Warning, vec![]),
        _ => ("reader", Severity::Warning, vec![]),
    };
    Some(problem(
        &format!("{id}-{place}"),
        severity,
        &warning.title,
        &warning.detail,
        fixes,
    ))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use veriframe_blend::{Compression, Stats};

    pub fn scene(name: &str) -> SceneReport {
        SceneReport {
            name: name.into(),
            engine: "CYCLES".into(),
            frame_start: 1,
            frame_end: 250,
            frame_step: 1,
            frame_current: 1,
            fps: 24.0,
            width: 1920,
            height: 1080,
            percent: 100,
            border: None,
            samples: Some(128),
            adaptive: true,
            time_limit: 0.0,
            denoise: None,
            camera: Some("Camera".into()),
            cameras: vec!["Camera".into()],
            output_format: "PNG".into(),
            output_path: "/tmp/".into(),
            view_layers: vec!["ViewLayer".into()],
            compositor: false,
            sequencer: false,
            motion_blur: false,
            simplify: false,
            transparent: false,
            camera_markers: 0,
            markers: vec![],
            freestyle: false,
            osl: false,
        }
    }

    pub fn report() -> Report {
        Report {
            schema: 1,
            path: "/scene.blend".into(),
            bytes: 1000,
            uncompressed_bytes: 2000,
            compression: Compression::None,
            blender_version: "3.4.0".into(),
            subversion: 6,
            min_version: None,
            active_scene: "Scene".into(),
            scenes: vec![scene("Scene")],
            dependencies: vec![],
            unused: vec![],
            images: vec![],
            simulations: vec![],
            warnings: vec![],
            stats: Stats::default(),
        }
    }

    fn ids(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.id.as_str()).collect()
    }

    #[test]
    fn a_sound_scene_has_no_problem() {
        assert!(problems(&report(), &scene("Scene")).is_empty());
    }

    #[test]
    fn each_trouble_is_named() {
        let mut troubled = scene("Scene");
        troubled.camera = None;
        troubled.frame_end = 0;
        troubled.time_limit = 30.0;
        let found = problems(&report(), &troubled);
        assert_eq!(ids(&found), ["no_camera", "empty_frames", "time_limit"]);
        assert!(found[0].detail.contains("none is active"), "{}", found[0].detail);
        assert_eq!(found[1].fixes, [Fix::SetFrames { frames: "1".into() }]);
    }

    #[test]
    fn a_camera_that_a_marker_switches_to_is_a_camera() {
        let mut marked = scene("Scene");
        marked.camera = None;
        marked.camera_markers = 2;
        assert!(problems(&report(), &marked).is_empty());
    }
}
