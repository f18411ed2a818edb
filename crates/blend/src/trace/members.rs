use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::mention::{Cache, Set};

/// A folder of a cache may be large; one that is a whole disk is a mistake.
const MAX_MEMBERS: usize = 200_000;
const MAX_LOOKS: usize = 200_000;

/// One file of a set, found or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub path: PathBuf,
    /// `None` when it is not there.
    pub bytes: Option<u64>,
}

/// The files that a stored path stands for. `resolved` is where the path itself leads.
pub(crate) fn members(resolved: &Path, set: &Set) -> Vec<Member> {
    match set {
        Set::Single => vec![member(resolved.to_owned())],
        Set::Numbered => numbered(resolved),
        Set::Tiles(tiles) => {
            let mut found: Vec<Member> = tiles
                .iter()
                .filter_map(|tile| Some(member(tile_path(resolved, *tile)?)))
                .collect();
            if found.is_empty() {
                found.push(member(resolved.to_owned()));
            }
            found
        }
        Set::Names(names) => {
            let folder = resolved.parent().unwrap_or(Path::new(""));
            names
                .iter()
                .map(|name| member(super::resolve::tidy(&folder.join(super::resolve::to_path(name)))))
                .collect()
        }
        Set::Folder(_) | Set::CacheBeside => {
            let cache = match set {
                Set::Folder(cache) => cache,
                _ => &Cache::POINTS,
            };
            let mut found = Vec::new();
            // A path that is one file is that file: some caches are either.
            if resolved.is_file() {
                found.push(member(resolved.to_owned()));
            } else {
                below(resolved, cache.depth, cache, &mut { MAX_LOOKS }, &mut found);
            }
            found.sort_by(|a, b| a.path.cmp(&b.path));
            found
        }
    }
}

fn member(path: PathBuf) -> Member {
    let bytes = fs::metadata(&path)
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|facts| facts.len());
    Member { path, bytes }
}

fn below(folder: &Path, depth: u32, cache: &Cache, looks: &mut usize, found: &mut Vec<Member>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Some(left) = looks.checked_sub(1) else { return };
        *looks = left;
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if let Some(depth) = depth.checked_sub(1) {
                    below(&path, depth, cache, looks, found);
                }
            }
            Ok(_) => {
                let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
                if cache.endings.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
                    found.extend(Some(member(path)).filter(|member| member.bytes.is_some()));
                }
            }
            Err(_) => {}
        }
    }
}

fn numbered(resolved: &Path) -> Vec<Member> {
    let Some((head, _, tail)) = number_in(resolved) else {
        return vec![member(resolved.to_owned())];
    };
    let folder = resolved.parent().unwrap_or(Path::new(""));
    let mut found = list_numbered(folder, &head, &tail).unwrap_or_default();
    if found.is_empty() {
        found.push(Member {
            path: resolved.to_owned(),
            bytes: None,
        });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn list_numbered(folder: &Path, head: &str, tail: &str) -> io::Result<Vec<Member>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let Some(number) = name
            .to_str()
            .and_then(|name| name.strip_prefix(head))
            .and_then(|name| name.strip_suffix(tail))
        else {
            continue;
        };
        if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && found.len() < MAX_MEMBERS {
            found.extend(Some(member(entry.path())).filter(|member| member.bytes.is_some()));
        }
    }
    Ok(found)
}

/// Splits the file name around its last number before the extension, as `BLI_path_sequence_decode` does.
pub(crate) fn number_in(path: &Path) -> Option<(String, String, String)> {
    let name = path.file_name()?.to_str()?;
    let stem = name.rfind('.').filter(|dot| *dot > 0).unwrap_or(name.len());
    let end = name.get(..stem)?.rfind(|letter: char| letter.is_ascii_digit())? + 1;
    let start = name
        .get(..end)?
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |at| {
            at + name
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    Some((
        name.get(..start)?.to_owned(),
        name.get(start..end)?.to_owned(),
        name.get(end..)?.to_owned(),
    ))
}

/// The name of one tile's file. Source: Blender, `BKE_image_set_filepath_from_tile_number`.
pub(crate) fn tile_path(pattern: &Path, tile: u32) -> Option<PathBuf> {
    let name = pattern.file_name()?.to_str()?;
    let (start, end, number) = tile_token(name, tile)?;
    Some(pattern.with_file_name(format!("{}{number}{}", name.get(..start)?, name.get(end..)?)))
}

/// Where the tile's number stands in a name, and what it is for `tile`.
pub(crate) fn tile_token(name: &str, tile: u32) -> Option<(usize, usize, String)> {
    if let Some(at) = name.find("<UDIM>") {
        return Some((at, at + 6, tile.to_string()));
    }
    if let Some(at) = name.find("<UVTILE>") {
        let place = tile.checked_sub(1001)?;
        return Some((at, at + 8, format!("u{}_v{}", place % 10 + 1, place / 10 + 1)));
    }
    // Before Blender 3.0 the name of one tile stood for all.
    let digits = name
        .as_bytes()
        .windows(4)
        .rposition(|part| part.iter().all(u8::is_ascii_digit) && (&b"1001"[..]..=&b"2999"[..]).contains(&part))?;
    Some((digits, digits + 4, tile.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_number_that_counts_frames() {
        let split = |name: &str| number_in(Path::new(name)).map(|(a, b, c)| format!("{a}|{b}|{c}"));
        assert_eq!(split("/a/img_0001.png").as_deref(), Some("img_|0001|.png"));
        assert_eq!(split("v2_010_final.exr").as_deref(), Some("v2_|010|_final.exr"));
        assert_eq!(split("ü7ß.png").as_deref(), Some("ü|7|ß.png"));
        assert_eq!(split("0001.jp2").as_deref(), Some("|0001|.jp2"));
        assert_eq!(split("none.jp2"), None);
    }

    #[test]
    fn names_tiles() {
        let of = |name: &str, tile| tile_path(Path::new(name), tile).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(of("/t/a.<UDIM>.png", 1012).as_deref(), Some("/t/a.1012.png"));
        assert_eq!(of("/t/a.<UVTILE>.png", 1012).as_deref(), Some("/t/a.u2_v2.png"));
        assert_eq!(of("/t/a_1001_b.png", 1002).as_deref(), Some("/t/a_1002_b.png"));
        assert_eq!(of("/t/a.png", 1002), None);
    }
}
