//! A working artist's day at its size: `./dev bench size`. Hours, so nothing else begins it.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::display::Display;
use veriframe_tests::page::Page;
use veriframe_tests::program::{Program, run, veriframe};
use veriframe_tests::wait::{seconds, until};
use veriframe_tests::{blender, root};

const DAY: Duration = seconds(24 * 3600);
/// Of what plain Blender does.
const NEARLY: f64 = 0.97;
/// Percent that an estimate may be off by.
const AFTER_A_SMALL_FRAME: f64 = 30.0;
const AFTER_THREE_FRAMES: f64 = 15.0;

/// The example as an ordinary shot: 250 frames of 1080p with 256 samples.
fn shot(folder: &Path, percent: u32, samples: u32, frames: u32) -> PathBuf {
    let scene = folder.join("shot.blend");
    let script = format!(
        "scene.render.engine = 'CYCLES'; scene.cycles.samples = {samples}; scene.cycles.use_denoising = False\n\
         scene.render.resolution_x, scene.render.resolution_y = 1920, 1080\n\
         scene.render.resolution_percentage = {percent}; scene.render.image_settings.file_format = 'PNG'\n\
         scene.frame_start, scene.frame_end = 1, {frames}"
    );
    blender::edit(&root().join("examples/first-frame.blend"), &script, &scene);
    scene
}

async fn render(name: &str, folder: &Path, scene: &Path, frames: &str) -> Duration {
    let (file, out) = (
        scene.to_string_lossy(),
        folder.join("out").to_string_lossy().into_owned(),
    );
    let began = Instant::now();
    let arguments = ["render", &file, "--frames", frames, "--out", &out];
    run(name, &folder.join("home"), &arguments, DAY).await.expect_success();
    began.elapsed()
}

/// Frames an hour beside plain Blender, which renders the first `plainly` of them; seconds that one of these took.
async fn beside_blender(name: &str, scene: &Path, folder: &Path, frames: i32, plainly: i32) -> f64 {
    let plain = folder.join("plain");
    fs::create_dir(&plain).expect("a folder");
    let alone = blender::time(scene, &plain, 1, plainly).as_secs_f64();
    let ours = render("bench-size", folder, scene, &format!("1-{frames}"))
        .await
        .as_secs_f64();
    Figure::new(name, f64::from(frames) * 3600.0 / ours, "frames an hour").at_least(
        NEARLY,
        "blender -b … -a",
        f64::from(plainly) * 3600.0 / alone,
    );
    alone / f64::from(plainly)
}

/// Seconds for a frame, as they are told after one small frame of the scene.
async fn estimated(folder: &Path, scene: &Path) -> f64 {
    let file = scene.to_string_lossy();
    let arguments = ["estimate", &file, "--json"];
    let told = run("bench-estimate", &folder.join("home"), &arguments, DAY).await;
    let told: Value = serde_json::from_str(&told.expect_success().stdout).expect("JSON");
    told["seconds_per_frame"].as_f64().expect("seconds")
}

fn tell_how_near(of_what: &str, told: f64, it_was: f64, percent_at_most: f64) {
    let percent = (told / it_was - 1.0).abs() * 100.0;
    Figure::new(&format!("{of_what}: off by"), percent, "%").within(percent_at_most);
}

