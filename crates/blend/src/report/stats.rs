use super::types::Stats;
use crate::{
    read::BlendFile,
    report::{Dependency, DependencyKind, DependencyStatus},
};

/// Bytes that Cycles keeps per triangle and per vertex: the geometry, its normals and the tree over it.
const BYTES_PER_TRIANGLE: u64 = 180;
const BYTES_PER_VERTEX: u64 = 60;
/// What Blender itself takes with an empty scene.
const BYTES_BASE: u64 = 150 << 20;
/// A compressed picture unfolds to about this many times its size.
const PICTURE_RATIO: u64 = 8;

pub(super) fn stats(file: &BlendFile, dependencies: &[Dependency]) -> Stats {
    let mut stats = Stats {
        objects: file.ids("OB").count() as u64,
        materials: file.ids("MA").count() as u64,
        images: file
            .ids("IM")
            .filter(|image| !matches!(image.int("source"), Some(4 | 5)))
            .count() as u64,
        ..Stats::default()
    };
    for mesh in file.ids("ME") {
        let count = |name: &str| mesh.int(name).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        stats.meshes += 1;
        stats.vertices = stats.vertices.saturating_add(count("totvert"));
        // A polygon of n corners makes n - 2 triangles.
        let (polygons, corners) = (count("totpoly"), count("totloop"));
        stats.triangles = stats
            .triangles
            .saturating_add(corners.saturating_sub(polygons.saturating_mul(2)));
    }
    let pictures: u64 = dependencies
        .iter()
        .filter(|found| matches!(found.kind, DependencyKind::Image | DependencyKind::TiledImage))
        .filter(|found| found.status != DependencyStatus::Missing)
        .map(|found| found.bytes)
        .fold(0, u64::saturating_add);
    stats.memory_estimate = BYTES_BASE
        .saturating_add(stats.triangles.saturating_mul(BYTES_PER_TRIANGLE))
        .saturating_add(stats.vertices.saturating_mul(BYTES_PER_VERTEX))
        .saturating_add(pictures.saturating_mul(PICTURE_RATIO));
    stats
}
