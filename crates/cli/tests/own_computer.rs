//! Rendering on one's own computer, as somebody does who has nothing but Blender: the real program with real Blender.

mod support;

use rusqlite::{Connection, OpenFlags};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread::sleep,
    time::{Duration, Instant},
};
use support::{json, run, said, skipped, text, veriframe};
use tokio_util::sync::CancellationToken;
use veriframe_app::{
    Context, Home, create,
    jobs::{self, Power},
    view::{AppEvent, JobSettings, WhenDone},
};
use veriframe_cli::compose;
use veriframe_testkit::{Scene, TempHome, frames::assert_same_pixels, scenes::render_plainly};

const WITHIN: Duration = Duration::from_mins(3);

/// A program in the background, which ends with the test.
struct Begun(Option<Child>);

fn begin(home: &TempHome, arguments: &[&str]) -> Begun {
    let mut command = veriframe(home);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    Begun(Some(command.spawn().expect("the program starts")))
}

fn begin_render(home: &TempHome, scene: &Path, frames: &str, out: &Path) -> Begun {
    let (scene, out) = (scene.to_str().unwrap(), out.to_str().unwrap());
    begin(home, &["render", scene, "--frames", frames, "--out", out])
}

impl Begun {
    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it was not waited for")
    }

    fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child().try_wait().unwrap()
    }

    fn output(mut self) -> Output {
        self.0
            .take()
            .expect("it was not waited for")
            .wait_with_output()
            .unwrap()
    }

    fn kill(mut self) {
        self.child().kill().unwrap();
        self.output();
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
        }
    }
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

fn wait_for_pictures(folder: &Path, at_least: usize, program: &mut Begun) {
    let began = Instant::now();
    while pictures(folder) < at_least {
        if let Some(status) = program.has_ended() {
            panic!("it ended with {status} before {at_least} frames were there");
        }
        assert!(began.elapsed() < WITHIN, "{at_least} frames never came");
        sleep(Duration::from_millis(50));
    }
}

/// How often each frame of the newest job was handed in.
fn renders(home: &TempHome) -> BTreeMap<i64, i64> {
    renders_by(&home.home.coordinator())
}

fn renders_by(coordinator: &Path) -> BTreeMap<i64, i64> {
    let path = coordinator.join("coordinator.db");
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
fn an_estimate_rests_on_the_scene_and_posts_nothing() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = slow(&home, "shot.blend");
    let file = scene.to_str().unwrap();
    let told = json(&run(&home, &["estimate", file, "--frames", "1-3", "--json"]));
    assert_eq!(
        (&told["frames"], &told["measured"]),
        (&3.into(), &true.into()),
        "{told}"
    );
    // What is known by then needs no other answer.
    let again = run(&home, &["estimate", file, "--frames", "1-3"]);
    assert!(
        text(&again.stdout).starts_with("3 frames with about "),
        "{}",
        said(&again)
    );
    assert_nothing_of_money(&text(&again.stdout));
    let jobs = json(&run(&home, &["jobs", "list", "--json"]));
    assert_eq!(jobs.as_array().unwrap().len(), 0, "{jobs}");
}

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
    killed.kill();
    // Then as somebody does who needs the computer for a moment.
    let mut interrupted = begin(&home, &arguments);
    wait_for_pictures(&out, 3, &mut interrupted);
    Command::new("kill")
        .args(["-INT", &interrupted.child().id().to_string()])
        .status()
        .unwrap();
    let ended = interrupted.output();
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

