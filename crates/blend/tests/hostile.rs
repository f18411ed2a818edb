//! Bytes of strangers: whatever they are, the answer is a report or an error, in bounded time and memory.

mod support;

use std::{fs, path::Path, sync::OnceLock};

use proptest::prelude::*;
use support::synthetic::{LAYOUTS, scene};
use veriframe_blend::{PackOptions, TraceOptions, inspect, pack};

/// Reads, traces and packs; the answer does not matter.
fn feed(folder: &Path, bytes: &[u8]) {
    let path = folder.join("a.blend");
    fs::write(&path, bytes).unwrap();
    if inspect(&path, &TraceOptions::default()).is_ok() {
        let packed = folder.join("packed");
        let options = PackOptions {
            ignore_missing: true,
            ..PackOptions::default()
        };
        let _ = pack(&path, &packed, &options, &mut |_| {}, &|| false);
        let _ = fs::remove_dir_all(&packed);
    }
}

/// A file that Blender saved, where there is a Blender.
fn real() -> Option<&'static [u8]> {
    static REAL: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    REAL.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let scene = support::build_scene(&support::blender()?, folder.path(), "0");
        Some(fs::read(scene).unwrap())
    })
    .as_deref()
}

#[test]
fn cut_anywhere_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.blend");
    for layout in LAYOUTS {
        let whole = scene(layout);
        let end = whole.windows(4).rposition(|part| part == b"ENDB").unwrap();
        for len in (0..=end).step_by(7) {
            fs::write(&path, &whole[..len]).unwrap();
            assert!(
                inspect(&path, &TraceOptions::default()).is_err(),
                "{layout:?} cut at {len}"
            );
        }
    }
    let Some(whole) = real() else { return };
    for len in (0..whole.len() - 4_096).step_by(4_096) {
        fs::write(&path, &whole[..len]).unwrap();
        assert!(inspect(&path, &TraceOptions::default()).is_err(), "cut at {len}");
    }
    let packed = zstd::encode_all(whole, 1).unwrap();
    for len in (0..packed.len() - 4_096).step_by(4_096) {
        fs::write(&path, &packed[..len]).unwrap();
        assert!(
            inspect(&path, &TraceOptions::default()).is_err(),
            "compressed, cut at {len}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..4_096), start in 0..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        let starts: [&[u8]; 4] = [b"", b"BLENDER-v304", b"BLENDER17-01v0500", b"\x28\xb5\x2f\xfd"];
        feed(folder.path(), &[starts[start], &bytes].concat());
    }

    #[test]
    fn flipped_bits(layout in 0..LAYOUTS.len(), flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = scene(LAYOUTS[layout]);
        for (place, bit) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
        }
        feed(folder.path(), &bytes);
    }

    #[test]
    fn overwritten_words(layout in 0..LAYOUTS.len(), words in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![0_u32, 1, 0x200, 0x300, 0x7fff_ffff, u32::MAX, 0x8000_0000])), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = scene(LAYOUTS[layout]);
        for (place, word) in words {
            let place = place.index(bytes.len() - 4);
            bytes[place..place + 4].copy_from_slice(&word.to_le_bytes());
        }
        feed(folder.path(), &bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bits_of_a_real_file(flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..64)) {
        let Some(whole) = real() else { return Ok(()) };
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = whole.to_vec();
        for (place, bit) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
        }
        feed(folder.path(), &bytes);
    }
}
