use super::mention::{Cache, Mention, Place, Set, Spot};
use crate::{
    BlendError,
    read::{BlendFile, Struct},
    report::DependencyKind as Kind,
};

/// `Image.source` and `MovieClip.source` in Blender's `DNA_image_types.h` and `DNA_movieclip_types.h`.
const IMAGE_SEQUENCE: i64 = 2;
const IMAGE_MOVIE: i64 = 3;
const IMAGE_GENERATED: i64 = 4;
const IMAGE_VIEWER: i64 = 5;
const IMAGE_TILED: i64 = 6;
const CLIP_SEQUENCE: i64 = 1;

/// `PointCache.flag` in `DNA_pointcache_types.h`.
const CACHE_ON_DISK: i64 = 1 << 6;
const CACHE_EXTERNAL: i64 = 1 << 9;

/// IES and OSL nodes: the file is outside.
const NODE_EXTERNAL: i64 = 1;

/// `TXT_ISMEM` in `DNA_text_types.h`: there is no file.
const TEXT_INTERNAL: i64 = 1 << 2;

/// `Sequence.type` in `DNA_sequence_types.h`.
const STRIP_IMAGE: i64 = 0;
const STRIP_MOVIE: i64 = 3;
/// Plays a datablock of its own, and names the file once more.
const STRIP_SOUND: i64 = 4;

/// Geometry node bakes: where they are, and that one has a folder of its own (`DNA_modifier_types.h`).
const BAKE_PACKED: i64 = 1;
const BAKE_CUSTOM_PATH: i64 = 1 << 1;

/// More than any scene names; a damaged file may name the same one again and again.
const MAX_MENTIONS: usize = 1 << 18;
/// Bytes of all names together.
const MAX_STORED: usize = 64 << 20;

/// Structs that may name a file. The others are passed without a look.
const INTERESTING: [&str; 19] = [
    "Image",
    "Library",
    "bSound",
    "VFont",
    "MovieClip",
    "Volume",
    "CacheFile",
    "Text",
    "NodeShaderTexIES",
    "NodeShaderScript",
    "CustomDataExternal",
    "MeshCacheModifierData",
    "CacheFileLayer",
    "OceanModifierData",
    "FluidDomainSettings",
    "PointCache",
    "Sequence",
    "Strip",
    "NodesModifierData",
];

/// All places of a file that name files outside it, in the order of the file.
pub(crate) fn mentions(file: &BlendFile) -> Result<Vec<Mention>, BlendError> {
    let kinds: Vec<u32> = INTERESTING
        .iter()
        .filter_map(|name| file.dna().index_of(name))
        .collect();
    let interesting = (0..)
        .zip(file.blocks())
        .filter(|(_, block)| kinds.contains(&block.kind))
        .map(|(position, _)| position);
    let mut found = Vec::new();
    let mut stored = 0;
    for (position, block) in file.walk(interesting) {
        let Some(item) = file.struct_at(position) else { continue };
        let before = found.len();
        if block.is_data() {
            of_data(item, block.owner, &mut found);
        } else if block.is_id() {
            of_datablock(item, position, &mut found);
        }
        stored += found.iter().skip(before).map(Mention::weight).sum::<usize>();
        if found.len() > MAX_MENTIONS || stored > MAX_STORED {
            return Err(BlendError::TooLarge {
                reason: format!("it names more than {MAX_MENTIONS} files"),
            });
        }
    }
    found.retain(|mention| !mention.stored.is_empty());
    Ok(found)
}

fn of_datablock(item: Struct<'_>, owner: u32, found: &mut Vec<Mention>) {
    let plain = |kind, set| {
        let path = if item.has("filepath") { "filepath" } else { "name" };
        in_field(item, path, owner, kind, set)
    };
    match item.kind() {
        "Image" => found.extend(image(item, owner)),
        "Library" => found.extend(plain(Kind::Library, Set::Single).map(|mention| Mention {
            packed: mention.packed || item.is_set("archive_parent_library"),
            ..mention
        })),
        "bSound" => found.extend(plain(Kind::Sound, Set::Single)),
        "VFont" => found.extend(plain(Kind::Font, Set::Single).filter(|font| font.stored != b"<builtin>")),
        "MovieClip" => {
            let is_sequence = item.int("source") == Some(CLIP_SEQUENCE);
            found.extend(plain(Kind::MovieClip, Set::Single).map(|clip| Mention {
                set: if is_sequence || is_still(&clip.stored) {
                    Set::Numbered
                } else {
                    Set::Single
                },
                ..clip
            }));
        }
        "Volume" => {
            let numbered = item.int("is_sequence").unwrap_or(0) != 0;
            found.extend(plain(Kind::Volume, if numbered { Set::Numbered } else { Set::Single }));
        }
        "CacheFile" => {
            let numbered = item.int("is_sequence").unwrap_or(0) != 0;
            found.extend(plain(
                Kind::CacheFile,
                if numbered { Set::Numbered } else { Set::Single },
            ));
        }
        "Text" => found.extend(external_text(item, owner)),
        _ => {}
    }
}

