//! Every kind of dependency that Blender can make without a window, found as Blender itself and the Blender Asset Tracer
//! find it, and packed so that nothing is missing and the pixels stay.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use support::Scripted;
use veriframe_blend::{Dependency, PackOptions, Report, Scenes, TraceOptions, inspect, pack};
use veriframe_peers::{content_mark, copy_all, fixed_place, kept, program_mark};

/// A test for each Blender that there may be, so that they run side by side.
macro_rules! for_each_blender {
    ($($name:ident: $number:literal),+) => {
        $(#[test]
        fn $name() {
            if let Some(blender) = Scripted::all().get($number) {
                println!("{blender:?}");
                all_kinds(blender);
            }
        })+

        #[test]
        fn no_blender_is_left_out() {
            assert!(Scripted::all().len() <= [$($number),+].len(), "more than have a test here");
        }
    };
}

for_each_blender! {
    what_others_find_is_found_and_a_pack_lacks_nothing: 0,
    the_same_in_a_second_blender: 1,
    the_same_in_a_third_blender: 2,
    the_same_in_a_fourth_blender: 3
}

/// Scenes of every kind at a place that is always the same, because they name files by absolute paths too; what Blender makes of them,
/// and what BAT finds in them.
struct Originals {
    /// Gone with the test.
    place: Place,
    /// What Blender itself names, by scene.
    said: BTreeMap<String, Vec<String>>,
    /// What BAT finds, where there is one.
    theirs: Option<Findings>,
    before: BTreeMap<String, Rendered>,
}

struct Place(PathBuf);

