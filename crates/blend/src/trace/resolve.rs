//! Paths as Blender stores them.
//!
//! Source: Blender, `source/blender/blenlib/intern/path_util.cc` (`BLI_path_abs`).

use std::path::{Component, Path, PathBuf};

/// The file that a stored path means: `//` starts from the folder of the .blend file, `\` counts as `/`, a Windows
/// drive is left away where there are no drives, and `..` is taken out.
pub(crate) fn resolve(stored: &[u8], folder: &Path) -> PathBuf {
    let text: Vec<u8> = stored
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    // Slashes as stored: `\\server` begins the path of a Windows network share.
    if let Some(rest) = text.strip_prefix(b"//").filter(|_| stored.starts_with(b"//")) {
        return tidy(&folder.join(relative(rest)));
    }
    let local = if cfg!(windows) { &text[..] } else { without_drive(&text) };
    tidy(&folder.join(to_path(local)))
}

/// `\\server\share` and `C:\…` read on a system that knows neither.
fn without_drive(text: &[u8]) -> &[u8] {
    match text {
        [letter, b':', rest @ ..] if letter.is_ascii_alphabetic() && rest.first() == Some(&b'/') => rest,
        _ => text,
    }
}

/// A path that cannot be absolute, whatever it begins with: joining an absolute one would forget the folder.
fn relative(rest: &[u8]) -> PathBuf {
    let first = rest.iter().position(|byte| *byte != b'/').unwrap_or(rest.len());
    to_path(rest.get(first..).unwrap_or_default())
}

#[cfg(unix)]
pub(crate) fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
pub(crate) fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Takes `.` and `..` out without asking the disk, as Blender does.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !matches!(
                    out.components().next_back(),
                    None | Some(Component::RootDir | Component::Prefix(_))
                ) {
                    out.pop();
                }
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn reads_paths_as_blender_does() {
        let folder = Path::new("/work/shot");
        let cases: [(&[u8], &str); 9] = [
            (b"\\\\server\\share\\a.png", "/server/share/a.png"),
            (b"//tex/a.png", "/work/shot/tex/a.png"),
            (b"//..\\tex\\a.png", "/work/tex/a.png"),
            (b"//../../../../a.png", "/a.png"),
            (b"///etc/a.png", "/work/shot/etc/a.png"),
            (b"/abs/./a.png", "/abs/a.png"),
            (b"C:\\tex\\a.png", "/tex/a.png"),
            (b"a.png", "/work/shot/a.png"),
            (b"//", "/work/shot"),
        ];
        for (stored, expected) in cases {
            assert_eq!(
                resolve(stored, folder),
                Path::new(expected),
                "{}",
                String::from_utf8_lossy(stored)
            );
        }
    }
}