/// The file that a text came from. The text itself is in the .blend.
fn external_text(item: Struct<'_>, owner: u32) -> Option<Mention> {
    if item.int("flags").unwrap_or(0) & TEXT_INTERNAL != 0 {
        return None;
    }
    let field = if item.has("filepath") { "filepath" } else { "name" };
    Some(Mention {
        kind: Kind::Text,
        stored: item.text_behind(field)?.into_bytes(),
        packed: false,
        owner,
        set: Set::Single,
        place: Place::Behind {
            block: item.target(field)?,
        },
    })
}

fn image(item: Struct<'_>, owner: u32) -> Option<Mention> {
    let source = item.int("source").unwrap_or(1);
    if matches!(source, IMAGE_GENERATED | IMAGE_VIEWER) {
        return None;
    }
    let (kind, set) = match source {
        IMAGE_SEQUENCE => (Kind::ImageSequence, Set::Numbered),
        IMAGE_MOVIE => (Kind::Movie, Set::Single),
        IMAGE_TILED => {
            let tiles = item
                .list("tiles")
                .filter_map(|tile| u32::try_from(tile.int("tile_number")?).ok());
            let mut tiles: Vec<u32> = tiles
                .filter(|number| (1001..=2_999).contains(number))
                .take(2_000)
                .collect();
            if tiles.is_empty() {
                tiles.push(1001);
            }
            (Kind::TiledImage, Set::Tiles(tiles))
        }
        _ => (Kind::Image, Set::Single),
    };
    let mention = in_field(
        item,
        if item.has("filepath") { "filepath" } else { "name" },
        owner,
        kind,
        set,
    )?;
    let packed = mention.packed || item.list("packedfiles").next().is_some();
    let mention = Mention { packed, ..mention };
    if kind == Kind::Movie && is_still(&mention.stored) {
        return Some(Mention {
            kind: Kind::ImageSequence,
            set: Set::Numbered,
            ..mention
        });
    }
    Some(mention)
}

/// A still picture where a movie is expected: Blender then plays all that are numbered like it.
fn is_still(stored: &[u8]) -> bool {
    const STILLS: [&str; 13] = [
        "png", "exr", "jpg", "jpeg", "tif", "tiff", "tga", "bmp", "hdr", "dpx", "cin", "webp", "jp2",
    ];
    let name = String::from_utf8_lossy(stored).to_ascii_lowercase();
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| STILLS.contains(&ending))
}

fn of_data(item: Struct<'_>, owner: u32, found: &mut Vec<Mention>) {
    match item.kind() {
        "NodeShaderTexIES" if item.int("mode") == Some(NODE_EXTERNAL) => {
            found.extend(in_field(item, "filepath", owner, Kind::IesProfile, Set::Single));
        }
        "NodeShaderScript" if item.int("mode") == Some(NODE_EXTERNAL) => {
            found.extend(in_field(item, "filepath", owner, Kind::Script, Set::Single));
        }
        "CustomDataExternal" => found.extend(in_field(item, "filename", owner, Kind::Multires, Set::Single)),
        "MeshCacheModifierData" => found.extend(in_field(item, "filepath", owner, Kind::MeshCache, Set::Single)),
        "CacheFileLayer" => found.extend(in_field(item, "filepath", owner, Kind::CacheFile, Set::Single)),
        "OceanModifierData" => {
            let named = in_field(item, "cachepath", owner, Kind::OceanCache, Set::Folder(&Cache::OCEAN));
            // Where nothing was baked, `//` stands there: the folder of the scene itself. A bake without a window does not
            // set `cached`, though the folder is there.
            found.extend(named.filter(|cache| {
                item.int("cached").unwrap_or(0) != 0 || cache.stored.iter().any(|byte| !b"/\\.".contains(byte))
            }));
        }
        "FluidDomainSettings" => {
            found.extend(in_field(
                item,
                "cache_directory",
                owner,
                Kind::FluidCache,
                Set::Folder(&Cache::FLUID),
            ));
        }
        "PointCache" => found.extend(point_cache(item, owner)),
        "Sequence" | "Strip" => found.extend(strip(item, owner)),
        "NodesModifierData" => found.extend(node_bakes(item, owner)),
        _ => {}
    }
}