/// Renders until the first frame is there, fills the disk, waits until that was said, makes room again, and waits for the end.
#[cfg(target_os = "linux")]
const FULL_FOR_A_WHILE: &str = r#"
"$PROGRAM" render "$SCENE" --out "$BESIDE/frames" 2>"$BESIDE/said" &
until [ "$(ls "$BESIDE/frames" | grep -c frame_)" -ge 1 ]; do sleep 0.1; done
fallocate --length "$(df --output=avail --block-size=1 "$VERIFRAME_HOME" | tail -n 1)" "$VERIFRAME_HOME/filler"
cat /dev/zero >"$VERIFRAME_HOME/rest"
until grep -q 'disk is almost full' "$BESIDE/said" || ! kill -0 $!; do sleep 0.1; done
rm "$VERIFRAME_HOME/filler" "$VERIFRAME_HOME/rest"
wait $!
status=$?
cp -r "$VERIFRAME_HOME/coordinator" "$BESIDE/"
exit $status
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_for_a_while_is_told_and_costs_no_frame() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = slow(&home, "shot.blend");
    let beside = home.beside();
    std::fs::create_dir(beside.join("frames")).unwrap();
    std::fs::create_dir_all(home.home.root()).unwrap();
    let mut command = Command::new("bwrap");
    command.args(["--dev-bind", "/", "/", "--size", "1200000000", "--tmpfs"]);
    command.arg(home.home.root());
    command.args(["timeout", "180", "sh", "-c", FULL_FOR_A_WHILE]);
    command.env("PROGRAM", env!("CARGO_BIN_EXE_veriframe"));
    command.env("SCENE", &scene).env("BESIDE", beside);
    command.env("VERIFRAME_HOME", home.home.root());
    let output = command.output().expect("bubblewrap runs");
    let told = std::fs::read_to_string(beside.join("said")).unwrap_or_default();
    assert!(output.status.success(), "{}\n{told}", said(&output));
    assert!(told.contains("almost full"), "it was full for nobody:\n{told}");
    assert_eq!(pictures(&beside.join("frames")), 5, "{told}");
    assert_eq!(renders_by(&beside.join("coordinator")), once_each(5));
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
    let mut first = begin_render(&home, &one, "1-7", &first_out);
    wait_for_pictures(&first_out, 1, &mut first);
    let second = begin_render(&home, &two, "1-4", &second_out);
    let (first, second) = (first.output(), second.output());
    assert!(first.status.success(), "{}", said(&first));
    assert!(second.status.success(), "{}", said(&second));
    assert!(text(&second.stderr).contains("waits for its turn"), "{}", said(&second));
    assert_eq!((pictures(&first_out), pictures(&second_out)), (7, 4));
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

/// The queue by the coordinator's own list: name and state, in their order.
fn queue(home: &TempHome) -> Vec<(String, String)> {
    let jobs = json(&run(home, &["jobs", "list", "--json"]));
    let jobs = jobs.as_array().unwrap().iter();
    let word = |job: &serde_json::Value, field: &str| job[field].as_str().unwrap().to_owned();
    jobs.map(|job| (word(job, "name"), word(job, "state"))).collect()
}

fn id_of(home: &TempHome, name: &str) -> String {
    let jobs = json(&run(home, &["jobs", "list", "--json"]));
    let mut jobs = jobs.as_array().unwrap().iter();
    let job = jobs
        .find(|job| job["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not in the list"));
    job["id"].as_str().unwrap().to_owned()
}

