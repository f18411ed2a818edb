//! Rendering on one's own computer, as somebody does who has nothing but Blender: the real program with real Blender.

mod support;

use rusqlite::{Connection, OpenFlags};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use support::{json, run, said, skipped, text, veriframe};
use veriframe_testkit::{Scene, TempHome, frames::assert_same_pixels, scenes::render_plainly};

const WITHIN: Duration = Duration::from_mins(3);

/// In the background.
fn begin(home: &TempHome, arguments: &[&str]) -> Child {
    veriframe(home)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Frames that take long enough to be interrupted.
fn slow(home: &TempHome, name: &str) -> PathBuf {
    let scene = Scene {
        width: 320,
        height: 180,
        samples: 48,
        ..Scene::default()
    };
    scene.write(home.beside(), name)
}

fn pictures(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, |entries| {
        let names = entries.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with("frame_"))
            .count()
    })
}

fn wait_for_pictures(folder: &Path, at_least: usize, program: &mut Child) {
    let began = Instant::now();
    while pictures(folder) < at_least {
        if let Some(status) = program.try_wait().unwrap() {
            panic!("it ended with {status} before {at_least} frames were there");
        }
        assert!(began.elapsed() < WITHIN, "{at_least} frames never came");
        sleep(Duration::from_millis(50));
    }
}

