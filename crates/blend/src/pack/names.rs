//! File names that every operating system can hold.

use std::path::Path;

/// Longest part of a path in bytes: far below what any file system allows, so that a whole path fits too.
const MAX_PART: usize = 100;
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];
const RESERVED_NUMBERED: &[&str] = &["com", "lpt"];

/// A name that Windows, macOS and Linux accept; the name itself when it is one already.
pub(super) fn safe_name(name: &str) -> String {
    let (stem, extension) = split_extension(name);
    let mut safe = shortened(&safe_letters(stem), MAX_PART.saturating_sub(extension.len().min(20)));
    if is_reserved(&safe) || safe.is_empty() {
        safe.insert(0, '_');
    }
    safe.push_str(&safe_letters(extension));
    // Windows drops dots and spaces at the end, and then finds nothing.
    let kept = safe.trim_end_matches(['.', ' ']).len();
    if kept < safe.len() {
        safe.replace_range(kept.., "_");
    }
    safe
}

/// The part of a name before or after its number. What it becomes depends on nothing else, so that all files of a
/// sequence change alike.
pub(super) fn safe_head(head: &str) -> String {
    let safe = shortened(&safe_letters(head), MAX_PART / 2);
    if RESERVED_NUMBERED.contains(&safe.to_lowercase().as_str()) {
        format!("_{safe}")
    } else {
        safe
    }
}

pub(super) fn safe_tail(tail: &str) -> String {
    let (stem, extension) = split_extension(tail);
    let extension = safe_letters(extension);
    let extension = extension.trim_end_matches(['.', ' ']);
    format!("{}{extension}", shortened(&safe_letters(stem), MAX_PART / 2))
}

/// A folder's path made of safe names, joined by `/`.
pub(super) fn safe_path(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(safe_name(&name.to_string_lossy())),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// `name` with a number before its extension.
pub(super) fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = split_extension(name);
    format!("{stem}_{number}{extension}")
}

/// Stem, and extension with its dot.
fn split_extension(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 20 => name.split_at(dot),
        _ => (name, ""),
    }
}

fn safe_letters(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '/' | char::REPLACEMENT_CHARACTER => '_',
            control if control.is_control() => '_',
            other => other,
        })
        .collect()
}

fn is_reserved(stem: &str) -> bool {
    let lower = stem.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = lower.len() == 4
        && lower.ends_with(|last: char| last.is_ascii_digit())
        && RESERVED_NUMBERED.iter().any(|word| lower.starts_with(word));
    numbered || RESERVED.contains(&lower.as_str())
}

/// Cuts a long text and marks it with a number that follows from the whole of it.
fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub(9);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // FNV-1a: short, and the same on every computer.
    let mark = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{}_{mark:08x}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_good_names_alone() {
        for name in [
            "a.png",
            "Über Größe 2.exr",
            "tex.1001.png",
            ".hidden",
            "no_extension",
            "日本語.jpg",
        ] {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn mends_names_that_some_system_refuses() {
        assert_eq!(safe_name("a:b?.png"), "a_b_.png");
        assert_eq!(safe_name("CON.png"), "_CON.png");
        assert_eq!(safe_name("lpt1.png"), "_lpt1.png");
        assert_eq!(safe_name("trailing. "), "trailing_");
        assert_eq!(safe_name("back\\slash.png"), "back_slash.png");
        let long = safe_name(&format!("{}.png", "ä".repeat(200)));
        assert!(
            long.len() <= MAX_PART + 9 && split_extension(&long).1 == ".png",
            "{long}"
        );
        assert_ne!(long, safe_name(&format!("{}b.png", "ä".repeat(200))));
    }
}
