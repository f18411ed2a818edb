//! Reports of large scenes.

use crate::measure::{best_of, peak_memory_of, report, run_quietly};
use std::fs;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::display::Display;
use veriframe_tests::drag::drop_file;
use veriframe_tests::page::Page;
use veriframe_tests::{blender, program, root};

/// Against the tool that the studio world uses, the Blender Asset Tracer, and against the decompressor alone.
#[tokio::test(flavor = "multi_thread")]
async fn blend_reports_against_bat() {
    let folder = TempDir::new().expect("a folder");
    let big = folder.path().join("big.blend");
    blender::write_big(&big);
    let small = root().join("examples/first-frame.blend");
    let inspect = |scene: &Path| {
        let mut command = std::process::Command::new(program::command());
        command.args(["inspect", "--json"]).arg(scene);
        command
    };
    for (name, scene, runs) in [("145 kB", &small, 15), ("1.1 GB, 20,000 objects", &big, 3)] {
        let peak = peak_memory_of(inspect(scene));
        let ours = best_of(runs, async || run_quietly(inspect(scene))).await;
        report(
            &format!("report of {name}"),
            &format!("{:.4} s, {peak} MB resident", ours.as_secs_f64()),
        );
        let Some(bat) = std::env::var_os("VERIFRAME_BAT") else {
            println!("SKIPPED: the comparison with BAT: VERIFRAME_BAT names no program");
            continue;
        };
        let theirs = best_of(runs, async || {
            let mut command = std::process::Command::new(&bat);
            command.args(["list", "--json"]).arg(scene);
            run_quietly(command);
        })
        .await;
        report(
            &format!("bat list of {name}"),
            &format!(
                "{:.3} s, {:.0} times as long",
                theirs.as_secs_f64(),
                theirs.as_secs_f64() / ours.as_secs_f64()
            ),
        );
    }
    let packed = folder.path().join("packed.blend");
    blender::compress(&big, &packed);
    std::fs::remove_file(&big).expect("it was there");
    let ours = best_of(3, async || run_quietly(inspect(&packed))).await;
    let to = folder.path().join("unfolded");
    let theirs = best_of(3, async || {
        let from = fs::File::open(&packed).expect("the scene");
        let mut reader = zstd::stream::read::Decoder::new(from).expect("a decoder");
        let mut file = fs::File::create(&to).expect("a file");
        std::io::copy(&mut reader, &mut file).expect("it unfolds");
    })
    .await;
    Figure::new("report of the same, compressed by Blender", ours.as_secs_f64(), "s").at_most(
        1.1,
        "zstd alone to a file",
        theirs.as_secs_f64(),
    );
}

/// From letting go of a gigabyte over the window to its report.
#[tokio::test(flavor = "multi_thread")]
async fn blend_reports_in_the_window() {
    let home = TempDir::new().expect("a folder");
    let big = home.path().join("big.blend");
    blender::write_big(&big);
    let display = Display::open().await;
    let page = Page::open(&display, home.path(), &[]).await;
    page.see("Drop a .blend here").await;
    let middle = page.on_screen(700, 420).await;
    let mut let_go = Instant::now();
    drop_file(&display, &big, middle, async || {
        page.see("Drop to check “big.blend”").await;
        let_go = Instant::now();
    })
    .await;
    page.see("What will be rendered").await;
    let took = let_go.elapsed();
    Figure::new(
        "report of 1.1 GB in the window, the drag's own end included",
        took.as_secs_f64(),
        "s",
    )
    .tell();
    page.close().await;
}
