//! Scenes that real Blender saved, and packs that real Blender opens.

mod support;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use support::{blender, build_scene, run_script};
use veriframe_blend::{
    BlendFile, Compression, DependencyKind as Kind, DependencyStatus as Status, PackError, PackOptions, TraceOptions,
    WarningKind, inspect, pack,
};

#[test]
fn the_report_says_what_blender_saved() {
    let Some(blender) = blender() else { return };
    for (compress, compression) in [("0", Compression::None), ("1", Compression::Zstd)] {
        let folder = tempfile::tempdir().unwrap();
        let path = build_scene(&blender, folder.path(), compress);
        let report = inspect(&path, &TraceOptions::default()).unwrap();
        assert_eq!((report.schema, report.compression), (1, compression));
        assert_eq!(report.active_scene, "Scene");
        let scene = report.scene("Scene").unwrap();
        assert_eq!(scene.engine, "CYCLES");
        assert_eq!((scene.frame_start, scene.frame_end, scene.frame_step), (3, 12, 2));
        assert!((scene.fps - 29.97).abs() < 0.001, "{}", scene.fps);
        assert_eq!((scene.width, scene.height, scene.percent), (64, 48, 50));
        assert_eq!(
            (scene.samples, scene.adaptive, scene.denoise.as_deref()),
            (Some(7), false, None)
        );
        assert_eq!(
            scene.border.map(|border| (border.left, border.right, border.crop)),
            Some((0.25, 1.0, false))
        );
        assert_eq!(
            (scene.camera.as_deref(), scene.cameras.join(" ")),
            (Some("Shot"), "Other Shot".to_owned())
        );
        assert_eq!(
            (scene.output_format.as_str(), scene.output_path.as_str()),
            ("OPEN_EXR", "//out/")
        );
        assert!(scene.sequencer);
        let empty = report.scene("Empty").unwrap();
        assert_eq!(
            (empty.engine.as_str(), empty.samples, &empty.camera),
            ("BLENDER_WORKBENCH", None, &None)
        );

        let found: BTreeSet<(String, Kind, &str)> = report
            .dependencies
            .iter()
            .map(|entry| {
                let status = match entry.status {
                    Status::Found => "found",
                    Status::Missing => "missing",
                    Status::Packed => "packed",
                    Status::Outside => "outside",
                    Status::Refused => "refused",
                };
                let below = entry.resolved.strip_prefix(folder.path()).unwrap();
                (below.to_string_lossy().into_owned(), entry.kind, status)
            })
            .collect();
        let expected = [
            ("absolute/Wood.png", Kind::Image, "outside"),
            ("absolute/points.pc2", Kind::MeshCache, "outside"),
            ("gone/packed.png", Kind::Image, "packed"),
            ("library/bark/bark.png", Kind::Image, "outside"),
            ("library/tree.blend", Kind::Library, "outside"),
            ("plates/plate 1.png", Kind::ImageSequence, "outside"),
            ("project/seq/img_0001.png", Kind::ImageSequence, "found"),
            ("project/smoke/smoke_001.vdb", Kind::Volume, "found"),
            ("project/sound.wav", Kind::Sound, "found"),
            ("project/textures/wood.png", Kind::Image, "found"),
            ("project/tiles/skin.<UDIM>.png", Kind::TiledImage, "found"),
            ("shared/lamp.ies", Kind::IesProfile, "outside"),
            ("shared/leaf.png", Kind::Image, "outside"),
            ("shared/metal.png", Kind::Image, "outside"),
        ];
        let expected: BTreeSet<_> = expected
            .map(|(path, kind, status)| (path.to_owned(), kind, status))
            .into();
        assert_eq!(found, expected);
        let of = |kind: Kind| report.dependencies.iter().find(|entry| entry.kind == kind).unwrap();
        assert_eq!(of(Kind::TiledImage).files.len(), 2);
        assert_eq!(of(Kind::TiledImage).used_by, ["Material Tiles"]);
        assert_eq!(of(Kind::Volume).files.len(), 2);
        assert_eq!(of(Kind::Volume).bytes, 8);
        let leaf = report
            .dependencies
            .iter()
            .find(|entry| entry.path.ends_with("leaf.png"))
            .unwrap();
        assert_eq!(leaf.in_file, folder.path().join("library/tree.blend"));
        // What a library holds beside what is linked from it does not matter; what nothing shows neither.
        let unused: Vec<_> = report.unused.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(unused, ["/nowhere/forgotten.png"]);
        let kinds: BTreeSet<_> = report.warnings.iter().map(|warning| warning.kind).collect();
        let expected = [
            WarningKind::NoCamera,
            WarningKind::Script,
            WarningKind::Driver,
            WarningKind::Sequencer,
            WarningKind::ManyScenes,
            WarningKind::Region,
        ];
        assert_eq!(kinds, expected.into());
        assert_eq!(report.stats.meshes, 7);
        assert_eq!(report.stats.triangles, 84);
    }
}

