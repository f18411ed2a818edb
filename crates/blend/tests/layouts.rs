//! Files of every layout, made by hand: what they say is read the same from each.

mod support;

use std::{fs, io::Write};

use support::synthetic::{LAYOUTS, circular, scene};
use veriframe_blend::{
    BlendError, BlendFile, Compression, DependencyStatus, PackError, PackOptions, TraceOptions, inspect, pack,
};

#[test]
fn every_layout_reads_the_same() {
    for layout in LAYOUTS {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tex")).unwrap();
        fs::write(folder.path().join("tex/a.png"), b"picture").unwrap();
        let path = folder.path().join("shot.blend");
        fs::write(&path, scene(layout)).unwrap();
        let report = inspect(&path, &TraceOptions::default()).unwrap_or_else(|error| panic!("{layout:?}: {error}"));
        let shot = &report.scenes[0];
        assert_eq!(report.active_scene, "Shot", "{layout:?}");
        assert_eq!((shot.frame_start, shot.frame_end, shot.frame_step), (5, 9, 2));
        assert_eq!((shot.width, shot.height, shot.percent, shot.fps), (640, 360, 50, 20.0));
        assert_eq!((shot.engine.as_str(), shot.camera.as_deref()), ("CYCLES", Some("Eye")));
        assert_eq!(shot.output_format, "PNG");
        assert_eq!(report.subversion, 3);
        let oldest = if layout.large { "4.5.0" } else { "2.70.0" };
        assert_eq!(report.min_version.as_deref(), Some(oldest));
        assert_eq!(report.blender_version, if layout.large { "5.0.0" } else { "2.79.0" });
        let found: Vec<_> = report
            .dependencies
            .iter()
            .map(|entry| (entry.path.as_str(), entry.status, entry.used_by.join(",")))
            .collect();
        assert_eq!(
            found,
            [
                ("//tex\\a.png", DependencyStatus::Found, "Object Eye".to_owned()),
                ("//b.png", DependencyStatus::Missing, "Material Paint".to_owned()),
            ],
            "{layout:?}"
        );
        assert_eq!(report.unused.len(), 1);
        assert_eq!(report.unused[0].path, "//c.png");

        let packed = folder.path().join("packed");
        let refused = pack(&path, &packed, &PackOptions::default(), &mut |_| {}, &|| false);
        assert!(matches!(refused, Err(PackError::Missing { missing }) if missing == ["//b.png"]));
        assert!(!packed.exists());
        let options = PackOptions {
            ignore_missing: true,
            ..PackOptions::default()
        };
        let done = pack(&path, &packed, &options, &mut |_| {}, &|| false).unwrap();
        assert_eq!(
            (done.entry.as_str(), done.files, done.missing.len()),
            ("shot.blend", 2, 1)
        );
        let file = BlendFile::open(&packed.join("shot.blend")).unwrap();
        let paths: Vec<_> = file.ids("IM").filter_map(|image| image.text("name")).collect();
        assert_eq!(paths, ["//tex/a.png", "//b.png", "//c.png"]);
        assert_eq!(fs::read(packed.join("tex/a.png")).unwrap(), b"picture");
    }
}

#[test]
fn compressed_files_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plain = scene(LAYOUTS[2]);
    // Blender's own zstd files are many frames with a table of them in a frame to be skipped.
    let (first, second) = plain.split_at(1_000);
    let mut zstd = zstd::encode_all(first, 3).unwrap();
    zstd.extend(zstd::encode_all(second, 3).unwrap());
    zstd.extend([0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).unwrap();
    // Frames that tell their size are unfolded into place, the others as a stream.
    let sized: Vec<u8> = plain
        .chunks(700)
        .flat_map(|part| zstd::bulk::compress(part, 3).unwrap())
        .collect();
    let gzip = gzip.finish().unwrap();
    // Two members, one after the other, are one file.
    let halves = [first, second].map(|half| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(half).unwrap();
        gzip.finish().unwrap()
    });
    for (bytes, compression) in [
        (zstd, Compression::Zstd),
        (sized, Compression::Zstd),
        (gzip, Compression::Gzip),
        (halves.concat(), Compression::Gzip),
    ] {
        let path = folder.path().join("a.blend");
        fs::write(&path, &bytes).unwrap();
        let file = BlendFile::open(&path).unwrap();
        assert_eq!((file.compression(), file.bytes()), (compression, &plain[..]));
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let error = BlendFile::open(&path).unwrap_err();
        assert!(
            matches!(error, BlendError::Truncated { .. } | BlendError::Corrupt { .. }),
            "{error}"
        );
    }
}

