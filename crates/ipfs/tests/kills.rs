//! Programs that are killed in the middle of an upload, a download or a collection: at a hundred points that are drawn
//! from a seed, nothing is damaged, no pin is lost, and the next run goes on where the last one stopped.
//!
//! The programs are this very test, told by the environment what to do. `VERIFRAME_SEED` draws other points.

mod killing;

use killing::{
    Cars, Chance, Collects, Ending, Job, Kind, Point, Remote, Running, Said, Trip, after_a_kill, asked, blocks_in,
    complete, first_seed, run, run_until, whole_blocks,
};
use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};
use veriframe_ipfs::{BlockStore, Cid, Collection, ImportOptions, SealKey, block::raw_cid, cid_of_path};
use veriframe_peers::{SeededStream, a_part_of};

/// All of them in `./dev test full`, otherwise a fifth.
const UPLOADS: u32 = 34;
const DOWNLOADS: u32 = 34;
const COLLECTIONS: u32 = 25;
const PAIRS: u32 = 10;
const _: () = assert!(UPLOADS + DOWNLOADS + COLLECTIONS + PAIRS >= 100);

/// Before a store is made anew.
const KILLS_IN_A_ROW: u64 = 5;
const KEY: u8 = 7;

/// A folder of many small files and some large ones.
struct Scene {
    path: PathBuf,
    bytes: u64,
    root: Cid,
}

impl Scene {
    /// Of more bytes than go into one shard of an upload.
    fn large(folder: &Path) -> Self {
        Self::new(folder.join("large"), 13)
    }

    fn middling(folder: &Path) -> Self {
        Self::new(folder.join("middling"), 7)
    }

    /// Sealing takes its time where nothing is optimised.
    fn small(folder: &Path) -> Self {
        Self::new(folder.join("small"), 1)
    }

    fn new(path: PathBuf, size: usize) -> Self {
        let mut random = SeededStream::new("a scene to be killed with");
        let mut bytes = 0;
        let mut write = |name: String, length: usize| {
            let mut content = vec![0; length];
            random.fill(&mut content);
            let mut file = File::create(path.join(name)).unwrap();
            file.write_all(&content).unwrap();
            bytes += length as u64;
        };
        fs::create_dir_all(path.join("textures/small")).unwrap();
        write("scene.blend".into(), (size << 20) + 5);
        write("hollow".into(), 0);
        for number in 1..=size / 2 {
            write(format!("textures/{number}.exr"), (number << 20) + 77);
        }
        for number in 0..size + 60 {
            write(format!("textures/small/{number}.png"), 100 + number * 150);
        }
        // Two files of equal chunks.
        for name in ["one", "two"] {
            fs::write(path.join(name), vec![1; (size / 3).min(2) << 20]).unwrap();
        }
        let root = cid_of_path(&path).unwrap();
        Self { path, bytes, root }
    }
}

/// Until when the point of a transfer is drawn.
struct Extent {
    /// Over the line.
    bytes: u64,
    requests: u64,
    writes: u64,
    time: Duration,
}

fn point(chance: &mut Chance, extent: &Extent) -> Point {
    match chance.within(0..10) {
        0..4 => Point::Trip(Trip::Bytes(chance.within(1..extent.bytes))),
        4 => Point::Trip(Trip::Request(chance.within(1..extent.requests + 1))),
        5 => Point::Trip(Trip::Answer(chance.within(1..extent.requests + 1))),
        6..8 => Point::Writes(chance.within(1..extent.writes)),
        _ => Point::After(1, micros(chance, extent.time)),
    }
}

fn micros(chance: &mut Chance, below: Duration) -> Duration {
    Duration::from_micros(chance.within(0..below.as_micros() as u64))
}

fn root_after<'a>(lines: &'a [String], word: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '))
}

