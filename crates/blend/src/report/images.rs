use std::{collections::HashMap, path::Path};

use super::types::ImageReport;
use crate::{
    read::{BlendFile, Struct},
    trace::{Trace, TracedMention},
};

/// `Image.source` in Blender's `DNA_image_types.h`: made by Blender, and the result of a render.
const GENERATED: i64 = 4;
const VIEWER: i64 = 5;
/// `IMA_GEN_FLOAT` of `Image.gen_flag`.
const GENERATED_FLOAT: i64 = 1;
/// Of a packed picture, what is looked at for its size.
const HEAD: usize = 1 << 20;
const MOST_IMAGES: usize = 100_000;

/// The images that the chosen scenes need, with their sizes where something tells them.
pub(super) fn images(file: &BlendFile, trace: &Trace) -> Vec<ImageReport> {
    let mut on_disk: HashMap<&Path, Option<(u32, u32)>> = HashMap::new();
    let mentions: HashMap<u32, &TracedMention> = trace
        .files
        .iter()
        .take(1)
        .flat_map(|own| &own.mentions)
        .map(|traced| (traced.mention.owner, traced))
        .collect();
    let mut found = Vec::new();
    for image in file.ids("IM").take(MOST_IMAGES) {
        let name = image.id_name().unwrap_or_default();
        match image.int("source") {
            Some(VIEWER) => {}
            Some(GENERATED) => found.push(generated(name, image)),
            _ => {
                let Some(traced) = mentions.get(&image.block()).filter(|traced| traced.needed) else {
                    continue;
                };
                let there = traced.members.iter().filter(|member| member.bytes.is_some());
                let pictures = if traced.mention.packed {
                    1
                } else {
                    there.clone().count()
                };
                let size = if traced.mention.packed {
                    packed_size(image)
                } else {
                    let first = there.clone().next().map(|member| member.path.as_path());
                    first.and_then(|path| *on_disk.entry(path).or_insert_with(|| size_of_file(path)))
                };
                let path = traced.stored_text();
                let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
                found.push(ImageReport {
                    name,
                    float: matches!(ending.as_str(), "exr" | "hdr"),
                    path,
                    width: size.map(|(width, _)| width),
                    height: size.map(|(_, height)| height),
                    // Of a sequence, one picture at a time is in memory.
                    tiles: if matches!(traced.mention.set, crate::trace::Set::Tiles(_)) {
                        pictures as u32
                    } else {
                        1
                    },
                });
            }
        }
    }
    found
}

fn generated(name: String, image: Struct<'_>) -> ImageReport {
    let side = |field: &str| image.int(field).and_then(|pixels| u32::try_from(pixels).ok());
    ImageReport {
        name,
        path: String::new(),
        width: side("gen_x"),
        height: side("gen_y"),
        tiles: 1,
        float: image.int("gen_flag").unwrap_or(0) & GENERATED_FLOAT != 0,
    }
}

fn size_of_file(path: &Path) -> Option<(u32, u32)> {
    // A pipe would be waited for.
    path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    small(imagesize::size(path).ok()?)
}

fn packed_size(image: Struct<'_>) -> Option<(u32, u32)> {
    let packed = image.follow("packedfile").or_else(|| {
        image
            .list("packedfiles")
            .next()
            .and_then(|first| first.follow("packedfile"))
    })?;
    let bytes = packed.bytes_behind("data")?;
    small(imagesize::blob_size(bytes.get(..HEAD).unwrap_or(bytes)).ok()?)
}

/// Larger sides are a sign of damage.
fn small(size: imagesize::ImageSize) -> Option<(u32, u32)> {
    let side = |pixels: usize| u32::try_from(pixels).ok().filter(|pixels| *pixels <= 1 << 20);
    Some((side(size.width)?, side(size.height)?))
}
