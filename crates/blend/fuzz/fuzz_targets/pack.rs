//! The packer, with a picture and a library beside the scene.
#![no_main]

use std::{fs, path::Path, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use veriframe_blend::{BlendFile, PackOptions, pack};

/// In memory where the system has such a place.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.expect("a folder");
    fs::create_dir(folder.path().join("tex")).expect("a folder");
    fs::write(folder.path().join("tex/a.png"), "picture").expect("a picture");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let scene = FOLDER.path().join("a.blend");
    fs::write(&scene, bytes).expect("a scene");
    let packed = FOLDER.path().join("packed");
    let options = PackOptions {
        ignore_missing: true,
        compress: bytes.last().is_some_and(|last| last % 8 == 7),
        ..PackOptions::default()
    };
    if pack(&scene, &packed, &options, &mut |_| {}, &|| false).is_ok() {
        let entry = packed.join("a.blend");
        assert!(BlendFile::open(&entry).is_ok(), "what was packed cannot be read");
    }
    let _ = fs::remove_dir_all(&packed);
});