#[tokio::test]
#[ignore = "takes an hour"]
async fn size_of_one_frame_longer_than_a_lease() {
    let folder = TempDir::new().expect("a folder");
    let scene = shot(folder.path(), 100, 256, 250);
    let told = estimated(folder.path(), &scene).await;
    let alone = beside_blender("one frame of 1080p, 256 samples", &scene, folder.path(), 1, 1).await;
    tell_how_near("estimate of that frame", told, alone, AFTER_A_SMALL_FRAME);
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn size_of_estimates() {
    for example in ["examples/first-frame.blend", "examples/textured/scene.blend"] {
        let folder = TempDir::new().expect("a folder");
        let (scene, plain) = (root().join(example), folder.path().join("plain"));
        fs::create_dir(&plain).expect("a folder");
        let told = estimated(folder.path(), &scene).await;
        // What a frame takes in a Blender that is up already, as it will be.
        let one = blender::time(&scene, &plain, 1, 1);
        let three = blender::time(&scene, &plain, 1, 3);
        let frame = three.saturating_sub(one).as_secs_f64() / 2.0;
        tell_how_near(&format!("estimate of {example}"), told, frame, AFTER_A_SMALL_FRAME);
    }
}

#[tokio::test]
#[ignore = "takes hours"]
async fn size_of_a_whole_shot() {
    let folder = TempDir::new().expect("a folder");
    let scene = shot(folder.path(), 25, 256, 250);
    beside_blender("250 frames at 25 %, 256 samples", &scene, folder.path(), 250, 10).await;
}

/// What is left of a job, asked when three frames are done.
#[tokio::test]
#[ignore = "takes minutes"]
async fn size_of_the_time_that_is_left() {
    let folder = TempDir::new().expect("a folder");
    let scene = shot(folder.path(), 25, 64, 20);
    let home = folder.path().join("home");
    let (file, out) = (
        scene.to_string_lossy().into_owned(),
        folder.path().join("out").to_string_lossy().into_owned(),
    );
    let mut render = Program::start("bench-left", veriframe(&home, &["render", &file, "--out", &out]));
    let (told, asked) = until("three frames are done", DAY, async || {
        let listed = veriframe(&home, &["jobs", "list", "--json"]).output().await.ok()?;
        let jobs: Value = serde_json::from_slice(&listed.stdout).ok()?;
        let told = jobs[0]["seconds_left"].as_f64()?;
        (jobs[0]["frames_done"].as_u64()? >= 3).then(|| (told, Instant::now()))
    })
    .await;
    assert!(render.end(DAY).await.success(), "{}", render.tail());
    let left = asked.elapsed().as_secs_f64();
    tell_how_near("time left of 20 frames after three", told, left, AFTER_THREE_FRAMES);
}

#[tokio::test]
#[ignore = "takes a quarter of an hour"]
async fn size_of_many_small_frames() {
    let folder = TempDir::new().expect("a folder");
    let scene = folder.path().join("small.blend");
    let script = "scene.render.engine = 'CYCLES'; scene.cycles.samples = 1; scene.cycles.use_denoising = False\n\
                  scene.render.resolution_percentage = 10; scene.render.image_settings.file_format = 'PNG'";
    blender::edit(&root().join("examples/first-frame.blend"), script, &scene);
    beside_blender("3,000 small frames", &scene, folder.path(), 3000, 3000).await;
}

/// Five textures of 120 MB that nothing compresses.
#[tokio::test]
#[ignore = "writes gigabytes"]
async fn size_of_textures() {
    let folder = TempDir::new().expect("a folder");
    let scene = folder.path().join("textured.blend");
    let textures = folder.path().join("textures");
    fs::create_dir(&textures).expect("a folder");
    let script = format!(
        r"
import numpy
for n in range(5):
    image = bpy.data.images.new('t%d' % n, 5200, 5200, alpha=True)
    noise = numpy.random.default_rng(n).random(5200 * 5200 * 4, dtype=numpy.float32)
    image.pixels.foreach_set(noise)
    image.filepath_raw, image.file_format = {:?} + '/t%d.png' % n, 'PNG'
    image.save()
    material = bpy.data.materials.new('m%d' % n)
    material.use_nodes = True
    node = material.node_tree.nodes.new('ShaderNodeTexImage')
    node.image = image
    bsdf = material.node_tree.nodes['Principled BSDF']
    material.node_tree.links.new(node.outputs['Color'], bsdf.inputs['Base Color'])
    bpy.ops.mesh.primitive_plane_add(location=(n - 2, 0, 1))
    bpy.context.object.data.materials.append(material)
scene.render.engine = 'CYCLES'; scene.cycles.samples = 1
scene.render.resolution_percentage = 10; scene.render.image_settings.file_format = 'PNG'
",
        textures.to_string_lossy()
    );
    blender::edit(&root().join("examples/first-frame.blend"), &script, &scene);
    let of_scene = bytes_below(&textures) as f64;
    let took = render("bench-textures", folder.path(), &scene, "1-2").await;
    let home = folder.path().join("home");
    let grown = bytes_below(&home) as f64;
    Figure::new("2 frames of a scene with 600 MB of textures", took.as_secs_f64(), "s").tell();
    Figure::new("home after that, over the textures", grown / of_scene, "times").within(2.2);
    run("bench-clean", &home, &["jobs", "clean"], seconds(300))
        .await
        .expect_success();
    let left = bytes_below(&home) as f64;
    Figure::new("home after `jobs clean`, over the textures", left / of_scene, "times").within(0.1);
}

/// Many frames are rows in a database: a plain SQLite is what they are compared with.
#[tokio::test]
#[ignore = "with the others of its kind"]
async fn size_of_a_hundred_thousand_frames() {
    let folder = TempDir::new().expect("a folder");
    let home = folder.path().join("home");
    let scene = root().join("examples/first-frame.blend").to_string_lossy().into_owned();
    let post = async |frames: &str| {
        let began = Instant::now();
        let posted = run("bench-post", &home, &["post", &scene, "--frames", frames], DAY).await;
        (began.elapsed().as_secs_f64(), posted)
    };
    let (few, posted) = post("1-10").await;
    posted.expect_success();
    let (many, posted) = post("1-100000").await;
    posted.expect_success();
    let rows = plain_rows(&folder.path().join("plain.db"), 100_000).as_secs_f64();
    Figure::new("100,000 frames posted, beyond 10 of them", many - few, "s").tell_beside("rows in plain SQLite", rows);
    Figure::new("100,000 frames posted, all in all", many, "s").at_most(1.0, "4 s", 4.0);
    let (refused_after, refused) = post("1-1000000").await;
    assert!(refused.code != Some(0), "a million are refused: {}", refused.stdout);
    Figure::new("a million frames refused after", refused_after, "s").tell();
    let arguments = ["jobs", "list"];
    let began = Instant::now();
    let listed = veriframe(&home, &arguments).output().await.expect("it runs");
    assert!(listed.status.success());
    Figure::new("jobs list with them", began.elapsed().as_secs_f64(), "s").tell();
}

/// The job's page, from the click in the list until the first frame is drawn, and from the key until the last one is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "with the others of its kind"]
async fn size_of_the_pages_of_jobs() {
    const SIZES: [u32; 3] = [10, 3_000, 100_000];
    let folder = TempDir::new().expect("a folder");
    let home = folder.path().join("home");
    for frames in SIZES {
        let scene = folder.path().join(format!("with-{frames}.blend"));
        fs::copy(root().join("examples/first-frame.blend"), &scene).expect("a copy");
        let arguments = ["post", &scene.to_string_lossy(), "--frames", &format!("1-{frames}")];
        run("bench-post", &home, &arguments, DAY).await.expect_success();
    }
    // What is measured is the page, not a computer that renders as well.
    let all = ["jobs", "pause", "--all"];
    run("bench-pause", &home, &all, seconds(60)).await.expect_success();
    let display = Display::open().await;
    let page = Page::open(&display, &home, &[]).await;
    let mut of_few = None;
    for frames in SIZES {
        page.click("link", "Jobs").await;
        let link = page.find("link", &format!("with-{frames}")).await;
        let began = Instant::now();
        link.click().await.expect("a click on a job");
        let first = page.find("gridcell", "Frame 1, .*").await;
        let opened = began.elapsed().as_secs_f64();
        first.click().await.expect("a click on a frame");
        let began = Instant::now();
        page.press("End").await;
        page.find("gridcell", &format!("Frame {frames}, .*")).await;
        let scrolled = began.elapsed().as_secs_f64();
        let (few_opened, few_scrolled) = *of_few.get_or_insert((opened, scrolled));
        let peer = "that of 10 frames, and 0.4 s";
        Figure::new(&format!("the page of a job of {frames} frames"), opened, "s").at_most(1.0, peer, few_opened + 0.4);
        Figure::new(&format!("from its first frame to the last of {frames}"), scrolled, "s").at_most(
            1.0,
            peer,
            few_scrolled + 0.4,
        );
    }
    page.close().await;
}

fn plain_rows(path: &Path, rows: u32) -> Duration {
    let mut db = rusqlite::Connection::open(path).expect("a database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE tasks (seq INTEGER PRIMARY KEY, job TEXT, frame INTEGER, state TEXT)",
    )
    .expect("a table");
    let began = Instant::now();
    let tx = db.transaction().expect("a transaction");
    {
        let mut insert = tx
            .prepare("INSERT INTO tasks (job, frame, state) VALUES ('j', ?1, 'queued')")
            .expect("a statement");
        for frame in 0..rows {
            insert.execute([frame]).expect("a row");
        }
    }
    tx.commit().expect("committed");
    began.elapsed()
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes_below(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}