/// Which frames were handed in, in which order: name of the job and frame.
fn handed_in(home: &TempHome) -> Vec<(String, i64)> {
    let path = home.home.coordinator().join("coordinator.db");
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut rows = db
        .prepare("SELECT j.name, l.frame FROM job_log l JOIN jobs j ON j.id = l.job WHERE l.failed = 0 ORDER BY l.seq")
        .unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A night: two terminals, four shots, one of them broken. The order is changed while they wait, and one is paused.
#[cfg(unix)]
#[test]
fn a_queue_is_ordered_and_paused_from_another_terminal() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    // Still at work when the others were packed and ordered, on a busy computer too.
    let long = Scene {
        width: 320,
        height: 180,
        samples: 80,
        ..Scene::default()
    }
    .write(home.beside(), "long.blend");
    let quick = |name: &str, samples| {
        let scene = Scene {
            samples,
            ..Scene::default()
        };
        scene.write(home.beside(), name)
    };
    let (later, urgent) = (quick("later.blend", 3), quick("urgent.blend", 4));
    let broken = home.beside().join("broken.blend");
    std::fs::write(&broken, "BLENDER-v304REND").unwrap();
    let (out, night) = (home.beside().join("long"), home.beside().join("night"));
    let mut first = begin_render(&home, &long, "1-8", &out);
    wait_for_pictures(&out, 1, &mut first);
    let files = [&later, &broken, &urgent].map(|path| path.to_str().unwrap());
    let rest = ["--frames", "1-2", "--out", night.to_str().unwrap()];
    let mut second = begin(&home, &[&["render"][..], &files, &rest].concat());
    let began = Instant::now();
    let is_posted = |(_, state): &(String, String)| ["open", "rendering"].contains(&state.as_str());
    while queue(&home).iter().filter(|job| is_posted(job)).count() < 3 {
        assert!(began.elapsed() < WITHIN, "the queue has only {:?}", queue(&home));
        sleep(Duration::from_millis(50));
    }
    let names = |queue: Vec<(String, String)>| queue.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(queue(&home)), ["long", "later", "urgent"], "as they came");

    let ordered = run(&home, &["jobs", "order", &id_of(&home, "urgent")[..8], "--json"]);
    assert!(ordered.status.success(), "{}", said(&ordered));
    let paused = run(&home, &["jobs", "pause", &id_of(&home, "later")]);
    assert!(paused.status.success(), "{}", said(&paused));
    assert_eq!(names(queue(&home)), ["urgent", "long", "later"]);

    let first = first.output();
    assert!(first.status.success(), "{}", said(&first));
    let done = handed_in(&home);
    let place = |name: &str, frame| done.iter().position(|of| *of == (name.to_owned(), frame));
    let urgent_done = place("urgent", 2).expect("it went first");
    assert!(urgent_done < place("long", 8).unwrap(), "{done:?}");
    assert_eq!(place("later", 1), None, "it is paused: {done:?}");
    assert_eq!(second.has_ended(), None, "its paused shot is waited for");

    // Which of the two programs renders it then does not matter.
    let resumed = run(&home, &["jobs", "resume", &id_of(&home, "later"), "--json"]);
    assert!(resumed.status.success(), "{}", said(&resumed));
    let second = second.output();
    assert_eq!(second.status.code(), Some(3), "of the broken one: {}", said(&second));
    assert!(text(&second.stderr).contains("broken.blend"), "{}", said(&second));
    assert_eq!(
        (
            pictures(&out),
            pictures(&night.join("later")),
            pictures(&night.join("urgent"))
        ),
        (8, 2, 2)
    );
    let mut once = handed_in(&home);
    once.sort();
    let mut all: Vec<(String, i64)> = (1..=8).map(|frame| ("long".to_owned(), frame)).collect();
    all.extend(
        ["later", "urgent"]
            .into_iter()
            .flat_map(|name| [1, 2].map(|frame| (name.to_owned(), frame))),
    );
    all.sort();
    assert_eq!(once, all, "each frame once");
}