#[test]
fn each_bad_input_has_its_own_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.blend");
    let code = |bytes: Option<&[u8]>| {
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        inspect(&path, &TraceOptions::default()).map_or_else(|error| error.code(), |_| "read")
    };
    assert_eq!(code(None), "not_found");
    assert_eq!(code(Some(b"")), "empty");
    assert_eq!(code(Some(b"\x89PNG\r\n\x1a\n, a picture")), "not_a_blend");
    assert_eq!(
        code(Some(&zstd::encode_all(&b"a text, packed well"[..], 3).unwrap())),
        "not_a_blend"
    );
    assert_eq!(code(Some(b"BLEND")), "truncated");
    assert_eq!(code(Some(b"BLENDER17-02v0700and more")), "unsupported");
    let plain = scene(LAYOUTS[2]);
    assert_eq!(code(Some(&plain[..plain.len() - 100])), "truncated");
    assert_eq!(code(Some(&plain)), "read");
    let mut damaged = plain.clone();
    let dna = plain.windows(4).position(|part| part == b"TLEN").unwrap();
    damaged[dna] = b'x';
    assert_eq!(code(Some(&damaged)), "corrupt");
    let error = inspect(folder.path(), &TraceOptions::default()).unwrap_err();
    assert_eq!(error.code(), "is_folder");
}

/// Half a gigabyte of zeros after a header that looks right.
fn bomb(to: &mut impl Write) {
    to.write_all(b"BLENDER-v304").unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..512 {
        to.write_all(&zeros).unwrap();
    }
}

#[test]
fn bombs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.blend");
    let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    bomb(&mut zstd);
    let zstd = zstd.finish().unwrap();
    let mut sized = zstd::bulk::compress(b"BLENDER-v304", 3).unwrap();
    let zeros = zstd::bulk::compress(&vec![0; 1 << 30], 3).unwrap();
    sized.extend(zeros);
    // A size that nothing stands behind.
    let mut lying = zstd::bulk::compress(&vec![7; 1 << 20], 3).unwrap();
    lying[6..8].copy_from_slice(&[0xff, 0xff]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb(&mut gzip);
    let gzip = gzip.finish().unwrap();
    for (name, bytes, at_least) in [
        ("zstd", &zstd, 10_000),
        ("sized zstd", &sized, 10_000),
        ("gzip", &gzip, 1_000),
    ] {
        assert!((1_u64 << 29) / bytes.len() as u64 >= at_least, "{name} is no bomb");
        fs::write(&path, bytes).unwrap();
        let error = BlendFile::open(&path).unwrap_err();
        assert_eq!(error.code(), "too_large", "{name}: {error}");
        assert!(
            error.to_string().contains("no scene compresses like that"),
            "{name}: {error}"
        );
    }
    fs::write(&path, &lying).unwrap();
    assert!(BlendFile::open(&path).is_err());
}

#[test]
fn a_list_that_bites_its_tail_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.blend");
    for layout in LAYOUTS {
        fs::write(&path, circular(layout)).unwrap();
        let error = inspect(&path, &TraceOptions::default()).unwrap_err();
        assert_eq!(error.code(), "corrupt", "{layout:?}");
        assert!(error.to_string().contains("a list leads in a circle"), "{error}");
    }
}
