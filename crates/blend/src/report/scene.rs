use super::types::{Border, Marker, SceneReport};
use crate::read::{Properties, Struct};

/// `RenderData.mode` and `RenderData.scemode` in Blender's `DNA_scene_types.h`; each bit was checked by switching its
/// setting in Blender 3.4.
const MODE_BORDER: i64 = 1 << 9;
const MODE_CROP: i64 = 1 << 11;
const MODE_MOTION_BLUR: i64 = 1 << 14;
const MODE_SIMPLIFY: i64 = 1 << 24;
const MODE_FREESTYLE: i64 = 1 << 25;
const SCEMODE_SEQUENCER: i64 = 1;
const SCEMODE_COMPOSITOR: i64 = 1 << 6;

const MOST_MARKERS: usize = 1_000;

/// `ObjectType` in `DNA_object_types.h`.
const OBJECT_CAMERA: i64 = 11;

/// `denoiser` of Cycles: 1 was its own filter, which became OpenImageDenoise in 3.0.
const DENOISER_OPTIX: i64 = 2;

pub(super) fn scene_report(scene: Struct<'_>) -> SceneReport {
    let int = |path: &str| scene.int(path).unwrap_or(0);
    let engine = engine(scene);
    let mode = int("r.mode");
    let scemode = int("r.scemode");
    let sampling = sampling(scene, &engine);
    let base = scene
        .float("r.frs_sec_base")
        .filter(|base| base.is_finite() && *base > 0.0)
        .unwrap_or(1.0);
    SceneReport {
        name: scene.id_name().unwrap_or_default(),
        frame_start: int("r.sfra") as i32,
        frame_end: int("r.efra") as i32,
        frame_step: (int("r.frame_step") as i32).max(1),
        frame_current: int("r.cfra") as i32,
        fps: int("r.frs_sec") as f64 / base,
        width: int("r.xsch").max(0) as u32,
        height: int("r.ysch").max(0) as u32,
        percent: int("r.size").max(0) as u32,
        border: (mode & MODE_BORDER != 0).then(|| border(scene, mode)),
        samples: sampling.samples,
        adaptive: sampling.adaptive,
        time_limit: sampling.time_limit,
        denoise: sampling.denoise,
        camera: scene.follow("camera").and_then(|camera| camera.id_name()),
        cameras: cameras(scene),
        output_format: output_format(int("r.im_format.imtype")).to_owned(),
        output_path: scene.text("r.pic").unwrap_or_default(),
        view_layers: scene
            .list("view_layers")
            .filter_map(|layer| layer.text("name"))
            .take(1_000)
            .collect(),
        compositor: scemode & SCEMODE_COMPOSITOR != 0 && uses_compositor(scene),
        sequencer: scemode & SCEMODE_SEQUENCER != 0 && has_strips(scene),
        motion_blur: mode & MODE_MOTION_BLUR != 0,
        simplify: mode & MODE_SIMPLIFY != 0,
        transparent: int("r.alphamode") == 1,
        camera_markers: scene
            .list("markers")
            .filter(|marker| marker.is_set("camera"))
            .take(100_000)
            .count() as u32,
        markers: markers(scene),
        freestyle: mode & MODE_FREESTYLE != 0,
        osl: engine == "CYCLES"
            && Properties::of(scene, "cycles").and_then(|set| set.flag("shading_system")) == Some(true),
        engine,
    }
}

fn engine(scene: Struct<'_>) -> String {
    match scene.text("r.engine") {
        Some(engine) if !engine.is_empty() => engine,
        // Before 2.80 an empty name was the engine of old.
        _ => "BLENDER_EEVEE".to_owned(),
    }
}

struct Sampling {
    samples: Option<u32>,
    adaptive: bool,
    time_limit: f64,
    denoise: Option<String>,
}

fn sampling(scene: Struct<'_>, engine: &str) -> Sampling {
    let plain = |samples: Option<i64>| Sampling {
        samples: samples.and_then(|samples| u32::try_from(samples).ok()),
        adaptive: false,
        time_limit: 0.0,
        denoise: None,
    };
    match engine {
        "CYCLES" => cycles(scene),
        "BLENDER_EEVEE" | "BLENDER_EEVEE_NEXT" => plain(scene.int("eevee.taa_render_samples")),
        _ => plain(None),
    }
}

