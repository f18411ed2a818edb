//! How fast a job gets going, and what rendering through VeriFrame costs.

use crate::measure::{best_of, run_quietly};
use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::blender::{self, Scene};
use veriframe_tests::ledger::Books;
use veriframe_tests::program::{Program, run, serve, veriframe};
use veriframe_tests::wait::{seconds, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_job_is_taken_at_once() {
    let all = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = all.path().join(name);
        fs::create_dir(&path).expect("a folder");
        path
    };
    let (home, artist, worker) = (below("coordinator-home"), below("artist-home"), below("worker-home"));
    let (_coordinator, url) = serve("bench-coordinator", &home, "127.0.0.1:0", &[]).await;
    let books = Books::open(&home.join("coordinator"));
    let _worker = Program::start("bench-worker", veriframe(&worker, &["provide", "--coordinator", &url]));
    until("the worker waits", seconds(60), async || {
        (books.count("SELECT COUNT(*) FROM workers WHERE status = 'online'") == 1).then_some(())
    })
    .await;
    let log = worker.join("logs/veriframe.log");
    let begun = || {
        fs::read_to_string(&log)
            .unwrap_or_default()
            .matches("a frame is begun")
            .count()
    };
    let (mut taken, mut rendered) = (0, 0);
    for n in 1..=5 {
        // Another scene each time: the worker has none of it, not even open.
        let scene = all.path().join(format!("spin-{n}.blend"));
        Scene {
            frames: 1,
            width: 64,
            height: 36,
            samples: n,
        }
        .write(&scene);
        let file = scene.to_string_lossy();
        let arguments = ["post", &file, "--coordinator", &url];
        let before = begun();
        let begins = async {
            let looked_since = Instant::now();
            while begun() == before {
                assert!(looked_since.elapsed() < seconds(60), "the worker begins no frame");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            since_1970()
        };
        let (posted, begun_at) = tokio::join!(run("bench-post", &artist, &arguments, seconds(60)), begins);
        posted.expect_success();
        let complete = async || {
            let complete = books.count("SELECT COUNT(*) FROM jobs WHERE status = 'complete'");
            (complete == u64::from(n)).then_some(())
        };
        until("the job is complete", seconds(60), complete).await;
        let posted_at = books.count("SELECT MAX(created_at) FROM jobs");
        let taken_at = books
            .count("SELECT MIN(created_at) FROM leases WHERE job = (SELECT id FROM jobs ORDER BY seq DESC LIMIT 1)");
        taken = taken.max(taken_at - posted_at);
        rendered = rendered.max(begun_at - posted_at);
    }
    Figure::new("posted until an idle worker has it, worst of 5", taken as f64, "ms").tell();
    let blender = best_of(3, async || {
        let mut command = std::process::Command::new(blender::program());
        command.args(["-b", "--factory-startup", "--python-expr", "pass"]);
        run_quietly(command);
    })
    .await;
    Figure::new(
        "posted until its first frame is begun, worst of 5",
        rendered as f64,
        "ms",
    )
    .at_most(0.2, "a Blender that starts and ends", blender.as_secs_f64() * 1000.0);
}

fn since_1970() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(now.expect("after 1970").as_millis()).expect("before the end of time")
}

#[tokio::test(flavor = "multi_thread")]
async fn rendering_costs_little_more_than_plain_rendering() {
    let folder = TempDir::new().expect("a folder");
    let scene = folder.path().join("spin.blend");
    Scene {
        frames: 10,
        width: 640,
        height: 360,
        samples: 24,
    }
    .write(&scene);
    let plain = folder.path().join("plain");
    fs::create_dir(&plain).expect("a folder");
    let alone = blender::time(&scene, &plain, 1, 10);
    let (file, out) = (
        scene.to_string_lossy().into_owned(),
        folder.path().join("out").to_string_lossy().into_owned(),
    );
    let started = Instant::now();
    let home = folder.path().join("home");
    run("bench-render", &home, &["render", &file, "--out", &out], seconds(600))
        .await
        .expect_success();
    let ours = started.elapsed();
    let alone = alone.as_secs_f64();
    Figure::new("10 frames by veriframe render", ours.as_secs_f64(), "s").tell_beside("blender -b … -a", alone);
    Figure::new("the same, first start", ours.as_secs_f64(), "s").at_most(
        1.0,
        "blender -b … -a, 1.05 times and 1.5 s",
        alone * 1.05 + 1.5,
    );
}
