//! The whole main job in the real window: dropped by a true drag, paid, rendered here by real Blender,
//! saved, compared with plain Blender, and the money followed through to the books.

mod looks;
mod onchain;

use looks::look_at_everything;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::Mutex;
use veriframe_tests::display::Display;
use veriframe_tests::drag::drop_file;
use veriframe_tests::ledger::Books;
use veriframe_tests::page::Page;
use veriframe_tests::processes::blenders_that_use;
use veriframe_tests::wait::{seconds, until};
use veriframe_tests::{blender, pixels, root};

/// Five small frames of the sample scene, real Blender, two cores at worst.
const JOB: Duration = seconds(240);
const PERCENT: u32 = 25;
/// Credits are counted in 18 decimals.
const CREDIT: i128 = 1_000_000_000_000_000_000;

/// One window at a time, also under a test runner with many threads.
static SCREEN: Mutex<()> = Mutex::const_new(());

fn sample() -> PathBuf {
    root().join("examples/first-frame.blend")
}

/// A home that the app has not seen yet.
fn new_home() -> TempDir {
    tempfile::Builder::new()
        .prefix("veriframe-window-")
        .tempdir()
        .expect("a folder")
}

/// Drops the file on the middle of the window.
async fn drop_on(page: &Page<'_>, display: &Display, file: &Path) {
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    let middle = page.on_screen(700, 420).await;
    drop_file(display, file, middle, async || {
        page.see(&format!("Drop to check “{name}”")).await;
    })
    .await;
}

/// A coordinator of the window's own that keeps books.
const IN_CREDITS: &[(&str, &str)] = &[("VERIFRAME_MONEY", "credits")];
const RENDER: &str = "Render";
const PAY: &str = "Pay and render";
/// A frame that is in: nobody vouches for what the creator rendered.
const DONE: &str = r"Frame \d+, (rendered here|verified)";

/// Fills in the job on the Create page and begins it by `button`.
async fn post(page: &Page<'_>, frames: &str, button: &str) {
    fill_in_and_press(page, frames, button).await;
    page.find("grid", "Frames").await;
}

/// Fills in the job on the Create page and presses the button.
async fn fill_in_and_press(page: &Page<'_>, frames: &str, button: &str) {
    page.fill("Frames", frames).await;
    page.fill("Resolution", &PERCENT.to_string()).await;
    until("the button can be pressed", seconds(60), async || {
        let button = page.find("button", button).await;
        let is_blocked = button.attr("aria-disabled").await.ok().flatten();
        (is_blocked.as_deref() != Some("true")).then_some(())
    })
    .await;
    page.click("button", button).await;
}

async fn start_providing(page: &Page<'_>) {
    page.click("link", "Provide").await;
    page.click("switch", "Start providing").await;
    page.find("dialog", ".*").await;
    page.photograph("provide-consent").await;
    page.click("button", "I understand, start").await;
}

async fn open_job(page: &Page<'_>, name: &str) {
    page.click("link", "Jobs").await;
    page.click("link", name).await;
    page.find("grid", "Frames").await;
}

