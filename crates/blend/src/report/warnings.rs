use std::collections::BTreeMap;

use super::{
    addons, expression,
    types::{SceneReport, Simulation, Warning, WarningKind},
};
use crate::{
    read::{BlendFile, Struct},
    trace::Trace,
};

/// `TXT_ISSCRIPT` in Blender's `DNA_text_types.h`: run when the file is opened.
const TEXT_RUNS: i64 = 1 << 4;
/// `DRIVER_TYPE_PYTHON` in `DNA_anim_types.h`.
const DRIVER_SCRIPTED: i64 = 1;
/// Names listed in one warning.
const MOST_NAMES: usize = 5;

pub(super) fn warnings(
    file: &BlendFile,
    trace: &Trace,
    scenes: &[SceneReport],
    simulations: &[Simulation],
) -> Vec<Warning> {
    let mut found = Vec::new();
    of_scenes(file, scenes, &mut found);
    let mut unbaked: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for simulation in simulations.iter().filter(|simulation| !simulation.baked) {
        unbaked
            .entry(simulation.kind)
            .or_default()
            .push(simulation.owner.clone());
    }
    for (kind, owners) in unbaked {
        push(
            &mut found,
            WarningKind::UnbakedSimulation,
            format!("{kind} not baked"),
            format!(
                "{}: frames rendered apart from each other need the simulation baked. Bake it in Blender and save, or let it be \
                 baked into the packed copy.",
                listed(&owners)
            ),
            owners,
        );
    }
    of_addons(file, &mut found);
    let scripts: Vec<String> = file
        .ids("TX")
        .filter(|text| text.int("flags").unwrap_or(0) & TEXT_RUNS != 0)
        .filter_map(|text| text.id_name())
        .collect();
    if !scripts.is_empty() {
        push(
            &mut found,
            WarningKind::Script,
            "Scripts do not run".to_owned(),
            format!(
                "{}: scripts in the file stay off on other computers. Apply what they do before you save.",
                listed(&scripts)
            ),
            scripts,
        );
    }
    let drivers = python_drivers(file);
    if !drivers.is_empty() {
        push(
            &mut found,
            WarningKind::Driver,
            "Drivers that need Python stand still".to_owned(),
            format!(
                "{}: only simple expressions are computed on other computers. Bake these to keyframes.",
                listed(&drivers)
            ),
            drivers,
        );
    }
    for (path, error) in &trace.unreadable {
        push(
            &mut found,
            WarningKind::UnreadableLibrary,
            format!(
                "Library {} cannot be read",
                path.file_name().unwrap_or_default().to_string_lossy()
            ),
            format!("{}: {error}.", path.display()),
            vec![path.to_string_lossy().into_owned()],
        );
    }
    let odd: Vec<String> = trace
        .files
        .iter()
        .flat_map(|file| &file.mentions)
        .filter(|traced| traced.needed && std::str::from_utf8(&traced.mention.stored).is_err())
        .map(super::super::trace::TracedMention::stored_text)
        .collect();
    if !odd.is_empty() {
        push(
            &mut found,
            WarningKind::PathNotUtf8,
            "A path is not valid text".to_owned(),
            format!("{}: rename the file and choose it again in Blender.", listed(&odd)),
            odd,
        );
    }
    found
}

fn push(found: &mut Vec<Warning>, kind: WarningKind, title: String, detail: String, names: Vec<String>) {
    found.push(Warning {
        kind,
        title,
        detail,
        names,
    });
}