fn in_field(item: Struct<'_>, path: &str, owner: u32, kind: Kind, set: Set) -> Option<Mention> {
    let raw = item.raw_text(path)?;
    Some(Mention {
        kind,
        stored: raw.bytes.to_vec(),
        packed: item.is_set("packedfile"),
        owner,
        set,
        place: Place::Field(Spot {
            offset: raw.offset,
            size: raw.size,
        }),
    })
}

fn point_cache(item: Struct<'_>, owner: u32) -> Option<Mention> {
    let flag = item.int("flag")?;
    if flag & CACHE_EXTERNAL != 0 {
        return in_field(item, "path", owner, Kind::PointCache, Set::Folder(&Cache::POINTS));
    }
    if flag & CACHE_ON_DISK == 0 {
        return None;
    }
    let stem = item.file().path().file_stem()?.to_string_lossy().into_owned();
    Some(Mention {
        kind: Kind::PointCache,
        stored: format!("//blendcache_{stem}").into_bytes(),
        packed: false,
        owner,
        set: Set::CacheBeside,
        place: Place::Implied,
    })
}

fn strip(item: Struct<'_>, owner: u32) -> Option<Mention> {
    let of_strip = item.int("type")?;
    let kind = match of_strip {
        STRIP_IMAGE => Kind::ImageSequence,
        STRIP_MOVIE => Kind::Movie,
        STRIP_SOUND => Kind::Sound,
        // Scenes and clips are datablocks of their own.
        _ => return None,
    };
    let data = item.follow("strip").or_else(|| item.follow("data"))?;
    let folder = data.raw_text("dir")?;
    let first = data.follow("stripdata")?;
    let spot = |raw: crate::read::RawText<'_>| Spot {
        offset: raw.offset,
        size: raw.size,
    };
    let mut names = Vec::new();
    let mut spots = Vec::new();
    for element in first
        .elements()
        .take(if of_strip == STRIP_IMAGE { usize::MAX } else { 1 })
    {
        let raw = element.raw_text("name").or_else(|| element.raw_text("filename"))?;
        names.push(raw.bytes.to_vec());
        spots.push(spot(raw));
    }
    let mut stored = folder.bytes.to_vec();
    if !matches!(stored.last(), Some(b'/' | b'\\') | None) {
        stored.push(b'/');
    }
    stored.extend_from_slice(names.first()?);
    Some(Mention {
        kind,
        stored,
        packed: false,
        owner,
        set: Set::Names(names),
        place: Place::Split {
            folder: spot(folder),
            names: spots,
        },
    })
}

/// Baked simulations and bake nodes of geometry nodes, since Blender 3.6.
fn node_bakes(item: Struct<'_>, owner: u32) -> Vec<Mention> {
    let behind = |holder: Struct<'_>, field: &str| {
        Some(Mention {
            kind: Kind::SimulationBake,
            stored: holder.text_behind(field)?.into_bytes(),
            packed: false,
            owner,
            set: Set::Folder(&Cache::BAKE),
            place: Place::Behind {
                block: holder.target(field)?,
            },
        })
    };
    let mut found = Vec::new();
    let mut shared = false;
    let bakes = item.follow("bakes").into_iter().flat_map(Struct::elements);
    for bake in bakes {
        let mut target = bake.int("bake_target").unwrap_or(0);
        if target == 0 {
            target = item.int("bake_target").unwrap_or(0);
        }
        if target == BAKE_PACKED {
            continue;
        }
        if bake.int("flag").unwrap_or(0) & BAKE_CUSTOM_PATH != 0 {
            found.extend(behind(bake, "directory"));
        } else {
            shared = true;
        }
    }
    if shared {
        found.extend(behind(item, "simulation_bake_directory"));
    }
    found
}
