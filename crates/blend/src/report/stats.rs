use super::types::{ImageReport, Stats};
use crate::read::BlendFile;

/// Bytes that Cycles keeps per triangle and per vertex: the geometry, its normals and the tree over it.
const BYTES_PER_TRIANGLE: u64 = 180;
const BYTES_PER_VERTEX: u64 = 60;
/// What Blender itself takes with an empty scene.
const BYTES_BASE: u64 = 150 << 20;
/// Of a pixel with four channels.
const BYTES_PER_PIXEL: u64 = 4;
const BYTES_PER_FLOAT_PIXEL: u64 = 16;

pub(super) fn stats(file: &BlendFile, images: &[ImageReport]) -> Stats {
    let geometry = file.gathered().geometry;
    let mut stats = Stats {
        objects: file.ids("OB").count() as u64,
        materials: file.ids("MA").count() as u64,
        images: file
            .ids("IM")
            .filter(|image| !matches!(image.int("source"), Some(4 | 5)))
            .count() as u64,
        meshes: geometry.meshes,
        vertices: geometry.vertices,
        triangles: geometry.triangles,
        ..Stats::default()
    };
    let pictures = images.iter().map(bytes_in_memory).fold(0, u64::saturating_add);
    stats.memory_estimate = BYTES_BASE
        .saturating_add(stats.triangles.saturating_mul(BYTES_PER_TRIANGLE))
        .saturating_add(stats.vertices.saturating_mul(BYTES_PER_VERTEX))
        .saturating_add(pictures);
    stats
}

fn bytes_in_memory(image: &ImageReport) -> u64 {
    let pixels = u64::from(image.width.unwrap_or(0)) * u64::from(image.height.unwrap_or(0));
    let each = if image.float {
        BYTES_PER_FLOAT_PIXEL
    } else {
        BYTES_PER_PIXEL
    };
    pixels.saturating_mul(each).saturating_mul(u64::from(image.tiles))
}