#[test]
fn a_pack_opens_elsewhere_with_nothing_missing_and_renders_the_same() {
    let Some(blender) = blender() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("original");
    let path = build_scene(&blender, &root, "1");
    let before = snapshot(&root);
    let pixels = render(&blender, &path, &folder.path().join("a"));
    let first = folder.path().join("first");
    let mut last = None;
    let packed = pack(
        &path,
        &first,
        &PackOptions::default(),
        &mut |now| last = Some(now),
        &|| false,
    )
    .unwrap();
    assert_eq!(packed.entry, "scene.blend");
    assert_eq!(packed.missing, Vec::<String>::new());
    let last = last.unwrap();
    assert_eq!((last.bytes_done, last.files_done), (last.bytes_total, last.files_total));
    assert_eq!((last.bytes_done, last.files_done), (packed.bytes, packed.files));
    assert_eq!(snapshot(&first).len() as u32, packed.files);
    assert_eq!(snapshot(&root), before, "the user's files are as they were");

    // Elsewhere, with the original gone.
    let moved = folder.path().join("else where/pack");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::rename(&first, &moved).unwrap();
    fs::rename(&root, folder.path().join("gone")).unwrap();
    let entry = moved.join(&packed.entry);
    let answer = folder.path().join("answer.json");
    run_script(&blender, Some(&entry), "check_pack.py", &[answer.to_str().unwrap()]);
    let said: Value = serde_json::from_slice(&fs::read(&answer).unwrap()).unwrap();
    // What nothing uses and nobody has stays as it was.
    assert_eq!(said["missing"], serde_json::json!(["/nowhere/forgotten.png"]));
    let inside = moved.to_str().unwrap();
    for path in said["paths"].as_array().unwrap() {
        let path = path.as_str().unwrap();
        assert!(path.starts_with(inside) || path == "/nowhere/forgotten.png", "{path}");
    }
    for image in said["images"].as_array().unwrap() {
        assert!(image["loads"] == true || image["name"] == "img_0001.png", "{image}");
    }
    assert_eq!(said["objects_missing"], serde_json::json!([]));
    assert!(said["objects"].as_array().unwrap().contains(&Value::from("Tree")));
    assert_eq!(
        said["strips"][0]["names"],
        serde_json::json!(["plate 1.png", "plate 2.png"])
    );
    assert_eq!(BlendFile::open(&entry).unwrap().compression(), Compression::None);
    assert_eq!(render(&blender, &entry, &folder.path().join("b")), pixels);

    // A pack of a pack changes nothing more.
    let again = folder.path().join("again");
    let second = pack(&entry, &again, &PackOptions::default(), &mut |_| {}, &|| false).unwrap();
    assert_eq!((second.files, second.bytes), (packed.files, packed.bytes));
}

#[test]
fn missing_files_stop_a_pack_until_they_are_located() {
    let Some(blender) = blender() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = build_scene(&blender, folder.path(), "0");
    let found = folder.path().join("found/Metal 2.png");
    fs::create_dir(folder.path().join("found")).unwrap();
    fs::rename(folder.path().join("shared/metal.png"), &found).unwrap();
    fs::remove_file(folder.path().join("project/sound.wav")).unwrap();
    let out = folder.path().join("out");
    let stopped = pack(&path, &out, &PackOptions::default(), &mut |_| {}, &|| false).unwrap_err();
    // A missing sound does not show in frames.
    assert!(
        matches!(&stopped, PackError::Missing { missing } if missing == &["//../shared/metal.png"]),
        "{stopped}"
    );
    assert!(!out.exists());
    let located = BTreeMap::from([("//../shared/metal.png".to_owned(), found.clone())]);
    let options = TraceOptions {
        located,
        ..TraceOptions::default()
    };
    let report = inspect(&path, &options).unwrap();
    let metal = report
        .dependencies
        .iter()
        .find(|entry| entry.path == "//../shared/metal.png")
        .unwrap();
    assert_eq!(
        (metal.status, metal.resolved.as_path()),
        (Status::Outside, found.as_path())
    );
    let options = PackOptions {
        trace: options,
        ..PackOptions::default()
    };
    let packed = pack(&path, &out, &options, &mut |_| {}, &|| false).unwrap();
    assert_eq!(packed.missing, ["//sound.wav"]);
    assert!(snapshot(&out).keys().any(|path| path.ends_with("Metal 2.png")));

    assert!(matches!(
        pack(&path, &out, &options, &mut |_| {}, &|| false),
        Err(PackError::NotEmpty { .. })
    ));
    let other = folder.path().join("other");
    let files = Cell::new(0);
    let stop = |now: veriframe_blend::PackProgress| files.set(now.files_done);
    let cancelled = pack(&path, &other, &options, &mut { stop }, &|| files.get() > 2).unwrap_err();
    assert!(matches!(cancelled, PackError::Cancelled), "{cancelled}");
    assert!(!other.exists(), "nothing is left of a cancelled pack");
}

/// The pixels of one frame, in a format without any other content.
fn render(blender: &Path, file: &Path, out: &Path) -> Vec<u8> {
    let output = Command::new(blender)
        .args(["-b", "--factory-startup", "--disable-autoexec", "-noaudio"])
        .arg(file)
        .args([
            "--python-expr",
            "import bpy; r = bpy.context.scene.render; r.use_sequencer = False; r.use_stamp = False",
        ])
        .arg("-o")
        .arg(format!("{}_####", out.display()))
        .args(["-F", "BMP", "-x", "1", "-f", "3"])
        .output()
        .unwrap();
    let written = PathBuf::from(format!("{}_0003.bmp", out.display()));
    fs::read(&written).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
}

fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                files.insert(
                    entry.path().strip_prefix(folder).unwrap().to_owned(),
                    fs::read(entry.path()).unwrap(),
                );
            }
        }
    }
    files
}
