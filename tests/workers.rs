//! Two workers on one coordinator, one of them asleep past its lease: its late results are refused.

use std::path::Path;
use tempfile::TempDir;
use veriframe_tests::blender::Scene;
use veriframe_tests::http::answers;
use veriframe_tests::ledger::Books;
use veriframe_tests::program::{Program, run, veriframe};
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

    let mut serve = veriframe(&home, &["coordinator", "serve", "--listen", "127.0.0.1:0"]);
    serve.env("VERIFRAME_LEASE_SECONDS", LEASE_SECONDS);
    let coordinator = Program::start("workers-coordinator", serve);
    let url = until("the coordinator says where it listens", seconds(20), async || {
        let url = std::fs::read_to_string(home.join("coordinator.url"))
            .ok()?
            .trim()
            .to_owned();
        answers(&url, "/health").then_some(url)
    })
    .await;
    let books = Books::open(&home.join("coordinator"));

    // Both are there before the job, so that it is shared from the start.
    let (first, second) = (
        provide("workers-first", &below("first-home"), &url),
        provide("workers-second", &below("second-home"), &url),
    );
    until("both workers wait for a job", seconds(60), async || {
        (books.count("SELECT COUNT(*) FROM workers WHERE status = 'online'") == 2).then_some(())
    })
    .await;
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
    let first_holds = "SELECT COUNT(*) FROM leases WHERE state = 'active' AND worker = \
                       (SELECT worker FROM leases ORDER BY fence LIMIT 1)";
    until("frames arrive", seconds(120), async || {
        assert!(
            books.count(paid) < u64::from(FRAMES),
            "the job was over before anybody slept"
        );
        (books.count(paid) >= 2 && books.count(first_holds) >= 1).then_some(())
    })
    .await;
    // Whoever of the two is stopped: it must hold a lease for its sleep to matter.
    let stopped = [&first, &second].into_iter().next().expect("two workers");
    stopped.signal("STOP");
    let expired = "SELECT COUNT(*) FROM leases WHERE state = 'expired'";
    until("its lease expires", seconds(60), async || {
        (books.count(expired) >= 1).then_some(())
    })
    .await;
    let (lost, paid_asleep) = (books.count(expired), books.count(paid));
    stopped.signal("CONT");

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
