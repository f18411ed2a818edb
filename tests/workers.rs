//! Two workers on one coordinator, one of them asleep past its lease: its late results are refused.

use std::path::Path;
use tempfile::TempDir;
use veriframe_tests::blender::Scene;
use veriframe_tests::ledger::Books;
use veriframe_tests::program::{Program, run, serve, veriframe};
use veriframe_tests::wait::{seconds, until};

const FRAMES: u32 = 20;
const LEASE_SECONDS: &str = "6";

fn provide(name: &str, home: &Path, url: &str) -> Program {
    // One thread each: two workers share this computer.
    Program::start(
        name,
        veriframe(home, &["provide", "--coordinator", url, "--threads", "1"]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_past_its_lease_is_refused_and_each_frame_is_paid_once() {
    let all = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = all.path().join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    let (home, artist) = (below("coordinator-home"), below("artist-home"));
    let scene = all.path().join("spin.blend");
    Scene {
        frames: FRAMES,
        width: 240,
        height: 135,
        samples: 32,
    }
    .write(&scene);

    let lease = [("VERIFRAME_LEASE_SECONDS", LEASE_SECONDS)];
    let (coordinator, url) = serve("workers-coordinator", &home, "127.0.0.1:0", &lease).await;
    let books = Books::open(&home.join("coordinator"));

    // Both are there before the job, so that it is shared from the start; one after the other, to know who is who.
    let online = async |n: u64| {
        until("a worker waits for a job", seconds(60), async || {
            (books.count("SELECT COUNT(*) FROM workers WHERE status = 'online'") == n).then_some(())
        })
        .await;
    };
    let first = provide("workers-first", &below("first-home"), &url);
    online(1).await;
    let sleeper = books.text("SELECT address FROM workers");
    let _second = provide("workers-second", &below("second-home"), &url);
    online(2).await;
    let file = scene.to_string_lossy();
    run(
        "workers-post",
        &artist,
        &["post", &file, "--coordinator", &url],
        seconds(60),
    )
    .await
    .expect_success();
    let (job, _) = books.jobs().into_iter().next().expect("a job");

    let paid = "SELECT COUNT(*) FROM payouts p JOIN tasks t ON t.seq = p.task WHERE t.kind <> 'audit'";
    until("frames arrive", seconds(120), async || {
        (books.count(paid) >= 2).then_some(())
    })
    .await;
    let held = format!("SELECT COUNT(*) FROM leases WHERE state = 'active' AND worker = '{sleeper}'");
    let expired = format!("SELECT COUNT(*) FROM leases WHERE state = 'expired' AND worker = '{sleeper}'");
    // Stopped between two leases it would sleep through nothing: then it goes on for a moment and is stopped again.
    until("it sleeps until its lease expires", seconds(120), async || {
        assert!(
            books.count(paid) < u64::from(FRAMES),
            "the job was over before anybody slept"
        );
        first.signal("STOP");
        if books.count(&held) == 0 {
            first.signal("CONT");
            return None;
        }
        let lease_is_over = async || (books.count(&held) == 0).then_some(());
        until("its lease ends", seconds(60), lease_is_over).await;
        if books.count(&expired) == 0 {
            // What it had sent before it slept closed the lease.
            first.signal("CONT");
            return None;
        }
        Some(())
    })
    .await;
    let (lost, paid_asleep) = (books.count(&expired), books.count(paid));
    first.signal("CONT");

    until("the job is complete", seconds(300), async || {
        let (_, status) = books.jobs().into_iter().next()?;
        assert!(
            !["failed", "cancelled", "expired"].contains(&status.as_str()),
            "{status}\n{}",
            coordinator.tail()
        );
        (status == "complete").then_some(())
    })
    .await;
    let expected: Vec<_> = (1..=FRAMES).map(|frame| (frame.cast_signed(), 1)).collect();
    assert_eq!(books.payouts_by_frame(&job), expected, "each frame is paid once");
    assert_eq!(books.workers_paid(&job).len(), 2, "both workers earned");
    assert!(
        lost >= 1 && paid_asleep < u64::from(FRAMES),
        "the sleep fell into the job"
    );
    books.assert_add_up();
}

/// The whole computer, coordinator and all: nobody missed a heartbeat then, and the frame in hand is not begun again.
#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_slept_goes_on_with_the_frame_in_hand() {
    /// Longer than a heartbeat takes to come.
    const LEASE: &str = "25";
    /// Longer than a lease, and than any sweep is late.
    const NIGHT: std::time::Duration = seconds(30);
    let all = TempDir::new().expect("a folder");
    let below = |name: &str| {
        let path = all.path().join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    let (home, artist) = (below("coordinator-home"), below("artist-home"));
    let scene = all.path().join("spin.blend");
    Scene {
        frames: 1,
        width: 320,
        height: 180,
        samples: 200,
    }
    .write(&scene);
    let lease = [("VERIFRAME_LEASE_SECONDS", LEASE)];
    let (coordinator, url) = serve("sleep-coordinator", &home, "127.0.0.1:0", &lease).await;
    let books = Books::open(&home.join("coordinator"));
    let (file, out) = (
        scene.to_string_lossy().into_owned(),
        all.path().join("out").to_string_lossy().into_owned(),
    );
    let render = veriframe(&artist, &["render", &file, "--coordinator", &url, "--out", &out]);
    let mut render = Program::start("sleep-render", render);
    let log = artist.join("logs/veriframe.log");
    until("the frame is begun", seconds(120), async || {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        log.contains("a frame is begun").then_some(())
    })
    .await;
    for program in [&coordinator, &render] {
        program.signal("STOP");
    }
    tokio::time::sleep(NIGHT).await;
    for program in [&coordinator, &render] {
        program.signal("CONT");
    }
    let ended = render.end(seconds(240)).await;
    assert!(ended.success(), "{}", render.tail());
    assert!(Path::new(&out).join("frame_0001.png").is_file(), "{}", render.tail());
    assert_eq!(books.count("SELECT COUNT(*) FROM leases"), 1, "it was begun once");
    let log = std::fs::read_to_string(home.join("logs/coordinator.log")).unwrap_or_default();
    assert!(log.contains("did not run for a while"), "{log}");
}
