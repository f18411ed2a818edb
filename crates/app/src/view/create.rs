use serde::{Deserialize, Serialize};
use specta::Type;

/// The Create page with a file on it.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct SceneView {
    /// Absolute path of the `.blend`.
    pub path: String,
    pub name: String,
    pub bytes: f64,
    /// `3.4`.
    pub blender_version: String,
    /// `none`, `gzip` or `zstd`.
    pub compression: String,
    /// Seconds the report took.
    pub read_seconds: f64,
    pub scenes: Vec<SceneChoice>,
    /// The scene whose facts are shown.
    pub active_scene: String,
    pub problems: Vec<Problem>,
    pub facts: SceneFacts,
    pub dependencies: Vec<DependencyView>,
    pub defaults: JobSettings,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct SceneChoice {
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Money would be wasted: the button is blocked.
    Blocking,
    /// Look here.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that is wrong, where it bites, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct Problem {
    /// Stable within a report, for keys and for the button's reason.
    pub id: String,
    pub severity: Severity,
    /// `2 textures are missing`.
    pub title: String,
    /// Names, where they are used, what would happen.
    pub detail: String,
    pub fixes: Vec<Fix>,
}

/// A button that mends a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fix {
    /// Choose the file by hand. `stored_path` is what the scene says.
    Locate {
        stored_path: String,
    },
    /// Search a folder for every missing file by name.
    SearchFolder,
    /// Render without the files; the artist knows.
    IgnoreMissing,
    DenoiseOff,
    /// Bake the simulations into the packed copy, with a Blender of this computer.
    Bake,
    /// Set `frames` to these.
    SetFrames {
        frames: String,
    },
    /// Open a help text: `autoexec`, `simulation`, `camera`, `version`.
    Explain {
        topic: String,
    },
    OpenSettings,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct SceneFacts {
    /// `Cycles, 128 samples`.
    pub engine: String,
    /// `1–250, 24 fps`.
    pub frames: String,
    /// Pixels at 100 %.
    pub width: u32,
    pub height: u32,
    pub percent: u32,
    pub camera: String,
    /// Output format in the file.
    pub output: String,
    pub samples: u32,
    pub objects: u32,
    pub triangles: f64,
    pub files: u32,
    pub libraries: u32,
    /// Bytes of the scene with everything it needs.
    pub total_bytes: f64,
    /// Estimated bytes of memory; 0 when unknown.
    pub memory_bytes: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum DependencyStatus {
    Found,
    Missing,
    Packed,
    /// Found, outside the scene's own folder: it will be carried along.
    Outside,
    /// There, and not carried along: it may be private.
    Refused,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct DependencyView {
    pub stored_path: String,
    pub resolved: String,
    /// `image`, `library`, `sound`, `font`, `movie`, `volume`, `cache`.
    pub kind: String,
    pub status: DependencyStatus,
    pub used_by: Vec<String>,
    pub bytes: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum FormatChoice {
    Png,
    Exr,
    Jpeg,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JobSettings {
    /// Absolute path of the `.blend`.
    pub path: String,
    /// Empty: the file's active scene.
    pub scene: String,
    pub frames: String,
    pub percent: u32,
    /// 0: as in the file.
    pub samples: u32,
    pub format: FormatChoice,
    pub denoise_off: bool,
    pub ignore_missing: bool,
    /// Simulations are baked into the packed copy.
    pub bake: bool,
    /// Do not seal the scene, although the settings say so.
    pub plain: bool,
    /// Render everything, also what an open or an earlier job has of this very scene.
    pub anew: bool,
    /// Files the artist located: stored path and where it really is.
    pub located: Vec<Located>,
    /// The most the job may cost, smallest unit; empty: the estimate's own cap.
    pub cap: String,
    /// Whether a single frame is rendered in pieces: `auto` or empty, `never`, tiles `4x2`, ranges of samples `samples:8`.
    pub pieces: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Located {
    pub stored_path: String,
    pub actual: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct EstimateView {
    pub frames: u32,
    /// Absent where nobody pays.
    pub cost: Option<CostView>,
    pub seconds_per_frame: f64,
    pub seconds_likely: f64,
    pub seconds_at_most: f64,
    /// What the estimate rests on: `a frame rendered here`, `this computer's benchmark`, `a guess: run the benchmark`.
    pub basis: String,
    /// Whether it rests on frames of this very scene.
    pub measured: bool,
    pub workers_online: u32,
    /// This computer renders the job by itself, whether or not it provides.
    pub here: bool,
    /// Kilowatt hours that this computer will draw; absent where others render, and while its power is not known.
    pub energy: Option<f64>,
    /// What they cost, in the money of the price in Settings; empty without one.
    pub energy_cost: String,
    /// How the frame is cut, `4 × 2 tiles`; empty when it is rendered whole.
    pub pieces: String,
    /// Empty, or the sentence why the button is blocked.
    pub blocked: String,
}

/// What a job costs. Smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct CostView {
    /// `credits` or `STRK`: what the coordinator is paid in.
    pub unit: String,
    pub price_per_frame: String,
    pub likely: String,
    pub cap: String,
    pub balance: String,
}

/// What a Blender of this computer says of the packed scene.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct CheckView {
    /// The version that looked.
    pub blender: String,
    pub frame: i32,
    /// Of the resolution of both pictures.
    pub percent: u32,
    /// What would be missing or pink, in sentences; empty when nothing would.
    pub findings: String,
    /// The frame of the copy has the very pixels of the original's.
    pub equal: bool,
    /// Share of the pixels that differ visibly, 0 to 1.
    pub differing: f64,
    /// `data:` URLs of PNGs.
    pub original: String,
    pub packed: String,
}

/// One small frame, rendered on this computer before paying.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct TestFrameView {
    pub frame: i32,
    pub seconds: f64,
    pub width: u32,
    pub height: u32,
    /// `data:` URL of a PNG.
    pub image: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct RecentFile {
    pub path: String,
    pub name: String,
    pub folder: String,
    /// RFC 3339.
    pub opened_at: String,
    pub exists: bool,
}
