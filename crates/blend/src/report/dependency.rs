use std::path::PathBuf;

use serde::Serialize;

use crate::{
    read::BlendFile,
    trace::{Set, Trace, TracedFile, TracedMention, canonical},
};

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
    /// The file that a text came from. The text is inside, so that it is never missing.
    Text,
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
    /// There, and not carried: it lies outside the scene's folder where private files lie, or is not what the scene says it is.
    Refused,
}

/// What is needed, and what is only mentioned. One file that is mentioned many times is one entry.
pub(super) fn dependencies(main: &BlendFile, trace: &Trace) -> (Vec<Dependency>, Vec<Dependency>) {
    let homes = [main.folder().to_owned(), canonical(main.folder())];
    let mut needed: Vec<Dependency> = Vec::new();
    let mut unused: Vec<Dependency> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for file in &trace.files {
        for traced in &file.mentions {
            let entry = dependency(file, traced, &homes);
            if !traced.needed {
                // What a library holds beside what is linked from it is none of the scene's business.
                if file.path == main.path() {
                    unused.push(entry);
                }
                continue;
            }
            let key = (entry.in_file.clone(), entry.path.clone(), entry.kind, entry.status);
            let known = places.get(&key).and_then(|place: &usize| needed.get_mut(*place));
            if let Some(known) = known {
                for user in entry.used_by {
                    if !known.used_by.contains(&user) {
                        known.used_by.push(user);
                    }
                }
            } else {
                places.insert(key, needed.len());
                needed.push(entry);
            }
        }
    }
    // A cache folder that is named but was never written is nothing that could be carried or missed.
    needed.retain(|entry| !(entry.is_folder() && entry.files.is_empty()));
    unused.retain(|entry| !(entry.is_folder() && entry.files.is_empty()));
    (needed, unused)
}

impl Dependency {
    fn is_folder(&self) -> bool {
        use DependencyKind::{FluidCache, OceanCache, PointCache, SimulationBake};
        matches!(self.kind, FluidCache | OceanCache | PointCache | SimulationBake)
            && self.status != DependencyStatus::Packed
    }
}

fn dependency(file: &TracedFile, traced: &TracedMention, homes: &[PathBuf; 2]) -> Dependency {
    let status = if traced.mention.packed {
        DependencyStatus::Packed
    } else if traced.refused {
        DependencyStatus::Refused
    } else if traced.is_missing() {
        DependencyStatus::Missing
    } else if traced
        .members
        .iter()
        .all(|member| homes.iter().any(|home| member.path.starts_with(home)))
    {
        DependencyStatus::Found
    } else {
        DependencyStatus::Outside
    };
    let files = match traced.mention.set {
        Set::Single => Vec::new(),
        _ => traced
            .members
            .iter()
            .map(|member| DependencyFile {
                path: member.path.clone(),
                bytes: member.bytes.unwrap_or(0),
                missing: member.bytes.is_none(),
            })
            .collect(),
    };
    Dependency {
        path: traced.stored_text(),
        resolved: traced.resolved.clone(),
        kind: traced.mention.kind,
        status,
        used_by: traced.used_by.clone(),
        in_file: file.path.clone(),
        bytes: traced
            .members
            .iter()
            .filter_map(|member| member.bytes)
            .fold(0, u64::saturating_add),
        files,
    }
}
