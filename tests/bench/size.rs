//! A working artist's day at its size: `./dev bench size`. Hours, so nothing else begins it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::program::{run, veriframe};
use veriframe_tests::wait::seconds;
use veriframe_tests::{blender, root};

const DAY: Duration = seconds(24 * 3600);
/// Of what plain Blender does.
const NEARLY: f64 = 0.97;

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

/// Frames an hour beside plain Blender, which renders the first `plainly` of them.
async fn beside_blender(name: &str, scene: &Path, folder: &Path, frames: i32, plainly: i32) {
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
}

#[tokio::test]
#[ignore = "takes an hour"]
async fn size_of_one_frame_longer_than_a_lease() {
    let folder = TempDir::new().expect("a folder");
    let scene = shot(folder.path(), 100, 256, 250);
    beside_blender("one frame of 1080p, 256 samples", &scene, folder.path(), 1, 1).await;
}

#[tokio::test]
#[ignore = "takes hours"]
async fn size_of_a_whole_shot() {
    let folder = TempDir::new().expect("a folder");
    let scene = shot(folder.path(), 25, 256, 250);
    beside_blender("250 frames at 25 %, 256 samples", &scene, folder.path(), 250, 10).await;
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
