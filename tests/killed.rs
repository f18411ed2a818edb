//! `kill -9` in the middle of a job, and start again: the job goes on, nothing is paid twice, no Blender is left.

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use veriframe_tests::blender::Scene;
use veriframe_tests::ledger::Books;
use veriframe_tests::processes::blenders_that_use;
use veriframe_tests::program::{Program, run, serve, veriframe};
use veriframe_tests::wait::{seconds, until};

const FRAMES: u32 = 6;

/// Frames slow enough that a kill hits the middle of one.
fn scene(folder: &Path) -> PathBuf {
    let path = folder.join("spin.blend");
    Scene {
        frames: FRAMES,
        width: 320,
        height: 180,
        samples: 32,
    }
    .write(&path);
    path
}

fn provide(name: &str, home: &Path, url: &str) -> Program {
    Program::start(name, veriframe(home, &["provide", "--coordinator", url]))
}

async fn post(name: &str, home: &Path, scene: &Path, url: &str) {
    let scene = scene.to_string_lossy();
    run(name, home, &["post", &scene, "--coordinator", url], seconds(60))
        .await
        .expect_success();
}

fn paid(books: &Books) -> u64 {
    books.count("SELECT COUNT(*) FROM payouts p JOIN tasks t ON t.seq = p.task WHERE t.kind <> 'audit'")
}

async fn some_frames_are_paid(books: &Books, program: &Program) {
    until("two frames are paid", seconds(120), async || {
        assert!(
            paid(books) < u64::from(FRAMES),
            "the job was over before it could be interrupted"
        );
        (paid(books) >= 2).then_some(())
    })
    .await;
    let _ = program;
}

async fn no_blender_is_left(home: &Path) {
    let what = format!("no Blender is left; still there: {:?}", blenders_that_use(home));
    until(&what, seconds(10), async || {
        blenders_that_use(home).is_empty().then_some(())
    })
    .await;
}

/// The job is complete, every frame was paid once, and the books add up.
async fn the_job_completes(books: &Books, program: &Program) {
    let complete = async || {
        let (_, status) = books.jobs().into_iter().next()?;
        assert!(
            !["failed", "cancelled", "expired"].contains(&status.as_str()),
            "{status}\n{}",
            program.tail()
        );
        (status == "complete").then_some(())
    };
    until("the job is complete", seconds(240), complete).await;
    let (job, _) = books.jobs().into_iter().next().expect("the job");
    let expected: Vec<_> = (1..=FRAMES).map(|frame| (frame.cast_signed(), 1)).collect();
    assert_eq!(books.payouts_by_frame(&job), expected, "each frame is paid once");
    books.assert_add_up();
}

struct Homes {
    _all: TempDir,
    coordinator: PathBuf,
    artist: PathBuf,
    worker: PathBuf,
    scene: PathBuf,
}