/// How often each frame of the newest job was handed in.
fn renders(home: &TempHome) -> BTreeMap<i64, i64> {
    let path = home.home.coordinator().join("coordinator.db");
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut rows = db
        .prepare("SELECT frame, count(*) FROM job_log WHERE failed = 0 GROUP BY frame")
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn once_each(frames: i64) -> BTreeMap<i64, i64> {
    (1..=frames).map(|frame| (frame, 1)).collect()
}

/// Words that have no place where nobody pays.
fn assert_nothing_of_money(said: &str) {
    let words = said.to_lowercase();
    for word in words.split(|letter: char| !letter.is_ascii_alphabetic()) {
        let stem = word.strip_suffix('s').unwrap_or(word);
        assert!(
            !["credit", "escrow", "cap", "wallet", "paid", "verified"].contains(&stem),
            "“{word}” is said:\n{said}"
        );
    }
}

#[test]
fn a_shot_needs_nothing_and_says_nothing_of_money() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = Scene::default().write(home.beside(), "shot.blend");
    let (scene_text, out) = (scene.to_str().unwrap(), home.beside().join("frames"));
    let out_text = out.to_str().unwrap();
    let output = run(&home, &["render", scene_text, "--frames", "1-2", "--out", out_text]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(text(&output.stdout).starts_with("2 frames in "), "{}", said(&output));
    assert_nothing_of_money(&said(&output).replace(home.beside().to_str().unwrap(), ""));
    render_plainly(&scene, 1, 2, home.beside());
    for frame in ["frame_0001.png", "frame_0002.png"] {
        assert_same_pixels(&out.join(frame), &home.beside().join(frame));
    }
    let more = run(
        &home,
        &["render", scene_text, "--frames", "1-3", "--out", out_text, "--json"],
    );
    assert_nothing_of_money(&said(&more).replace(home.beside().to_str().unwrap(), ""));
    assert_eq!(json(&more)["before"], "2 of 3 frames were rendered before.");
    for arguments in [vec!["jobs", "list"], vec!["jobs", "list", "--json"]] {
        assert_nothing_of_money(&said(&run(&home, &arguments)));
    }
    assert_eq!(renders(&home), once_each(3));
    let again = run(
        &home,
        &["render", scene_text, "--frames", "1", "--out", out_text, "--again"],
    );
    assert!(again.status.success(), "{}", said(&again));
    assert_eq!(renders(&home)[&1], 2, "it was asked for");
}

/// The home's coordinator is as it was when there were only credits, if somebody wants it so.
#[test]
fn credits_are_kept_where_they_are_chosen() {
    let home = TempHome::new();
    let wallet = |money: &str| {
        let output = veriframe(&home)
            .args(["wallet", "show", "--json"])
            .env("VERIFRAME_MONEY", money)
            .output()
            .unwrap();
        json(&output)["wallet"]["balance"].clone()
    };
    assert_eq!(wallet("none"), "0");
    assert_eq!(wallet("credits"), "100000000000000000000");
    let odd = veriframe(&home)
        .args(["wallet", "show"])
        .env("VERIFRAME_MONEY", "gold")
        .output()
        .unwrap();
    assert_eq!(odd.status.code(), Some(3), "{}", said(&odd));
    assert!(text(&odd.stderr).contains("none, credits or strk"), "{}", said(&odd));
}

#[cfg(unix)]
#[test]
fn what_was_killed_goes_on_and_nothing_is_rendered_twice() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = slow(&home, "shot.blend");
    let out = home.beside().join("frames");
    let arguments = ["render", scene.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let mut killed = begin(&home, &arguments);
    wait_for_pictures(&out, 2, &mut killed);
    killed.kill().unwrap();
    killed.wait().unwrap();
    // Then as somebody does who needs the computer for a moment.
    let mut interrupted = begin(&home, &arguments);
    wait_for_pictures(&out, 3, &mut interrupted);
    Command::new("kill")
        .args(["-INT", &interrupted.id().to_string()])
        .status()
        .unwrap();
    let ended = interrupted.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", said(&ended));
    assert_nothing_of_money(&said(&ended).replace(home.beside().to_str().unwrap(), ""));
    let jobs = json(&run(&home, &["jobs", "list", "--json"]));
    assert_eq!(jobs.as_array().unwrap().len(), 1, "{jobs}");
    assert_eq!(jobs[0]["state"], "rendering");
    let job = jobs[0]["id"].as_str().unwrap();
    let done = run(&home, &["jobs", "resume", &job[..8], "--json"]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(json(&done)["frames"].as_array().unwrap().len(), 5);
    assert_eq!(pictures(&out), 5);
    assert_eq!(renders(&home), once_each(5));
    render_plainly(&scene, 1, 5, home.beside());
    for frame in 1..=5 {
        let name = format!("frame_{frame:04}.png");
        assert_same_pixels(&out.join(&name), &home.beside().join(&name));
    }
}

/// Two terminals on one home: the second waits for its turn, and outlives the first, whose coordinator it used.
#[test]
fn a_second_render_joins_the_queue() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let first_out = home.beside().join("first");
    let second_out = home.beside().join("second");
    let one = slow(&home, "one.blend");
    let two = Scene::default().write(home.beside(), "two.blend");
    let mut first = begin(
        &home,
        &[
            "render",
            one.to_str().unwrap(),
            "--frames",
            "1-3",
            "--out",
            first_out.to_str().unwrap(),
        ],
    );
    wait_for_pictures(&first_out, 1, &mut first);
    let second = begin(
        &home,
        &[
            "render",
            two.to_str().unwrap(),
            "--frames",
            "1-4",
            "--out",
            second_out.to_str().unwrap(),
        ],
    );
    let (first, second) = (first.wait_with_output().unwrap(), second.wait_with_output().unwrap());
    assert!(first.status.success(), "{}", said(&first));
    assert!(second.status.success(), "{}", said(&second));
    assert!(text(&second.stderr).contains("waits for its turn"), "{}", said(&second));
    assert_eq!((pictures(&first_out), pictures(&second_out)), (3, 4));
}

#[test]
fn of_several_shots_one_that_fails_stops_no_other() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let good = Scene::default().write(home.beside(), "good.blend");
    let broken = home.beside().join("broken.blend");
    std::fs::write(&broken, "BLENDER-v304REND").unwrap();
    let other = Scene {
        samples: 2,
        ..Scene::default()
    }
    .write(home.beside(), "other.blend");
    let out = home.beside().join("night");
    let files = [&good, &broken, &other].map(|path| path.to_str().unwrap());
    let rest = ["--frames", "1-2", "--out", out.to_str().unwrap(), "--json"];
    let output = run(&home, &[&["render"][..], &files, &rest].concat());
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(text(&output.stderr).contains("broken.blend"), "{}", said(&output));
    assert_eq!(json(&output).as_array().unwrap().len(), 2);
    assert_eq!((pictures(&out.join("good")), pictures(&out.join("other"))), (2, 2));
    let twice = run(&home, &["render", files[0], files[0], "--out", out.to_str().unwrap()]);
    assert_eq!(
        twice.status.code(),
        Some(3),
        "two folders of one name: {}",
        said(&twice)
    );
}