#[test]
fn a_killed_upload_loses_nothing_and_goes_on() {
    const TEST: &str = "a_killed_upload_loses_nothing_and_goes_on";
    if let Some(job) = asked() {
        return run(&job);
    }
    let mut chance = Chance::new(first_seed(), "upload");
    let folder = tempfile::tempdir().unwrap();
    let scenes = [Scene::large(folder.path()), Scene::small(folder.path())];
    let (mut kills, mut times) = (0, [Duration::from_millis(500); 6]);
    // Where the rounds begin is drawn, too: a part of them is then another part each day.
    for round in chance.within(0..6) as usize.. {
        if kills >= a_part_of(UPLOADS) {
            break;
        }
        let is_sealed = round % 6 > 3;
        let scene = &scenes[usize::from(is_sealed)];
        let time = &mut times[round % 6];
        let place = folder.path().join(format!("round {round}"));
        let remote = Remote::start(&place.join("remote"));
        let source = scene.path.clone();
        let is_copy = round % 2 == 0;
        let job = Job {
            kind: if is_copy {
                Kind::Copy { source }
            } else {
                Kind::Refer { source }
            },
            store: place.join("own"),
            url: remote.url.clone(),
            key: is_sealed.then_some(KEY),
        };
        let mut left = chance.within(2..KILLS_IN_A_ROW + 1);
        loop {
            let there: u64 = remote.blocks().usage().unwrap().bytes;
            let extent = Extent {
                bytes: scene.bytes.saturating_sub(there),
                requests: 5,
                writes: if is_copy { 250 } else { 40 },
                time: *time,
            };
            let point = if left == 0 {
                Point::Never
            } else {
                point(&mut chance, &extent)
            };
            println!("upload {round}, kill {kills}: {point:?} of {:?}", job.kind);
            remote.expect_none_of(&remote.store);
            let (ending, running) = run_until(TEST, &job, &remote, point);

            let own = after_a_kill(&job.store);
            whole_blocks(&remote.store);
            assert_eq!(remote.repeated(), [], "what was there was sent again");
            for root in remote.blocks().pins().unwrap() {
                complete(remote.blocks(), &root);
            }
            if let Some(root) = root_after(&running.lines, "pinned") {
                assert!(own.is_pinned(&root.parse().unwrap()));
            }
            let published = root_after(&running.lines, "published");
            if let Some(root) = published {
                assert!(remote.blocks().is_pinned(&root.parse().unwrap()));
                assert!(job.key.is_some() || root == scene.root.to_string());
            }
            match ending {
                Ending::Killed => kills += 1,
                Ending::Finished => {
                    assert!(published.is_some());
                    assert!(fs::read_dir(job.store.join("refs")).unwrap().next().is_none());
                    *time = running.time();
                    break;
                }
            }
            left = left.saturating_sub(1);
        }
        drop(remote);
        fs::remove_dir_all(place).unwrap();
    }
}

#[test]
fn a_killed_download_loses_nothing_and_goes_on() {
    const TEST: &str = "a_killed_download_loses_nothing_and_goes_on";
    if let Some(job) = asked() {
        return run(&job);
    }
    let mut chance = Chance::new(first_seed(), "download");
    let folder = tempfile::tempdir().unwrap();
    let scenes = [Scene::middling(folder.path()), Scene::small(folder.path())];
    let remote = Remote::start(&folder.path().join("remote"));
    let key = SealKey::from_bytes([KEY; 32]);
    let roots = [(&scenes[0], None), (&scenes[1], Some(&key))].map(|(scene, seal)| {
        let options = ImportOptions {
            seal,
            ..ImportOptions::default()
        };
        let imported = remote.blocks().import(&scene.path, &options, &mut |_| {}, &|| false);
        imported.unwrap().root.to_string()
    });
    let (mut kills, mut times) = (0, [Duration::from_millis(500); 6]);
    for round in chance.within(0..6) as usize.. {
        if kills >= a_part_of(DOWNLOADS) {
            break;
        }
        let is_sealed = round % 6 > 3;
        let scene = &scenes[usize::from(is_sealed)];
        let time = &mut times[round % 6];
        let is_with_cars = round % 2 == 0;
        remote.set_cars(if is_with_cars { Cars::Given } else { Cars::Refused });
        let root = &roots[usize::from(is_sealed)];
        let all = remote.blocks().tree_blocks(&root.parse().unwrap()).unwrap().len() as u64;
        let place = folder.path().join(format!("round {round}"));
        let dest = place.join("out/scene");
        let job = Job {
            kind: Kind::Download {
                root: root.clone(),
                dest: dest.clone(),
            },
            store: place.join("own"),
            url: remote.url.clone(),
            key: is_sealed.then_some(KEY),
        };
        let mut left = chance.within(2..KILLS_IN_A_ROW + 1);
        loop {
            let here = BlockStore::open(&job.store).unwrap().usage().unwrap();
            let lacking = all.saturating_sub(here.blocks).max(1);
            let extent = Extent {
                bytes: scene.bytes.saturating_sub(here.bytes),
                // Its root, and the rest in one.
                requests: if is_with_cars && here.blocks < 2 { 2 } else { lacking },
                writes: 600,
                time: *time,
            };
            let point = if left == 0 {
                Point::Never
            } else {
                point(&mut chance, &extent)
            };
            println!("download {round}, kill {kills}: {point:?} of {:?}", job.kind);
            remote.expect_none_of(&job.store);
            let (ending, running) = run_until(TEST, &job, &remote, point);

            after_a_kill(&job.store);
            assert_eq!(remote.repeated(), [], "what was here was fetched again");
            // Either all of it or nothing has the name.
            let is_there = dest.exists();
            if is_there {
                assert_eq!(cid_of_path(&dest).unwrap(), scene.root);
            }
            match ending {
                Ending::Killed => kills += 1,
                Ending::Finished => {
                    assert!(is_there);
                    *time = running.time();
                }
            }
            if is_there {
                break;
            }
            left = left.saturating_sub(1);
        }
        fs::remove_dir_all(place).unwrap();
    }
}

/// Files for trees that share them.
fn pool(folder: &Path) -> PathBuf {
    let pool = folder.join("pool");
    fs::create_dir(&pool).unwrap();
    let mut random = SeededStream::new("files that trees share");
    for number in 0..24 {
        let mut content = vec![0; number * number * 2500];
        random.fill(&mut content);
        fs::write(pool.join(format!("{number:02}")), content).unwrap();
    }
    pool
}

