//! What the fuzzers start from, and what they once found: kept in the repository, read in every run of the tests.

mod support;

use std::{collections::BTreeMap, fs, path::Path};

use support::synthetic::{LAYOUTS, circular, everything, linking, scene};
use veriframe_blend::{BlendFile, PackOptions, TraceOptions, inspect, pack};

fn seeds() -> BTreeMap<String, Vec<u8>> {
    let mut seeds = BTreeMap::new();
    for (number, layout) in LAYOUTS.into_iter().enumerate() {
        seeds.insert(format!("everything-{number}"), everything(layout));
    }
    seeds.insert("scene".to_owned(), scene(LAYOUTS[2]));
    seeds.insert("circular".to_owned(), circular(LAYOUTS[2]));
    seeds.insert("linking".to_owned(), linking(LAYOUTS[4], "//a.blend"));
    let whole = scene(LAYOUTS[2]);
    seeds.insert("zstd".to_owned(), zstd::bulk::compress(&whole, 3).unwrap());
    seeds
}

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// `VERIFRAME_WRITE_CORPUS=1` writes them anew, after the builder of such files was changed.
#[test]
fn the_seeds_are_those_of_the_builder() {
    for (name, bytes) in seeds() {
        let path = folder("corpus").join(&name);
        if std::env::var_os("VERIFRAME_WRITE_CORPUS").is_some() {
            fs::create_dir_all(folder("corpus")).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name} is another");
    }
}

#[test]
fn seeds_and_findings_are_survived() {
    let place = tempfile::tempdir().unwrap();
    let scene = place.path().join("a.blend");
    let options = PackOptions {
        ignore_missing: true,
        ..PackOptions::default()
    };
    let mut read = 0;
    for name in ["corpus", "found"] {
        for entry in fs::read_dir(folder(name)).into_iter().flatten() {
            fs::copy(entry.unwrap().path(), &scene).unwrap();
            read += usize::from(inspect(&scene, &TraceOptions::default()).is_ok());
            let packed = place.path().join("packed");
            if pack(&scene, &packed, &options, &mut |_| {}, &|| false).is_ok() {
                BlendFile::open(&packed.join("a.blend")).unwrap();
                fs::remove_dir_all(&packed).unwrap();
            }
        }
    }
    assert!(read >= seeds().len() - 1, "only {read} could be read");
}
