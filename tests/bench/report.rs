//! The small scene's report, and the CID of a large file.

use crate::measure::best_of;
use crate::noise;
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::program::run;
use veriframe_tests::root;
use veriframe_tests::wait::seconds;

#[tokio::test(flavor = "multi_thread")]
async fn report_and_import() {
    let folder = TempDir::new().expect("a folder");
    let scene = root().join("examples/first-frame.blend").to_string_lossy().into_owned();
    let took = best_of(5, async || {
        run(
            "bench-inspect",
            folder.path(),
            &["inspect", &scene, "--json"],
            seconds(20),
        )
        .await
        .expect_success();
    })
    .await;
    Figure::new(
        "scene report, program start included",
        took.as_secs_f64() * 1000.0,
        "ms",
    )
    .tell();

    let big = folder.path().join("big");
    noise::file(&big, 1024);
    let path = big.to_string_lossy().into_owned();
    let ours = best_of(2, async || {
        run("bench-cid", folder.path(), &["cid", &path], seconds(120))
            .await
            .expect_success();
    })
    .await;
    let theirs = best_of(2, async || {
        let status = std::process::Command::new("openssl")
            .args(["dgst", "-sha256", &path])
            .output();
        assert!(status.expect("openssl is here").status.success());
    })
    .await;
    Figure::new("CID of 1 GiB", ours.as_secs_f64(), "s").at_most(
        1.1,
        "openssl dgst -sha256, one core",
        theirs.as_secs_f64(),
    );
}
