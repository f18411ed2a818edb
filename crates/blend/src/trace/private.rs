//! What a scene from somewhere else must not carry away: files of this computer that are no part of it. A downloaded scene may
//! name a private key as a font, and whoever renders it would read the key.

use std::{
    env,
    fs::File,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use super::canonical;
use crate::report::DependencyKind;

/// Where no scene keeps its files.
const OF_THE_SYSTEM: [&str; 9] = [
    "/proc",
    "/sys",
    "/dev",
    "/etc",
    "/run",
    "/boot",
    "/var/lib",
    "/var/log",
    "/private/etc",
];
/// So much of a file tells what it is.
const BEGINNING: usize = 512;

/// Who may carry what: of one scene.
pub(super) struct Private {
    /// The folder of the scene: what is in it belongs to it.
    scene: PathBuf,
    /// Of whoever runs this.
    home: Option<PathBuf>,
    /// VeriFrame's own.
    own: Option<PathBuf>,
}

impl Private {
    pub fn of(scene: &Path) -> Self {
        Self {
            scene: canonical(scene),
            home: env::home_dir().map(|home| canonical(&home)),
            own: env::var_os("VERIFRAME_HOME").map(|own| canonical(Path::new(&own))),
        }
    }

    /// Whether a file that is there is no part of the scene: it lies outside of its folder, and is private or not of the kind
    /// that the scene says.
    pub fn refuses(&self, kind: DependencyKind, path: &Path) -> bool {
        let real = canonical(path);
        !real.starts_with(&self.scene) && (self.is_private(&real) || !fits(kind, &real))
    }

    /// Whether it lies where private things lie: hidden from the scene's folder, directly in somebody's home, or where the
    /// system keeps its own. `path` is without links.
    fn is_private(&self, path: &Path) -> bool {
        // A project may lie in a hidden folder itself.
        let apart = path
            .components()
            .zip(self.scene.components())
            .take_while(|(one, other)| one == other)
            .count();
        let is_hidden = path.components().skip(apart).any(|part| match part {
            Component::Normal(name) => {
                let name = name.to_string_lossy();
                name.starts_with('.') || name.eq_ignore_ascii_case("AppData")
            }
            _ => false,
        });
        is_hidden
            || self.home.as_deref().is_some_and(|home| path.parent() == Some(home))
            || self.own.as_deref().is_some_and(|own| path.starts_with(own))
            || OF_THE_SYSTEM
                .iter()
                .any(|folder| path.starts_with(folder) && !self.scene.starts_with(folder))
    }
}

/// Whether the file begins as one of its kind does; what cannot be read does not.
fn fits(kind: DependencyKind, path: &Path) -> bool {
    let mut start = Vec::with_capacity(BEGINNING);
    let read = File::open(path).and_then(|file| file.take(BEGINNING as u64).read_to_end(&mut start));
    read.is_ok() && begins_as(kind, &start, path)
}

fn begins_as(kind: DependencyKind, start: &[u8], path: &Path) -> bool {
    use DependencyKind as K;
    let with = |marks: &[&[u8]]| marks.iter().any(|mark| start.starts_with(mark));
    let ends = |endings: &[&str]| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
    };
    match kind {
        K::Image | K::ImageSequence | K::TiledImage | K::Multires => with(TEXT_BEFORE_PIXELS) || !is_document(start),
        K::Font => with(FONTS),
        K::IesProfile => with(&[b"IES"]) || contains(start, b"TILT="),
        K::Library => with(&[b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b"]),
        K::Volume => with(&[b" BDV"]),
        K::CacheFile => with(&[b"Ogawa", b"\x89HDF", b"PXR-USDC", b"#usda", b"PK\x03\x04"]),
        K::Script | K::Text => ends(&["py", "osl", "oso", "txt"]),
        K::Movie
        | K::MovieClip
        | K::Sound
        | K::MeshCache
        | K::PointCache
        | K::FluidCache
        | K::OceanCache
        | K::SimulationBake => !is_document(start),
    }
}

/// Radiance pictures.
const TEXT_BEFORE_PIXELS: &[&[u8]] = &[b"#?RADIANCE", b"#?RGBE"];
const FONTS: &[&[u8]] = &[
    b"\0\x01\0\0",
    b"OTTO",
    b"true",
    b"ttcf",
    b"typ1",
    b"%!PS-AdobeFont",
    b"%!FontType",
    b"\x80\x01",
    b"wOFF",
    b"wOF2",
];

/// Text, a database or a document: nothing that Blender reads as sound, movie or cache.
fn is_document(start: &[u8]) -> bool {
    // A letter may be cut in two at the end.
    let is_utf8 = std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true);
    let is_printed = |&byte: &u8| byte >= 0x20 && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    let is_text = !start.is_empty() && is_utf8 && start.iter().all(is_printed);
    is_text
        || [&b"SQLite format 3"[..], b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"]
            .iter()
            .any(|mark| start.starts_with(mark))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_places_are_known() {
        let home = canonical(&env::home_dir().unwrap());
        let downloaded = Private::of(&home.join("Downloads"));
        let is_private = |path: &Path| downloaded.is_private(path);
        for private in [".ssh/id_rsa", ".aws/credentials", "passwords.kdbx", "work/.git/config"] {
            assert!(is_private(&home.join(private)), "{private}");
        }
        for private in ["/proc/self/environ", "/etc/passwd", "/dev/sda"] {
            assert!(is_private(Path::new(private)), "{private}");
        }
        assert!(!is_private(&home.join("Pictures/wood.png")));
        assert!(!is_private(Path::new("/mnt/assets/wood.png")));
        let hidden = Private::of(Path::new("/work/.projects/shot"));
        assert!(!hidden.is_private(Path::new("/work/.projects/textures/wood.png")));
        assert!(hidden.is_private(Path::new("/work/.projects/.env")));
    }

    #[test]
    fn a_key_is_no_font_no_picture_and_no_sound() {
        use DependencyKind as K;
        let key = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n";
        for kind in [
            K::Image,
            K::Font,
            K::IesProfile,
            K::Sound,
            K::Movie,
            K::Volume,
            K::MeshCache,
            K::CacheFile,
            K::Library,
        ] {
            assert!(!begins_as(kind, key, Path::new("id_rsa")), "{kind:?}");
        }
        for (kind, start, name) in [
            (K::Image, &b"\x89PNG\r\n"[..], "a.png"),
            (K::Image, &[0, 0, 2, 0, 0][..], "a.tga"),
            (K::Image, b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "a.hdr"),
            (K::Font, b"\0\x01\0\0\0\x10", "a.ttf"),
            (K::IesProfile, b"IESNA:LM-63-1995\n", "a.ies"),
            (K::Sound, b"ID3\x03\0\0\0", "a.mp3"),
            (K::MeshCache, b"POINTCACHE2\0", "a.pc2"),
            (K::Library, b"BLENDER-v304", "a.blend"),
        ] {
            assert!(begins_as(kind, start, Path::new(name)), "{name}");
        }
    }
}
