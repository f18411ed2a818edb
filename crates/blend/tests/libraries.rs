//! Libraries that link libraries, in circles too; and names that clash.

mod support;

use std::fs;

use support::synthetic::{LAYOUTS, linking, scene};
use veriframe_blend::{BlendFile, DependencyStatus as Status, PackOptions, TraceOptions, WarningKind, inspect, pack};

#[test]
fn a_circle_of_libraries_ends() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("shot/main.blend", linking(LAYOUTS[2], "//../lib/one.blend")),
        // Of another computer: other pointers, other byte order.
        ("lib/one.blend", linking(LAYOUTS[1], "//two.blend")),
        ("lib/two.blend", linking(LAYOUTS[4], "//..\\shot\\main.blend")),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    for name in ["shot/own.png", "lib/own.png"] {
        fs::write(folder.path().join(name), [&b"\x89PNG "[..], name.as_bytes()].concat()).unwrap();
    }
    let main = folder.path().join("shot/main.blend");
    let report = inspect(&main, &TraceOptions::default()).unwrap();
    let found: Vec<_> = report
        .dependencies
        .iter()
        .map(|entry| {
            (
                entry.in_file.file_name().unwrap().to_str().unwrap(),
                entry.path.as_str(),
                entry.status,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("main.blend", "//../lib/one.blend", Status::Outside),
            ("one.blend", "//own.png", Status::Outside),
            ("one.blend", "//two.blend", Status::Outside),
            ("two.blend", "//own.png", Status::Outside),
            ("two.blend", "//..\\shot\\main.blend", Status::Found),
        ]
    );
    let out = folder.path().join("out");
    let packed = pack(&main, &out, &PackOptions::default(), &mut |_| {}, &|| false).unwrap();
    // Three scenes, the library's picture, and the scene's own that nothing shows.
    assert_eq!((packed.entry.as_str(), packed.files), ("main.blend", 5));
    let library = |name: &str| {
        let file = BlendFile::open(&out.join(name)).unwrap();
        let path = file.ids("LI").next().and_then(|library| library.text("name"));
        path.unwrap()
    };
    assert_eq!(library("main.blend"), "//outside/1/one.blend");
    assert_eq!(library("outside/1/one.blend"), "//two.blend");
    assert_eq!(library("outside/1/two.blend"), "//../../main.blend");
    assert_eq!(fs::read(out.join("outside/1/own.png")).unwrap(), b"\x89PNG lib/own.png");
}

#[test]
fn a_library_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.blend");
    fs::write(&main, linking(LAYOUTS[2], "//broken.blend")).unwrap();
    let report = inspect(&main, &TraceOptions::default()).unwrap();
    assert_eq!(report.dependencies[0].status, Status::Missing);
    fs::write(folder.path().join("broken.blend"), b"no scene").unwrap();
    let report = inspect(&main, &TraceOptions::default()).unwrap();
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.kind == WarningKind::UnreadableLibrary)
    );
    let out = folder.path().join("out");
    let error = pack(&main, &out, &PackOptions::default(), &mut |_| {}, &|| false).unwrap_err();
    assert!(error.to_string().contains("broken.blend"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_are_resolved_and_the_same_file_is_stored_once() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    fs::create_dir_all(project.join("tex")).unwrap();
    fs::write(folder.path().join("far.png"), b"\x89PNG far").unwrap();
    symlink(folder.path().join("far.png"), project.join("tex/a.png")).unwrap();
    symlink(folder.path().join("far.png"), project.join("b.png")).unwrap();
    symlink(&project, folder.path().join("way")).unwrap();
    fs::write(project.join("main.blend"), scene(LAYOUTS[2])).unwrap();
    let main = folder.path().join("way/main.blend");
    let out = folder.path().join("out");
    let packed = pack(&main, &out, &PackOptions::default(), &mut |_| {}, &|| false).unwrap();
    assert_eq!(packed.files, 2);
    let file = BlendFile::open(&out.join("main.blend")).unwrap();
    let paths: Vec<_> = file.ids("IM").filter_map(|image| image.text("name")).collect();
    assert_eq!(paths, ["//tex/a.png", "//tex/a.png", "//c.png"]);
    let stored = out.join("tex/a.png");
    assert!(!stored.symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read(stored).unwrap(), b"\x89PNG far");
}
