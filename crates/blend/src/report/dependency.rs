use std::path::PathBuf;

use serde::Serialize;

/// A file, or a set of files under one name, that a scene refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// As stored in the file; the key of `located`.
    pub path: String,
    /// The file it stands for on this computer, absolute; of a sequence or a tiled image, the stored name resolved.
    pub resolved: PathBuf,
    pub kind: DependencyKind,
    pub status: DependencyStatus,
    /// Names of the data that refers to it: materials, objects, lights, scenes.
    pub used_by: Vec<String>,
    /// The .blend file that holds the path: the scene's own or a library's.
    pub in_file: PathBuf,
    /// Total size in bytes of what was found.
    pub bytes: u64,
    /// The members of a sequence, of a tiled image or of a cache folder; empty for a single file.
    pub files: Vec<DependencyFile>,
}

/// One member of a set of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DependencyFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub missing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DependencyKind {
    Image,
    ImageSequence,
    /// One image in tiles (UDIM).
    TiledImage,
    Movie,
    Library,
    MovieClip,
    Sound,
    Font,
    Volume,
    /// Alembic or USD.
    CacheFile,
    MeshCache,
    PointCache,
    FluidCache,
    OceanCache,
    SimulationBake,
    /// Displacement of a multiresolution mesh that is kept beside the file.
    Multires,
    IesProfile,
    Script,
}

impl DependencyKind {
    /// Whether a still frame changes when it is missing. Sound does not show in frames.
    pub fn shows_in_frames(self) -> bool {
        self != Self::Sound
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyStatus {
    /// In the folder of the scene file or below.
    Found,
    Missing,
    /// Its data is inside the .blend file.
    Packed,
    /// Found, but outside the scene's folder: packing brings it in.
    Outside,
}