struct Keeping {
    test: &'static str,
    store: PathBuf,
    trees: PathBuf,
    pool: PathBuf,
    said: Said,
}

impl Keeping {
    fn new(test: &'static str, place: &Path, pool: &Path) -> Self {
        let trees = place.join("trees");
        fs::create_dir_all(&trees).unwrap();
        Self {
            test,
            store: place.join("own"),
            trees,
            pool: pool.to_owned(),
            said: Said::default(),
        }
    }

    fn start(&self, kind: Kind) -> Running {
        let job = Job {
            kind,
            store: self.store.clone(),
            url: String::new(),
            key: None,
        };
        Running::start(self.test, &job)
    }

    fn keeper(&self, seed: u64, collects: Collects) -> Running {
        self.start(Kind::Keep {
            files: self.pool.clone(),
            trees: self.trees.clone(),
            seed,
            collects,
        })
    }

    /// What was acknowledged is as it was, and a collection leaves what is pinned and nothing else.
    fn check(&mut self, lines: &[String], then_collect: bool) {
        self.said.add(lines);
        let store = after_a_kill(&self.store);
        self.said.check(&store);
        if !then_collect {
            return;
        }
        let verified = store.verify().unwrap();
        assert_eq!((verified.damaged, verified.incomplete), (vec![], vec![]));
        store.collect(&Collection::default()).unwrap();
        let mut kept = HashSet::new();
        for root in store.pins().unwrap() {
            for block in store.tree_blocks(&root).unwrap() {
                let data = store.get(&block.cid).unwrap();
                kept.insert(raw_cid(&data).to_string());
            }
        }
        let stray: Vec<String> = blocks_in(&self.store).difference(&kept).cloned().collect();
        assert!(stray.is_empty(), "{stray:?}");
    }
}

#[test]
fn a_killed_collection_takes_nothing_that_is_pinned() {
    if let Some(job) = asked() {
        return run(&job);
    }
    let mut chance = Chance::new(first_seed(), "collection");
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(folder.path());
    let test = "a_killed_collection_takes_nothing_that_is_pinned";
    let mut collected = 0;
    for kills in (0..a_part_of(COLLECTIONS)).step_by(KILLS_IN_A_ROW as usize) {
        let place = folder.path().join(format!("round {kills}"));
        let mut keeping = Keeping::new(test, &place, &pool);
        for number in 0..KILLS_IN_A_ROW {
            let point = match chance.within(0..3) {
                0 => Point::Writes(chance.within(1..400)),
                _ => Point::After(
                    chance.within(1..80) as usize,
                    micros(&mut chance, Duration::from_millis(4)),
                ),
            };
            println!("collection, kill {kills} + {number}: {point:?}");
            let mut keeper = keeping.keeper(chance.number(), Collects::Itself);
            assert!(matches!(keeper.until(point), Ending::Killed));
            assert!(!keeper.lines.iter().any(|line| line == "busy"), "the dead hold nothing");
            collected += keeper.lines.iter().filter(|line| line.starts_with("collected")).count();
            keeping.check(&keeper.lines, chance.one_in(2) || number + 1 == KILLS_IN_A_ROW);
        }
        fs::remove_dir_all(place).unwrap();
    }
    assert!(collected > 0);
}

#[test]
fn one_that_adds_and_one_that_collects_are_killed() {
    if let Some(job) = asked() {
        return run(&job);
    }
    let mut chance = Chance::new(first_seed(), "pair");
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(folder.path());
    let mut keeping = Keeping::new("one_that_adds_and_one_that_collects_are_killed", folder.path(), &pool);
    let (mut pinned, mut collected) = (0, 0);
    let pairs = a_part_of(PAIRS);
    for kills in 0..PAIRS {
        // On a busy computer a few pairs may be killed before there was anything to collect.
        if kills >= pairs && pinned > 0 && collected > 0 {
            break;
        }
        let mut collector = keeping.start(Kind::Collect);
        let mut keeper = keeping.keeper(chance.number(), Collects::Another);
        // Both are at work.
        collector.wait_for("collected");
        keeper.wait_for("pinn");
        let after = |chance: &mut Chance, lines| {
            Point::After(
                chance.within(2..lines) as usize,
                micros(chance, Duration::from_millis(4)),
            )
        };
        let points = [after(&mut chance, 80), after(&mut chance, 30)];
        println!("pair {kills}: {points:?}");
        let (first, second) = if chance.one_in(2) {
            (&mut keeper, &mut collector)
        } else {
            (&mut collector, &mut keeper)
        };
        first.until(points[0]);
        second.until(points[1]);
        let count = |running: &Running, word| running.lines.iter().filter(|line| line.starts_with(word)).count();
        pinned += count(&keeper, "pinned");
        collected += count(&collector, "collected") - count(&collector, "collected 0");
        keeping.check(&keeper.lines, chance.one_in(3) || kills + 1 >= pairs);
    }
    assert!(pinned > 0 && collected > 0, "{pinned} pinned, {collected} collections");
}