async fn all_done(page: &Page<'_>, frames: usize) {
    let started = Instant::now();
    while page.all("gridcell", DONE).await.len() != frames {
        if started.elapsed() > JOB {
            page.photograph("failure").await;
            panic!("not all frames are done:\n{}", page.text().await);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything the page says on Wallet and Earnings fits the coordinator's own books.
async fn money_adds_up(page: &Page<'_>, home: &Path, frames: u64) {
    let books = Books::open(&home.join("coordinator"));
    books.assert_add_up();
    let (job, status) = books.jobs().into_iter().next().expect("one job");
    assert_eq!(status, "complete");
    assert_eq!(books.payouts_by_frame(&job).len() as u64, frames);
    assert!(
        books.payouts_by_frame(&job).iter().all(|(_, times)| *times == 1),
        "each frame is paid once"
    );
    let users = books.accounts("user:");
    let [(_, balance)] = users.as_slice() else {
        panic!("one person uses this home: {users:?}")
    };
    // Creator and worker are the same person here: what was paid came back as earnings.
    assert_eq!(*balance, 100 * CREDIT, "all credits are still there");

    page.click("link", "Wallet").await;
    page.see("It adds up.").await;
    page.see(&in_credits(*balance)).await;
    page.click("link", "Earnings").await;
    page.see(&in_credits(books.paid_for_frames())).await;
}

/// As the window writes money: two decimals, or as many as there are.
fn in_credits(amount: i128) -> String {
    let cents = amount / (CREDIT / 100);
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scene_becomes_five_frames_and_the_money_adds_up() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let display = Display::open().await;
    let page = Page::open_with(&display, home.path(), &[], IN_CREDITS).await;
    page.resize(1280, 800).await;
    page.see("Drop a .blend here").await;
    look_at_everything(&page, "empty").await;

    page.click("link", "Create").await;
    drop_on(&page, &display, &sample()).await;
    page.see("What will be rendered").await;
    for fact in ["first-frame", "Cycles, 16 samples", "640 × 360", "24 fps"] {
        page.see(fact).await;
    }
    looks::look_at(&page, "create").await;
    post(&page, "1-5", PAY).await;
    looks::look_at(&page, "job-waiting").await;

    start_providing(&page).await;
    open_job(&page, "first-frame").await;
    all_done(&page, 5).await;
    let books = Books::open(&home.path().join("coordinator"));
    let complete = async || {
        books
            .jobs()
            .iter()
            .all(|(_, status)| status == "complete")
            .then_some(())
    };
    until("the job is complete", seconds(30), complete).await;
    looks::look_at(&page, "job").await;

    page.find("gridcell", "Frame 3, rendered here")
        .await
        .click()
        .await
        .expect("a click on a frame");
    page.press("Enter").await;
    page.find("dialog", "Frame 3.*").await;
    page.find("img", "Picture of frame 3.*").await;
    looks::look_at(&page, "viewer").await;
    page.press("Escape").await;

    let folder = home.path().join("saved");
    page.click("button", "Save all…").await;
    page.find("dialog", "Save all frames").await;
    page.fill("Folder", &folder.to_string_lossy()).await;
    page.photograph("save-all").await;
    page.click("button", "Save").await;
    let saved = |frame: i32| folder.join(format!("frame_{frame:04}.png"));
    until("five files", seconds(30), async || {
        (1..=5).all(|frame| saved(frame).is_file()).then_some(())
    })
    .await;
    page.see("5 frames saved").await;

    let plain_folder = home.path().join("plain");
    std::fs::create_dir(&plain_folder).expect("a folder");
    let plain = blender::render(&sample(), &plain_folder, 1, 5, PERCENT, None);
    for (frame, plain) in (1..).zip(&plain) {
        pixels::assert_shows_something(&saved(frame));
        pixels::assert_equal(&saved(frame), plain);
    }

    money_adds_up(&page, home.path(), 5).await;
    look_at_everything(&page, "used").await;
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
    let what = "no Blender is left behind";
    until(what, seconds(15), async || {
        blenders_that_use(home.path()).is_empty().then_some(())
    })
    .await;
}

/// Words that have no place where nobody pays.
async fn nothing_is_said_of_money(page: &Page<'_>) {
    let text = page.text().await;
    let words = text.to_lowercase();
    for word in words.split(|letter: char| !letter.is_ascii_alphabetic()) {
        let stem = word.strip_suffix('s').unwrap_or(word);
        assert!(
            !["credit", "escrow", "cap", "wallet", "paid", "verified"].contains(&stem),
            "“{word}” is said:\n{text}"
        );
    }
}

/// As somebody does it on the first evening: nothing is set up, and the computer is the only one.
#[tokio::test(flavor = "multi_thread")]
async fn a_shot_on_ones_own_computer_takes_one_click() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let display = Display::open().await;
    let page = Page::open(&display, home.path(), &[]).await;
    page.resize(1280, 800).await;
    page.see("Drop a .blend here").await;
    nothing_is_said_of_money(&page).await;
    drop_on(&page, &display, &sample()).await;
    page.see("This computer renders it").await;
    nothing_is_said_of_money(&page).await;
    looks::look_at(&page, "own-create").await;
    post(&page, "1-3", RENDER).await;
    page.see_within("Rendering here", seconds(60)).await;
    nothing_is_said_of_money(&page).await;
    looks::look_at(&page, "own-job-running").await;
    all_done(&page, 3).await;
    page.find("gridcell", "Frame 2, rendered here")
        .await
        .click()
        .await
        .expect("a click on a frame");
    page.see("size and content plausible").await;
    nothing_is_said_of_money(&page).await;
    looks::look_at(&page, "own-job-done").await;
    for (name, seen) in [
        ("Jobs", "3 of 3 frames"),
        ("Provide", "Render for others with this computer"),
        ("Settings", "Settings"),
    ] {
        page.click("link", name).await;
        page.see(seen).await;
        looks::look_at(&page, &format!("own-{}", name.to_lowercase())).await;
        if name != "Settings" {
            nothing_is_said_of_money(&page).await;
        }
    }
    // What the worker was started for is over, and so is it.
    let gone = async || blenders_that_use(home.path()).is_empty().then_some(());
    until("Blender has ended", seconds(30), gone).await;

    // The same again is there at once.
    page.click("link", "Create").await;
    page.see("Drop a .blend here").await;
    drop_on(&page, &display, &sample()).await;
    page.see("This computer renders it").await;
    post(&page, "1-3", RENDER).await;
    page.see("All 3 frames were rendered before").await;
    all_done(&page, 3).await;
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_journey_works_by_keyboard_alone() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let display = Display::open().await;
    let scene = sample().to_string_lossy().into_owned();
    // "Open with", in place of a drop that only a mouse can make.
    let page = Page::open(&display, home.path(), &[&scene]).await;
    page.resize(1280, 800).await;
    page.see("What will be rendered").await;

    page.tab_to("textbox", "Frames").await;
    page.fill("Frames", "1-2").await;
    page.tab_to("textbox", "Resolution").await;
    page.fill("Resolution", "10").await;
    page.tab_to("button", RENDER).await;
    page.press_until("Enter", "grid", "Frames", seconds(60)).await;

    page.tab_to("link", "Provide").await;
    page.press("Enter").await;
    page.tab_to("switch", "Start providing").await;
    page.press("Space").await;
    page.tab_to("button", "I understand, start").await;
    page.press("Enter").await;

    page.tab_to("link", "Jobs").await;
    page.press("Enter").await;
    page.tab_to("link", "first-frame").await;
    page.press("Enter").await;
    all_done(&page, 2).await;
    page.tab_to("gridcell", "Frame 1, rendered here").await;
    page.press("ArrowRight").await;
    page.press("Enter").await;
    page.find("dialog", "Frame 2.*").await;
    page.press("Escape").await;
    let left = async || page.all("dialog", ".*").await.is_empty().then_some(());
    until("the viewer is closed", seconds(10), left).await;

    page.tab_to("button", "Save all…").await;
    page.press("Enter").await;
    page.find("dialog", "Save all frames").await;
    let folder = home.path().join("by-keyboard");
    page.tab_to("textbox", "Folder").await;
    page.fill("Folder", &folder.to_string_lossy()).await;
    page.press("Enter").await;
    until("two files", seconds(30), async || {
        folder.join("frame_0002.png").is_file().then_some(())
    })
    .await;

    for name in ["Settings", "Create"] {
        page.tab_to("link", name).await;
        page.press("Enter").await;
        page.find("heading", &format!("{name}.*|.*first-frame.*")).await;
    }
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_window_goes_on_with_its_job() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let display = Display::open().await;
    let scene = sample().to_string_lossy().into_owned();
    let page = Page::open(&display, home.path(), &[&scene]).await;
    page.see("What will be rendered").await;
    page.fill("Samples", "64").await;
    post(&page, "1-6", RENDER).await;
    {
        let books = Books::open(&home.path().join("coordinator"));
        let done = async || (books.count("SELECT COUNT(*) FROM payouts") >= 2).then_some(());
        until("two frames are done", JOB, done).await;
        let (_, status) = books.jobs().into_iter().next().expect("a job");
        assert_ne!(status, "complete", "the job was over before it could be interrupted");
    }
    page.kill_app().await;
    let gone = async || blenders_that_use(home.path()).is_empty().then_some(());
    until("no Blender is left", seconds(10), gone).await;

    let page = Page::open(&display, home.path(), &[]).await;
    open_job(&page, "first-frame").await;
    all_done(&page, 6).await;
    let books = Books::open(&home.path().join("coordinator"));
    let complete = async || {
        books
            .jobs()
            .iter()
            .all(|(_, status)| status == "complete")
            .then_some(())
    };
    until("the job is complete", seconds(30), complete).await;
    let (job, _) = books.jobs().into_iter().next().expect("a job");
    let expected: Vec<_> = (1..=6).map(|frame| (frame, 1)).collect();
    assert_eq!(books.payouts_by_frame(&job), expected, "each frame is done once");
    books.assert_add_up();
    page.close().await;
    until("no Blender is left", seconds(15), gone).await;
}

/// A scene with a texture that was moved away, and a cube that falls but was never baked.
const TROUBLES: &str = r"
import os
folder = 'TROUBLES_FOLDER'
picture = bpy.data.images.new('wood', 8, 8)
picture.filepath_raw = os.path.join(folder, 'moved', 'wood.png')
picture.file_format = 'PNG'
picture.save()
picture.source = 'FILE'
picture.filepath = '//textures/wood.png'
painted = bpy.data.materials.new('Crate')
painted.use_nodes = True
painted.node_tree.nodes.new('ShaderNodeTexImage').image = picture
bpy.ops.mesh.primitive_cube_add(size=0.4, location=(0, 0, 3))
bpy.context.object.data.materials.append(painted)
bpy.ops.rigidbody.object_add(type='ACTIVE')
";

#[tokio::test(flavor = "multi_thread")]
async fn a_troubled_scene_is_mended_before_it_is_rendered() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let folder = home.path().join("scenes");
    std::fs::create_dir_all(folder.join("moved")).expect("a folder");
    let scene = folder.join("crates.blend");
    let script = TROUBLES.replace("TROUBLES_FOLDER", &folder.to_string_lossy());
    blender::edit(&sample(), &script, &scene);
    let before = std::fs::read(&scene).expect("the scene");
    let display = Display::open().await;
    let page = Page::open(&display, home.path(), &[]).await;
    page.resize(1280, 800).await;
    page.see("Drop a .blend here").await;
    drop_on(&page, &display, &scene).await;
    page.see("1 texture is missing").await;
    page.see("Rigid bodies not baked").await;
    looks::look_at(&page, "create-troubled").await;
    // The system's own dialog: a path is typed into it.
    page.click("button", "Search a folder…").await;
    display
        .type_into_dialog("Search this folder", &folder.join("moved"))
        .await;
    page.see("1 file found").await;
    page.click("button", "Bake into the packed copy").await;
    page.see("Settled for this job").await;
    page.click("button", "Check the packed copy").await;
    page.see_within("has the very pixels of the original’s", seconds(120))
        .await;
    page.see("Nothing is missing, nothing is pink").await;
    looks::look_at(&page, "create-mended").await;
    post(&page, "1", RENDER).await;
    let log = home.path().join("logs/desktop.log");
    let said = until("the job is posted", seconds(120), async || {
        std::fs::read_to_string(&log)
            .ok()
            .filter(|text| text.contains("posted"))
    })
    .await;
    assert!(
        said.contains("looked at the packed scene"),
        "no Blender looked before it was posted"
    );
    page.see("Rendering").await;
    assert!(
        std::fs::read(&scene).expect("the scene") == before,
        "the artist's file is changed"
    );
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_refused_with_words() {
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let display = Display::open().await;
    let page = Page::open(&display, home.path(), &[]).await;
    page.resize(1280, 800).await;
    page.see("Drop a .blend here").await;
    let fine = std::fs::read(sample()).expect("the sample");
    for (name, bytes) in [
        ("diary.blend", &b"Dear diary, this is not a scene."[..]),
        ("half.blend", &fine[..fine.len() / 2]),
        ("empty.blend", b""),
    ] {
        let file = home.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        drop_on(&page, &display, &file).await;
        page.see(&format!("{name} was not opened")).await;
        page.photograph(&format!("refused-{name}")).await;
    }
    // And then a good one, without a restart.
    drop_on(&page, &display, &sample()).await;
    page.see("What will be rendered").await;
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
}

/// Two shots in the queue: the second is put first, all of it rests for a while, and the computer would go to sleep after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_put_in_order_and_rests_when_asked() {
    const MANY: usize = 12;
    let _screen = SCREEN.lock().await;
    let home = new_home();
    let beside = TempDir::new().expect("a folder");
    let (long, urgent) = (beside.path().join("long.blend"), beside.path().join("urgent.blend"));
    std::fs::copy(sample(), &urgent).expect("a copy of the sample");
    // Frames of two seconds and more.
    blender::edit(&sample(), "scene.cycles.samples = 80", &long);
    let display = Display::open().await;
    let page = Page::open(&display, home.path(), &[]).await;
    page.resize(1280, 800).await;
    page.see("Drop a .blend here").await;
    drop_on(&page, &display, &long).await;
    post(&page, &format!("1-{MANY}"), RENDER).await;
    until("the first frame is in", JOB, async || {
        (!page.all("gridcell", DONE).await.is_empty()).then_some(())
    })
    .await;
    page.click("link", "Create").await;
    page.see("Drop a .blend here").await;
    drop_on(&page, &display, &urgent).await;
    post(&page, "1-2", RENDER).await;
    page.see("2nd of 2 in the queue").await;

    page.click("link", "Jobs").await;
    page.tab_to("button", "Move urgent").await;
    page.press("ArrowUp").await;
    let books = Books::open(&home.path().join("coordinator"));
    until("urgent stands first", seconds(20), async || {
        let first = books.text("SELECT name FROM jobs ORDER BY COALESCE(turn, seq) LIMIT 1");
        (first == "urgent").then_some(())
    })
    .await;
    page.click("combobox", "When the queue is done: Do nothing").await;
    page.click("option", "Sleep").await;
    page.find("combobox", "When the queue is done: Sleep").await;
    looks::look_at(&page, "queue").await;

    page.click("button", "Pause all").await;
    page.see("Pause all jobs?").await;
    page.photograph("queue-pause").await;
    page.click("button", "Stop at once").await;
    page.find("button", "Go on with all").await;
    let gone = async || blenders_that_use(home.path()).is_empty().then_some(());
    until("Blender has ended", seconds(30), gone).await;
    page.click("button", "Go on with all").await;

    // Nobody is sent to sleep who is there to say no.
    page.see_within("The queue is done", JOB).await;
    page.photograph("queue-done").await;
    page.click("button", "Stay on").await;
    until("the question is gone", seconds(20), async || {
        page.all("dialog", ".*").await.is_empty().then_some(())
    })
    .await;

    let order = books.frames_in_order();
    let frames = |name: &str| order.iter().filter(|(job, _)| job == name).count();
    assert_eq!((frames("long"), frames("urgent")), (MANY, 2), "each once: {order:?}");
    let last = |name: &str| order.iter().rposition(|(job, _)| job == name);
    assert!(last("urgent") < last("long"), "{order:?}");
    assert_eq!(page.reported_errors(), Vec::<String>::new(), "the page reported errors");
    page.close().await;
}
