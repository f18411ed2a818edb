use std::path::PathBuf;

use serde::Serialize;

use super::Dependency;
use crate::Compression;

/// The summary of one scene file. Its JSON form is versioned by `schema`: fields may be added within a version, never
/// renamed or removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// 1.
    pub schema: u32,
    /// Absolute.
    pub path: PathBuf,
    /// Size on disk in bytes.
    pub bytes: u64,
    /// Size uncompressed in bytes.
    pub uncompressed_bytes: u64,
    pub compression: Compression,
    /// The Blender that saved the file, such as `3.4.0`.
    pub blender_version: String,
    pub subversion: u16,
    /// The oldest Blender that can open it, such as `3.0.0`: what the file says, and what its compression and layout need.
    pub min_version: Option<String>,
    /// The scene that Blender renders when none is named.
    pub active_scene: String,
    pub scenes: Vec<SceneReport>,
    /// Every file outside this one that a render of its scenes needs.
    pub dependencies: Vec<Dependency>,
    /// Files that are mentioned, but by nothing that a scene shows. They never stop a render.
    pub unused: Vec<Dependency>,
    /// The images that its scenes need, made ones included.
    pub images: Vec<ImageReport>,
    /// Simulations, baked or not.
    pub simulations: Vec<Simulation>,
    pub warnings: Vec<Warning>,
    pub stats: Stats,
}

/// An image of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageReport {
    pub name: String,
    /// As stored; empty for one that Blender makes.
    pub path: String,
    /// Pixels, where the picture is there and tells them; of a tiled image or a sequence, of its first picture.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Pictures that are in memory at once: the tiles of a tiled image, or 1.
    pub tiles: u32,
    /// Its samples have 16 or 32 bits.
    pub float: bool,
}

/// Something that is computed frame after frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// `Cloth`, `Fluid`, `Particles`...
    pub kind: &'static str,
    /// The object, or the scene of rigid bodies.
    pub owner: String,
    pub baked: bool,
}

/// A marker of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Marker {
    pub frame: i32,
    pub name: String,
    /// The camera that it switches to.
    pub camera: Option<String>,
}

impl Report {
    pub fn scene(&self, name: &str) -> Option<&SceneReport> {
        self.scenes.iter().find(|scene| scene.name == name)
    }
}

/// One scene of the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SceneReport {
    pub name: String,
    /// Blender's identifier: `CYCLES`, `BLENDER_EEVEE`, `BLENDER_EEVEE_NEXT`, `BLENDER_WORKBENCH` or an add-on's.
    pub engine: String,
    pub frame_start: i32,
    pub frame_end: i32,
    pub frame_step: i32,
    pub frame_current: i32,
    /// Frames per second.
    pub fps: f64,
    /// Pixels at 100 percent.
    pub width: u32,
    pub height: u32,
    pub percent: u32,
    /// The region to render, in fractions of the picture; `None` for the whole of it.
    pub border: Option<Border>,
    /// Samples per pixel of the engine in use; `None` for an engine without such a setting.
    pub samples: Option<u32>,
    /// Cycles stops sampling a pixel once its noise is low.
    pub adaptive: bool,
    /// Seconds a frame may take in Cycles before sampling stops; 0 for no limit.
    pub time_limit: f64,
    /// `openimagedenoise` or `optix`; `None` when the final render is not denoised.
    pub denoise: Option<String>,
    /// The active camera.
    pub camera: Option<String>,
    pub cameras: Vec<String>,
    /// Blender's identifier: `PNG`, `OPEN_EXR`, `FFMPEG`...
    pub output_format: String,
    /// As stored.
    pub output_path: String,
    pub view_layers: Vec<String>,
    /// The compositor's nodes change the picture.
    pub compositor: bool,
    /// The sequencer's strips replace the picture.
    pub sequencer: bool,
    pub motion_blur: bool,
    pub simplify: bool,
    pub transparent: bool,
    /// Timeline markers that switch the camera.
    pub camera_markers: u32,
    /// The markers of the timeline by frame, 1,000 at the most.
    pub markers: Vec<Marker>,
    /// Freestyle draws lines.
    pub freestyle: bool,
    /// Cycles runs shaders in Open Shading Language.
    pub osl: bool,
}

/// Fractions of the picture from its lower left corner, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Border {
    pub left: f32,
    pub right: f32,
    pub bottom: f32,
    pub top: f32,
    /// The picture is cut to the region instead of left black around it.
    pub crop: bool,
}

/// Something that may not render elsewhere as it does for the artist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    pub kind: WarningKind,
    pub title: String,
    /// What it means and how to mend it.
    pub detail: String,
    /// All data that it is about, by name.
    pub names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningKind {
    NoCamera,
    NoScene,
    EmptyFrameRange,
    TimeLimit,
    UnbakedSimulation,
    Script,
    Driver,
    Freestyle,
    Sequencer,
    MovieOutput,
    CompositorDenoise,
    ManyScenes,
    UnreadableLibrary,
    AddonEngine,
    PathNotUtf8,
    /// Shaders in Open Shading Language.
    Osl,
    /// Nodes of add-ons.
    AddonNodes,
    /// Settings of add-ons.
    AddonSettings,
    /// A region is rendered, not the whole picture.
    Region,
}

/// Counts over the main file. Geometry is what is stored: modifiers and instances come on top.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub objects: u64,
    pub meshes: u64,
    pub vertices: u64,
    pub triangles: u64,
    pub materials: u64,
    pub images: u64,
    /// Bytes, a rough lower bound of what rendering takes.
    pub memory_estimate: u64,
}