/// What the computer was told to do.
#[derive(Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Told {
    fn all(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

impl Power for Told {
    fn sleep(&self) -> std::io::Result<()> {
        self.0.lock().unwrap().push("sleep");
        Ok(())
    }

    fn shut_down(&self) -> std::io::Result<()> {
        self.0.lock().unwrap().push("shut down");
        Ok(())
    }
}

async fn post(ctx: &Arc<Context>, scene: &Path, frames: &str) -> String {
    let path = scene.to_str().unwrap().to_owned();
    let defaults = create::inspect_scene(ctx, path, String::new(), vec![])
        .await
        .unwrap()
        .defaults;
    let settings = JobSettings {
        frames: frames.to_owned(),
        ..defaults
    };
    let mut events = ctx.events.subscribe();
    let draft = create::post_job(ctx, settings, String::new()).await.unwrap();
    let posted = async {
        loop {
            if let jobs::Found::Posted { job, .. } = jobs::find(ctx, &draft).await.unwrap() {
                return job;
            }
            events.recv().await.expect("the home is open");
        }
    };
    tokio::time::timeout(WITHIN, posted).await.expect("it is posted")
}

/// Nobody renders here: what counts is whether there is a queue.
#[tokio::test(flavor = "multi_thread")]
async fn the_computer_sleeps_when_the_queue_is_done_and_nobody_minds() {
    const NOTICE: Duration = Duration::from_millis(300);
    const LONGER: Duration = Duration::from_secs(2);
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = Scene::default().write(home.beside(), "shot.blend");
    let options = compose::Options::desktop(Home::at(home.home.root()));
    let composed = compose::open(options, CancellationToken::new()).await.unwrap();
    let ctx = Arc::clone(&composed.context);
    let told = Arc::new(Told::default());
    let power: Arc<dyn Power> = Arc::<Told>::clone(&told);
    jobs::watch_the_queue(&ctx, power, NOTICE);
    let mut events = ctx.events.subscribe();
    let mut minute_begins = async || loop {
        if let AppEvent::WhenDone(view) = events.recv().await.unwrap()
            && view.seconds_left.is_some()
        {
            return view;
        }
    };

    jobs::set_when_done(&ctx, WhenDone::Sleep);
    tokio::time::sleep(LONGER).await;
    assert!(told.all().is_empty(), "an empty queue is not one that is done");
    let first = post(&ctx, &scene, "1").await;
    jobs::pause_job(&ctx, first.clone()).await.unwrap();
    tokio::time::sleep(LONGER).await;
    assert!(told.all().is_empty(), "a paused job is wanted later");
    jobs::cancel_job(&ctx, first).await.unwrap();
    assert_eq!(minute_begins().await.choice, WhenDone::Sleep);
    jobs::set_when_done(&ctx, WhenDone::Nothing);
    tokio::time::sleep(LONGER).await;
    assert!(told.all().is_empty(), "somebody minded");

    jobs::set_when_done(&ctx, WhenDone::ShutDown);
    let second = post(&ctx, &scene, "2").await;
    jobs::cancel_job(&ctx, second).await.unwrap();
    minute_begins().await;
    tokio::time::sleep(LONGER).await;
    assert_eq!(told.all(), ["shut down"], "once");
    assert_eq!(jobs::when_done(&ctx).choice, WhenDone::Nothing, "it was for one night");
    composed.close().await;
}

/// Nobody reads what it says any more: the frames are rendered all the same.
#[test]
fn a_terminal_that_was_closed_stops_nothing() {
    if skipped() {
        return;
    }
    let home = TempHome::new();
    let scene = slow(&home, "shot.blend");
    let out = home.beside().join("frames");
    let mut render = begin_render(&home, &scene, "1-2", &out);
    drop(render.child().stderr.take());
    drop(render.child().stdout.take());
    let began = Instant::now();
    let ended = loop {
        if let Some(status) = render.has_ended() {
            break status;
        }
        assert!(began.elapsed() < WITHIN, "it does not end");
        sleep(Duration::from_millis(50));
    };
    assert!(ended.success(), "{ended}");
    assert_eq!(pictures(&out), 2);
}

/// Whoever of several programs comes first to run it: the others know it by that address.
#[tokio::test(flavor = "multi_thread")]
async fn a_home_s_coordinator_keeps_its_address() {
    let home = TempHome::new();
    let mut addresses = Vec::new();
    for _ in 0..3 {
        let options = compose::Options::desktop(Home::at(home.home.root()));
        let composed = compose::open(options, CancellationToken::new()).await.unwrap();
        addresses.push(composed.context.api.base().to_owned());
        composed.close().await;
    }
    assert_eq!(addresses, vec![addresses[0].clone(); 3]);
    // Somebody else may have the port meanwhile: then it is found elsewhere.
    let taken = std::net::TcpListener::bind(addresses[0].trim_start_matches("http://")).unwrap();
    let options = compose::Options::desktop(Home::at(home.home.root()));
    let composed = compose::open(options, CancellationToken::new()).await.unwrap();
    assert_ne!(composed.context.api.base(), addresses[0]);
    drop(taken);
    composed.close().await;
}