/// What only add-ons understand.
fn of_addons(file: &BlendFile, found: &mut Vec<Warning>) {
    let nodes = addons::nodes(file);
    if !nodes.is_empty() {
        push(
            found,
            WarningKind::AddonNodes,
            "Nodes of add-ons do nothing elsewhere".to_owned(),
            format!(
                "{}: replace them with Blender's own nodes, or bake what they make.",
                listed(&nodes)
            ),
            nodes,
        );
    }
    let settings = addons::settings(file);
    if !settings.is_empty() {
        push(
            found,
            WarningKind::AddonSettings,
            "Settings of add-ons".to_owned(),
            format!(
                "{}: what an add-on changes while it renders or animates does not happen on other computers.",
                listed(&settings)
            ),
            settings,
        );
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn of_scenes(file: &BlendFile, scenes: &[SceneReport], found: &mut Vec<Warning>) {
    if scenes.is_empty() {
        push(
            found,
            WarningKind::NoScene,
            "No scene".to_owned(),
            "The file holds no scene: it is a library to link from.".to_owned(),
            Vec::new(),
        );
    }
    if scenes.len() > 1 {
        let names: Vec<String> = scenes.iter().map(|scene| scene.name.clone()).collect();
        push(
            found,
            WarningKind::ManyScenes,
            format!("{} scenes", scenes.len()),
            format!("{}: choose the one to render.", listed(&names)),
            names,
        );
    }
    for (report, data) in scenes.iter().zip(file.ids("SC")) {
        of_scene(report, data, found);
    }
}

fn of_scene(report: &SceneReport, data: Struct<'_>, found: &mut Vec<Warning>) {
    let name = &report.name;
    let mut add = |kind, title: &str, detail: String| push(found, kind, title.to_owned(), detail, vec![name.clone()]);
    if report.camera.is_none() && report.camera_markers == 0 && !report.sequencer {
        add(
            WarningKind::NoCamera,
            "No camera",
            format!("{name}: set an active camera and save."),
        );
    }
    if report.frame_end < report.frame_start {
        add(
            WarningKind::EmptyFrameRange,
            "Empty frame range",
            format!(
                "{name}: frames {} to {} are none.",
                report.frame_start, report.frame_end
            ),
        );
    }
    if report.engine == "CYCLES" && report.time_limit > 0.0 {
        add(
            WarningKind::TimeLimit,
            "Time limit",
            format!(
                "{name}: a limit of {} s makes frames depend on the speed of the computer. It is cleared.",
                report.time_limit
            ),
        );
    }
    if report.freestyle {
        add(
            WarningKind::Freestyle,
            "Freestyle",
            format!("{name}: lines are drawn by Freestyle, which is slow; style modules written in Python do not run."),
        );
    }
    if report.osl {
        add(
            WarningKind::Osl,
            "Open Shading Language",
            format!(
                "{name}: such shaders run on processors and on OptiX only. Other graphics cards draw them wrongly."
            ),
        );
    }
    if let Some(border) = report.border {
        add(
            WarningKind::Region,
            "A region is rendered",
            format!(
                "{name}: only the region from {:.0} % to {:.0} % across and {:.0} % to {:.0} % up{}. Press Ctrl Alt B in Blender \
                 to clear it.",
                border.left * 100.0,
                border.right * 100.0,
                border.bottom * 100.0,
                border.top * 100.0,
                if border.crop {
                    ", cut out"
                } else {
                    "; the rest stays empty"
                }
            ),
        );
    }
    if report.sequencer {
        add(
            WarningKind::Sequencer,
            "Sequencer",
            format!("{name}: the video sequencer makes the picture, not the camera."),
        );
    }
    if matches!(report.output_format.as_str(), "FFMPEG" | "AVI_RAW" | "AVI_JPEG") {
        add(
            WarningKind::MovieOutput,
            "Movie output",
            format!("{name}: frames are rendered as pictures, one file each, and not as a movie."),
        );
    }
    if !matches!(
        report.engine.as_str(),
        "CYCLES" | "BLENDER_EEVEE" | "BLENDER_EEVEE_NEXT" | "BLENDER_WORKBENCH"
    ) {
        add(
            WarningKind::AddonEngine,
            "Engine of an add-on",
            format!(
                "{name}: {} comes from an add-on that other computers may not have.",
                report.engine
            ),
        );
    }
    if report.compositor && compositor_denoises(data) {
        add(
            WarningKind::CompositorDenoise,
            "Denoise node",
            format!("{name}: the compositor denoises, so every computer needs a Blender with OpenImageDenoise."),
        );
    }
}

fn compositor_denoises(scene: Struct<'_>) -> bool {
    scene
        .follow("compositing_node_group")
        .or_else(|| scene.follow("nodetree"))
        .is_some_and(|tree| {
            tree.list("nodes")
                .take(100_000)
                .any(|node| node.text("idname").as_deref() == Some("CompositorNodeDenoise"))
        })
}

/// Who has drivers that Blender does not compute by itself.
fn python_drivers(file: &BlendFile) -> Vec<String> {
    let mut names = Vec::new();
    for driver in file.data_of(&["ChannelDriver"]) {
        if driver.int("type") != Some(DRIVER_SCRIPTED) {
            continue;
        }
        let variables: Vec<String> = driver
            .list("variables")
            .take(1_000)
            .filter_map(|variable| variable.text("name"))
            .collect();
        if expression::is_simple(&driver.text("expression").unwrap_or_default(), &variables) {
            continue;
        }
        names.extend(
            file.struct_at(driver.owner())
                .and_then(|owner| owner.id_name())
                .filter(|name| !names.contains(name)),
        );
    }
    names
}