/// Cycles stores only what differs from its defaults, and those changed in 3.0. What an older file means is what
/// Blender's own `cycles/version_update.py` makes of it.
fn cycles(scene: Struct<'_>) -> Sampling {
    let file = scene.file();
    let subversion = file.global().and_then(|global| global.int("subversion")).unwrap_or(0);
    let modern = (i64::from(file.version()), subversion) > (300, 25);
    let set = Properties::of(scene, "cycles");
    let flag = |name: &str, default: bool| set.and_then(|set| set.flag(name)).unwrap_or(default);
    let mut samples = set
        .and_then(|set| set.int("samples"))
        .unwrap_or(if modern { 4_096 } else { 128 })
        .max(1);
    if flag("use_square_samples", false) {
        samples = samples.saturating_mul(samples);
    }
    let denoiser = set.and_then(|set| set.int("denoiser"));
    Sampling {
        samples: u32::try_from(samples).ok(),
        adaptive: flag("use_adaptive_sampling", modern),
        time_limit: set
            .and_then(|set| set.float("time_limit"))
            .filter(|limit| limit.is_finite())
            .unwrap_or(0.0),
        denoise: flag("use_denoising", modern).then(|| {
            let name = if denoiser == Some(DENOISER_OPTIX) {
                "optix"
            } else {
                "openimagedenoise"
            };
            name.to_owned()
        }),
    }
}

fn border(scene: Struct<'_>, mode: i64) -> Border {
    let side = |name: &str, default: f64| scene.float(&format!("r.border.{name}")).unwrap_or(default) as f32;
    Border {
        left: side("xmin", 0.0),
        right: side("xmax", 1.0),
        bottom: side("ymin", 0.0),
        top: side("ymax", 1.0),
        crop: mode & MODE_CROP != 0,
    }
}

/// Cameras of the scene: every object of the first view layer's list that is one. A linked object is a stand-in
/// without a type, and counts only as the active camera.
fn cameras(scene: Struct<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let layer_objects = scene
        .list("view_layers")
        .flat_map(|layer| layer.list("object_bases").collect::<Vec<_>>());
    for base in layer_objects.chain(scene.list("base")) {
        let Some(object) = base.follow("object") else { continue };
        if object.int("type") == Some(OBJECT_CAMERA) {
            names.extend(object.id_name());
        }
    }
    names.extend(scene.follow("camera").and_then(|camera| camera.id_name()));
    names.sort();
    names.dedup();
    names
}

fn markers(scene: Struct<'_>) -> Vec<Marker> {
    let mut markers: Vec<Marker> = scene
        .list("markers")
        .take(MOST_MARKERS)
        .map(|marker| Marker {
            frame: marker.int("frame").unwrap_or(0) as i32,
            name: marker.text("name").unwrap_or_default(),
            camera: marker.follow("camera").and_then(|camera| camera.id_name()),
        })
        .collect();
    markers.sort_by_key(|marker| marker.frame);
    markers
}

fn uses_compositor(scene: Struct<'_>) -> bool {
    // 5.0 gave the compositor's nodes a datablock of their own.
    scene.is_set("compositing_node_group") || (scene.int("use_nodes").unwrap_or(0) != 0 && scene.is_set("nodetree"))
}

fn has_strips(scene: Struct<'_>) -> bool {
    scene
        .follow("ed")
        .is_some_and(|editing| editing.list("seqbase").next().is_some())
}

/// `R_IMF_IMTYPE_*` in `DNA_scene_types.h`, by the identifiers of Blender's Python interface.
fn output_format(kind: i64) -> &'static str {
    match kind {
        0 => "TARGA",
        1 => "IRIS",
        4 => "JPEG",
        14 => "TARGA_RAW",
        15 => "AVI_RAW",
        16 => "AVI_JPEG",
        17 => "PNG",
        20 => "BMP",
        21 => "HDR",
        22 => "TIFF",
        23 => "OPEN_EXR",
        24 | 31 | 32 | 33 | 36 => "FFMPEG",
        26 => "CINEON",
        27 => "DPX",
        28 => "OPEN_EXR_MULTILAYER",
        30 => "JPEG2000",
        35 => "WEBP",
        _ => "UNKNOWN",
    }
}