fn homes() -> Homes {
    let all = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = all.path().join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    let (coordinator, artist, worker) = (below("coordinator-home"), below("artist-home"), below("worker-home"));
    let scene = scene(&below("scenes"));
    Homes {
        _all: all,
        coordinator,
        artist,
        worker,
        scene,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_goes_on_where_it_was() {
    let homes = homes();
    let (_coordinator, url) = serve("crash-worker-coordinator", &homes.coordinator, "127.0.0.1:0", &[]).await;
    post("crash-worker-post", &homes.artist, &homes.scene, &url).await;
    let books = Books::open(&homes.coordinator.join("coordinator"));
    let mut worker = provide("crash-worker-1", &homes.worker, &url);
    some_frames_are_paid(&books, &worker).await;
    worker.kill().await;
    no_blender_is_left(&homes.worker).await;
    let results_before = books.count("SELECT COUNT(*) FROM tasks WHERE result IS NOT NULL");
    let mut worker = provide("crash-worker-2", &homes.worker, &url);
    the_job_completes(&books, &worker).await;
    assert!(results_before >= 2, "what was handed in before the kill stayed");
    worker.signal("INT");
    assert!(worker.end(seconds(30)).await.success(), "{}", worker.tail());
    no_blender_is_left(&homes.worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_coordinator_goes_on_where_it_was() {
    let homes = homes();
    let (mut coordinator, url) = serve("crash-coordinator-1", &homes.coordinator, "127.0.0.1:0", &[]).await;
    post("crash-coordinator-post", &homes.artist, &homes.scene, &url).await;
    let worker = provide("crash-coordinator-worker", &homes.worker, &url);
    {
        let books = Books::open(&homes.coordinator.join("coordinator"));
        some_frames_are_paid(&books, &worker).await;
    }
    coordinator.kill().await;
    let listen = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (_coordinator, again) = serve("crash-coordinator-2", &homes.coordinator, &listen, &[]).await;
    assert_eq!(again, url);
    let books = Books::open(&homes.coordinator.join("coordinator"));
    the_job_completes(&books, &worker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_render_is_finished_by_the_next_program_on_the_same_home() {
    let homes = homes();
    let scene = homes.scene.to_string_lossy().into_owned();
    let out = homes.artist.join("frames").to_string_lossy().into_owned();
    let mut render = Program::start(
        "crash-render",
        veriframe(&homes.artist, &["render", &scene, "--out", &out]),
    );
    let folder = homes.artist.join("coordinator");
    {
        let books = until("the books are open", seconds(30), async || Books::try_open(&folder)).await;
        until("a job is posted", seconds(60), async || books.jobs().into_iter().next()).await;
        some_frames_are_paid(&books, &render).await;
    }
    render.kill().await;
    no_blender_is_left(&homes.artist).await;
    let mut worker = Program::start("crash-render-worker", veriframe(&homes.artist, &["provide"]));
    let books = Books::open(&folder);
    the_job_completes(&books, &worker).await;
    worker.signal("INT");
    assert!(worker.end(seconds(30)).await.success(), "{}", worker.tail());
    no_blender_is_left(&homes.artist).await;
}

/// A frame in which Blender crashes is rendered once more, and no other is.
#[tokio::test(flavor = "multi_thread")]
async fn a_blender_that_crashes_costs_its_frame_and_no_other() {
    let homes = homes();
    // So slow that one is being rendered whenever one looks.
    let scene = homes.scene.with_file_name("slow.blend");
    Scene {
        frames: FRAMES,
        width: 320,
        height: 180,
        samples: 160,
    }
    .write(&scene);
    let scene = scene.to_string_lossy().into_owned();
    let out = homes.artist.join("frames");
    let mut render = Program::start(
        "blender-crash",
        veriframe(&homes.artist, &["render", &scene, "--out", &out.to_string_lossy()]),
    );
    let folder = homes.artist.join("coordinator");
    let books = until("the books are open", seconds(30), async || Books::try_open(&folder)).await;
    some_frames_are_paid(&books, &render).await;
    // With its sandbox, where it has one: that is what the session sees end.
    let crashed = blenders_that_use(&homes.artist);
    let crashed: Vec<String> = crashed.into_iter().map(|(id, _)| id.to_string()).collect();
    assert!(!crashed.is_empty(), "a Blender renders");
    let killed = std::process::Command::new("kill").arg("-SEGV").args(&crashed).status();
    assert!(killed.expect("there is a `kill`").success());
    let ended = render.end(seconds(240)).await;
    assert!(ended.success(), "{}", render.tail());
    let once: Vec<(i32, u64)> = (1..=FRAMES).map(|frame| (frame.cast_signed(), 1)).collect();
    let (job, _) = books.jobs().into_iter().next().expect("a job");
    assert_eq!(books.payouts_by_frame(&job), once, "each frame is taken once");
    let renders = books.count("SELECT COUNT(*) FROM job_log WHERE failed = 0");
    assert_eq!(
        renders,
        u64::from(FRAMES),
        "nothing that was finished is rendered again"
    );
    for (frame, _) in once {
        let picture = out.join(format!("frame_{frame:04}.png"));
        assert!(picture.is_file(), "{} is missing", picture.display());
    }
    no_blender_is_left(&homes.artist).await;
}