impl Place {
    fn scene(&self, name: &str) -> PathBuf {
        self.0.join("original").join(name).join(format!("{name}.blend"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Originals {
    /// Made once for each Blender and each BAT, and copied to their place.
    fn of(blender: &Scripted) -> Self {
        let scripts = ["build_kinds.py", "render_all.py", "trace_all.py"].map(|name| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
            fs::read_to_string(path).unwrap()
        });
        let mut parts: Vec<String> = scripts.into();
        parts.extend([
            blender.mark(),
            tracer().map(|path| program_mark(&path)).unwrap_or_default(),
        ]);
        let place = Place(fixed_place(&format!(
            "kinds-{}",
            &content_mark(parts.concat().as_bytes())[..16]
        )));
        let root = place.0.join("original");
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let made = kept("kinds", &parts, |folder| {
            let _ = fs::remove_dir_all(&place.0);
            fs::create_dir_all(&root).unwrap();
            blender.run("build_kinds.py", &[root.to_str().unwrap()]);
            let said = said(&root);
            let theirs = traced(said.keys().map(|name| place.scene(name)));
            fs::write(folder.join("theirs.json"), serde_json::to_vec(&theirs).unwrap()).unwrap();
            let original = folder.join("original");
            fs::create_dir(&original).unwrap();
            copy_all(&root, &original);
            let scenes: Vec<_> = said
                .keys()
                .filter(|name| *name != "missing")
                .map(|name| (name, place.scene(name)))
                .collect();
            render(blender, folder, "before", &scenes);
        });
        let _ = fs::remove_dir_all(&place.0);
        fs::create_dir_all(&root).unwrap();
        copy_all(&made.join("original"), &root);
        let said = said(&root);
        let names = said.keys().filter(|name| *name != "missing");
        Self {
            theirs: serde_json::from_slice(&fs::read(made.join("theirs.json")).unwrap()).unwrap(),
            before: names
                .map(|name| (name.clone(), Rendered::read(&made.join("before"), name)))
                .collect(),
            said,
            place,
        }
    }
}

fn said(root: &Path) -> BTreeMap<String, Vec<String>> {
    serde_json::from_slice(&fs::read(root.join("paths.json")).unwrap()).unwrap()
}

fn all_kinds(blender: &Scripted) {
    let originals = Originals::of(blender);
    let (place, said) = (&originals.place, &originals.said);
    assert!(said.len() >= 25, "this Blender made only {:?}", said.keys());
    let folder = tempfile::tempdir().unwrap();
    let mut packs = Vec::new();
    for (name, blender_says) in said {
        let scene = place.scene(name);
        let report = inspect(&scene, &TraceOptions::default()).unwrap();
        let ours = files(&report);
        for path in blender_says {
            let path = tidy(Path::new(path));
            assert!(ours.contains(&path), "{name}: Blender names {} as well", path.display());
        }
        if let Some(theirs) = &originals.theirs {
            let lacking: Vec<_> = theirs[&scene].difference(&ours).collect();
            assert!(lacking.is_empty(), "{name}: BAT finds {lacking:?} as well");
        }
        if name == "missing" {
            continue;
        }
        if name == "two_scenes" {
            one_scene(&scene, folder.path());
        }
        let packed = folder.path().join("packed").join(name);
        let outcome = pack(&scene, &packed, &PackOptions::default(), &mut |_| {}, &|| false).unwrap();
        assert_eq!(outcome.missing, Vec::<String>::new(), "{name}");
        packs.push((name, packed.join(outcome.entry)));
    }
    // Elsewhere, with the originals gone.
    fs::rename(place.0.join("original"), place.0.join("gone")).unwrap();
    render(blender, folder.path(), "after", &packs);
    for (name, packed) in &packs {
        let (before, after) = (
            &originals.before[*name],
            Rendered::read(&folder.path().join("after"), name),
        );
        let home = packed.ancestors().nth(1).unwrap();
        assert_eq!(after.answer["gone"], serde_json::json!([]), "{name}");
        assert_eq!(after.answer["lost"], serde_json::json!([]), "{name}");
        for path in after.answer["paths"].as_array().unwrap() {
            let path = Path::new(path.as_str().unwrap());
            let is_inside = path.starts_with(home);
            assert!(is_inside, "{name}: {} is outside of {}", path.display(), home.display());
        }
        assert!(
            before.picture == after.picture,
            "{name} renders differently once packed"
        );
    }
}

/// What only the other scene needs is neither asked for nor carried.
fn one_scene(scene: &Path, folder: &Path) {
    let names =
        |report: &Report| -> Vec<String> { report.dependencies.iter().map(|found| found.path.clone()).collect() };
    let all = inspect(scene, &TraceOptions::default()).unwrap();
    assert_eq!(names(&all), ["//first.png", "//other.png"]);
    let only = TraceOptions {
        scenes: Scenes::Named(vec!["Other".to_owned()]),
        ..TraceOptions::default()
    };
    assert_eq!(names(&inspect(scene, &only).unwrap()), ["//other.png"]);
    let active = TraceOptions {
        scenes: Scenes::Active,
        ..TraceOptions::default()
    };
    assert_eq!(names(&inspect(scene, &active).unwrap()), ["//first.png"]);
    let out = folder.join("one_scene");
    let options = PackOptions {
        trace: only,
        compress: true,
        ..PackOptions::default()
    };
    pack(scene, &out, &options, &mut |_| {}, &|| false).unwrap();
    let packed: BTreeSet<_> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(packed, ["other.png".into(), "two_scenes.blend".into()].into());
    let unknown = TraceOptions {
        scenes: Scenes::Named(vec!["None".to_owned()]),
        ..TraceOptions::default()
    };
    let error = inspect(scene, &unknown).unwrap_err();
    assert_eq!(error.code(), "no_such_scene");
    assert!(error.to_string().contains("“Other”"), "{error}");
}

/// The files that Blender itself comes with: brushes, start-up files, node groups.
#[test]
fn what_comes_with_blender_is_read_as_bat_reads_it() {
    let mut number = 0;
    for blender in Scripted::all() {
        let mark = tracer().map(|path| program_mark(&path)).unwrap_or_default();
        let made = kept("resources", &[&blender.mark(), &mark], |folder| {
            let mut scenes = Vec::new();
            blends_below(&blender.resources(), 0, &mut scenes);
            let theirs = traced(scenes.iter().cloned());
            fs::write(folder.join("scenes.json"), serde_json::to_vec(&scenes).unwrap()).unwrap();
            fs::write(folder.join("theirs.json"), serde_json::to_vec(&theirs).unwrap()).unwrap();
        });
        let scenes: Vec<PathBuf> = serde_json::from_slice(&fs::read(made.join("scenes.json")).unwrap()).unwrap();
        let theirs: Option<Findings> = serde_json::from_slice(&fs::read(made.join("theirs.json")).unwrap()).unwrap();
        number += scenes.len();
        for scene in &scenes {
            let report =
                inspect(scene, &TraceOptions::default()).unwrap_or_else(|error| panic!("{}: {error}", scene.display()));
            let Some(theirs) = &theirs else { continue };
            let ours = files(&report);
            let lacking: Vec<_> = theirs[scene].difference(&ours).collect();
            assert!(lacking.is_empty(), "{}: BAT finds {lacking:?} as well", scene.display());
        }
    }
    println!("{number} files come with the Blenders of this computer");
}

fn blends_below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && depth < 8 {
            blends_below(&path, depth + 1, found);
        } else if path.extension().is_some_and(|ending| ending == "blend") {
            found.push(path);
        }
    }
}

/// Everything that the report names: files, and the folders and patterns they were named by.
fn files(report: &Report) -> BTreeSet<PathBuf> {
    let named = |dependency: &Dependency| {
        let members = dependency.files.iter().map(|file| tidy(&file.path));
        members.chain([tidy(&dependency.resolved)]).collect::<Vec<_>>()
    };
    report
        .dependencies
        .iter()
        .chain(&report.unused)
        .flat_map(named)
        .collect()
}

/// `a/../b` as `b`, and no slash at the end.
fn tidy(path: &Path) -> PathBuf {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut tidy = PathBuf::new();
    for part in Path::new(&text).components() {
        if part == Component::ParentDir {
            tidy.pop();
        } else {
            tidy.push(part);
        }
    }
    tidy
}

type Findings = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The Blender Asset Tracer; without it that comparison is skipped, loudly.
fn tracer() -> Option<PathBuf> {
    let found = std::env::var_os("VERIFRAME_BAT")
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    if found.is_none() {
        println!("SKIPPED: the comparison with BAT: VERIFRAME_BAT names no program");
    }
    found
}

/// What it finds in each.
fn traced(scenes: impl Iterator<Item = PathBuf>) -> Option<Findings> {
    let program = tracer()?;
    let folder = tempfile::tempdir().unwrap();
    let (list, answer) = (folder.path().join("scenes.json"), folder.path().join("answer.json"));
    fs::write(&list, serde_json::to_vec(&scenes.collect::<Vec<_>>()).unwrap()).unwrap();
    // The Python that it is installed in: started once for all files.
    let output = Command::new(program.with_file_name("python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trace_all.py"))
        .args([&list, &answer])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Findings = serde_json::from_slice(&fs::read(&answer).unwrap()).unwrap();
    let tidy_all =
        |(scene, paths): (PathBuf, BTreeSet<PathBuf>)| (scene, paths.iter().map(|path| tidy(path)).collect());
    Some(found.into_iter().map(tidy_all).collect())
}

struct Rendered {
    picture: Vec<u8>,
    answer: Value,
}

impl Rendered {
    fn read(folder: &Path, name: &str) -> Self {
        Self {
            picture: fs::read(folder.join(name)).unwrap_or_else(|_| panic!("{name} was not rendered")),
            answer: serde_json::from_slice(&fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap(),
        }
    }
}

/// A picture of each scene under its name, in the folder of this name.
fn render(blender: &Scripted, folder: &Path, name: &str, scenes: &[(&String, PathBuf)]) {
    let out = folder.join(name);
    fs::create_dir(&out).unwrap();
    let orders: Vec<_> = scenes.iter().map(|(name, scene)| (scene, out.join(name))).collect();
    let list = folder.join(format!("{name}.json"));
    fs::write(&list, serde_json::to_vec(&orders).unwrap()).unwrap();
    blender.run("render_all.py", &[list.to_str().unwrap()]);
}
