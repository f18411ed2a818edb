//! The real program, on the store of its home.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};
use veriframe_ipfs::{BlockStore, Cid, block::raw_cid, car};
use veriframe_testkit::{TempHome, program::on_home};

/// How long anything here may take.
const DEADLINE: Duration = Duration::from_mins(1);
/// Longer than a chunk, so that it has several blocks.
const LARGE: usize = (2 << 20) + 5;

fn veriframe(home: &TempHome) -> Command {
    let mut command = on_home(Path::new(env!("CARGO_BIN_EXE_veriframe")), home.home.root());
    command.env_remove("VERIFRAME_SCENE_KEY");
    command
}

fn run(home: &TempHome, arguments: &[&str]) -> Output {
    veriframe(home).args(arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The one JSON document on standard output.
fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", text(&output.stdout), text(&output.stderr)))
}

/// What a command that succeeds answers.
fn done(home: &TempHome, arguments: &[&str]) -> serde_json::Value {
    let output = run(home, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    json(&output)
}

/// How a command fails: its exit code, and the code for scripts.
fn refused(home: &TempHome, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(home, &[arguments, &["--json"]].concat());
    let code = json(&output)["error"]["code"].as_str().unwrap_or_default().to_owned();
    (output.status.code(), code)
}

fn why(exit: i32, code: &str) -> (Option<i32>, String) {
    (Some(exit), code.to_owned())
}

fn cid(answer: &serde_json::Value) -> String {
    answer["cid"].as_str().expect("a CID").to_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in Unicode")
}

/// A folder with a file of several blocks, and a folder in it.
fn scene(home: &TempHome) -> PathBuf {
    let folder = home.beside().join("scene");
    fs::create_dir_all(folder.join("textures")).unwrap();
    let large: Vec<u8> = (0..LARGE).map(|place| (place * 7 % 251) as u8).collect();
    fs::write(folder.join("scene.blend"), large).unwrap();
    fs::write(folder.join("textures/wood.png"), b"wood").unwrap();
    folder
}

fn assert_is_scene(folder: &Path, original: &Path) {
    for name in ["scene.blend", "textures/wood.png"] {
        assert!(
            fs::read(folder.join(name)).unwrap() == fs::read(original.join(name)).unwrap(),
            "{name} differs"
        );
    }
}

fn block_file(home: &TempHome, cid: &Cid) -> PathBuf {
    let name = cid.to_string();
    let shards = fs::read_dir(home.home.blocks().join("blocks")).unwrap();
    shards
        .map(|shard| shard.unwrap().path().join(&name))
        .find(|file| file.is_file())
        .expect("a block")
}

fn store(home: &TempHome) -> BlockStore {
    BlockStore::open(home.home.blocks()).unwrap()
}

#[test]
fn a_tree_goes_from_home_to_home_as_a_car() {
    let (here, there) = (TempHome::new(), TempHome::new());
    let scene = scene(&here);
    let put = done(&here, &["content", "put", path(&scene)]);
    let root = cid(&put);
    assert_eq!(put["bytes"], LARGE as u64 + 4);
    assert_eq!((&put["files"], &put["pinned"]), (&2.into(), &true.into()));
    assert_eq!(cid(&done(&here, &["cid", path(&scene)])), root);

    let pins = done(&here, &["content", "ls"]);
    assert_eq!(pins.as_array().unwrap().len(), 1);
    assert_eq!(cid(&pins[0]), root);
    assert_eq!(
        (&pins[0]["complete"], &pins[0]["sealed"]),
        (&true.into(), &false.into())
    );
    let inside = done(&here, &["content", "ls", &format!("{root}/textures")]);
    assert_eq!(
        (&inside[0]["name"], &inside[0]["bytes"]),
        (&"wood.png".into(), &4.into())
    );
    assert_eq!(cid(&inside[0]), raw_cid(b"wood").to_string());

    let file = here.beside().join("scene.car");
    let exported = done(&here, &["content", "export", &root, "-o", path(&file)]);
    assert_eq!(exported["bytes"], fs::metadata(&file).unwrap().len());
    let imported = done(&there, &["content", "import", "--pin", path(&file)]);
    assert_eq!(cid(&imported["roots"][0]), root);
    assert_eq!(imported["roots"][0]["complete"], true);
    let out = there.beside().join("out");
    done(&there, &["content", "get", &root, "-o", path(&out)]);
    assert_is_scene(&out, &scene);
    let wood = there.beside().join("wood.png");
    done(
        &there,
        &[
            "content",
            "get",
            &format!("{root}/textures/wood.png"),
            "-o",
            path(&wood),
        ],
    );
    assert_eq!(fs::read(&wood).unwrap(), b"wood");

    let again = ["content", "get", &root, "-o", path(&out)];
    assert_eq!(refused(&there, &again), why(3, "exists"));
    assert_eq!(
        refused(&there, &["content", "ls", &format!("{root}/no")]),
        why(3, "not_found")
    );
    assert_eq!(refused(&there, &["content", "ls", "nonsense"]), why(3, "invalid_cid"));
}

#[test]
fn the_cid_is_the_first_word_of_the_last_line() {
    let home = TempHome::new();
    let scene = scene(&home);
    let expected = cid(&done(&home, &["cid", path(&scene)]));
    let file = home.beside().join("a.car");
    for arguments in [
        &["cid", path(&scene)][..],
        &["content", "put", path(&scene)],
        &["content", "ls"],
        &["content", "export", &expected, "-o", path(&file)],
        &["content", "import", "--pin", path(&file)],
        &["content", "pin", &expected],
    ] {
        let output = run(&home, arguments);
        let printed = text(&output.stdout);
        let last = printed.lines().last().unwrap_or_default();
        assert_eq!(last.split_whitespace().next(), Some(expected.as_str()), "{arguments:?}");
    }
}

#[test]
fn a_car_goes_through_pipes() {
    let (here, there) = (TempHome::new(), TempHome::new());
    let scene = scene(&here);
    let root = cid(&done(&here, &["content", "put", path(&scene)]));
    let exported = run(&here, &["content", "export", &root, "-o", "-"]);
    assert!(exported.status.success());
    let mut import = veriframe(&there)
        .args(["content", "import", "--pin", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(&exported.stdout).unwrap();
    let imported = import.wait_with_output().unwrap();
    assert_eq!(json(&imported)["roots"][0]["complete"], true);
    let both = ["content", "export", &root, "-o", "-"];
    assert_eq!(refused(&here, &both), why(3, "invalid_settings"));
}

#[test]
fn a_reference_whose_file_changed_is_told() {
    let home = TempHome::new();
    let scene = scene(&home);
    let put = done(&home, &["content", "put", path(&scene), "--reference"]);
    let root = cid(&put);
    assert_eq!(put["referenced"], true);
    assert!(store(&home).usage().unwrap().bytes < 4096, "the content was copied");
    let out = home.beside().join("out");
    done(&home, &["content", "get", &root, "-o", path(&out)]);
    assert_is_scene(&out, &scene);
    let blend = scene.join("scene.blend");
    let mut bytes = fs::read(&blend).unwrap();
    bytes[LARGE / 2] ^= 1;
    fs::write(&blend, bytes).unwrap();
    let other = home.beside().join("other");
    let get = ["content", "get", &root, "-o", path(&other)];
    assert_eq!(refused(&home, &get), why(1, "source_changed"));
    assert!(!other.exists());
}

#[test]
fn a_collection_keeps_what_is_pinned() {
    let home = TempHome::new();
    let scene = scene(&home);
    let root = cid(&done(&home, &["content", "put", path(&scene)]));
    let stray = home.beside().join("stray");
    fs::write(&stray, vec![9; 1000]).unwrap();
    done(&home, &["content", "put", path(&stray), "--no-pin"]);
    let nothing = done(&home, &["content", "gc", "--down-to", "1GiB"]);
    assert_eq!(nothing["blocks"], 0);
    let collected = done(&home, &["content", "gc"]);
    assert_eq!((&collected["blocks"], &collected["bytes"]), (&1.into(), &1000.into()));
    assert_eq!(collected["left"]["bytes"], collected["left"]["kept_bytes"]);
    let out = home.beside().join("out");
    done(&home, &["content", "get", &root, "-o", path(&out)]);
    assert_is_scene(&out, &scene);

    done(&home, &["content", "pin", &root, "--remove"]);
    assert_eq!(
        refused(&home, &["content", "pin", &root, "--remove"]),
        why(3, "not_found")
    );
    assert_eq!(done(&home, &["content", "gc"])["left"]["blocks"], 0);
    assert_eq!(refused(&home, &["content", "pin", &root]), why(3, "not_found"));
    let gone = home.beside().join("gone");
    assert_eq!(
        refused(&home, &["content", "get", &root, "-o", path(&gone)]),
        why(3, "not_found")
    );
    assert_eq!(
        run(&home, &["content", "gc", "--down-to", "some"]).status.code(),
        Some(2)
    );
}

#[test]
fn a_flipped_byte_is_found() {
    let home = TempHome::new();
    let scene = scene(&home);
    let root = cid(&done(&home, &["content", "put", path(&scene)]));
    let whole = done(&home, &["content", "verify"]);
    assert_eq!(whole["damaged"], serde_json::json!([]));
    let wood = raw_cid(b"wood");
    fs::write(block_file(&home, &wood), b"wooD").unwrap();
    let output = run(&home, &["content", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found = json(&output);
    assert_eq!(found["damaged"], serde_json::json!([wood.to_string()]));
    assert_eq!(found["incomplete"], serde_json::json!([root]));
    let text_again = run(&home, &["content", "verify"]);
    assert_eq!(text_again.status.code(), Some(1));
    assert!(text(&text_again.stdout).contains(&format!("{root}  incomplete")));
    assert_eq!(done(&home, &["content", "ls"])[0]["complete"], false);
    let file = home.beside().join("scene.car");
    let export = ["content", "export", &root, "-o", path(&file)];
    assert_eq!(refused(&home, &export), why(3, "not_found"));
    assert!(!file.exists());
    // Taken in again, it is whole again.
    done(&home, &["content", "put", path(&scene)]);
    done(&home, &["content", "verify"]);
}

#[test]
fn of_a_bad_car_the_good_blocks_stay() {
    let home = TempHome::new();
    let (good, evil) = (raw_cid(b"good"), raw_cid(b"evil"));
    let mut bytes = car::header(&[good]);
    car::append_block(&mut bytes, &good, b"good");
    car::append_block(&mut bytes, &evil, b"evil");
    let file = home.beside().join("bad.car");
    let import = ["content", "import", "--pin", path(&file)];
    let without = [
        // Cut in the middle, and with a block that is another.
        bytes[..bytes.len() - 1].to_vec(),
        [&bytes[..bytes.len() - 1], b"L"].concat(),
    ];
    for bad in without {
        fs::write(&file, bad).unwrap();
        assert_eq!(refused(&home, &import), why(3, "corrupt"));
        assert!(store(&home).has(&good) && !store(&home).has(&evil));
        assert_eq!(done(&home, &["content", "ls"]), serde_json::json!([]));
        done(&home, &["content", "gc"]);
    }
    fs::write(&file, b"this is no CAR").unwrap();
    assert_eq!(refused(&home, &import).0, Some(3));
    let mut rootless = car::header(&[]);
    car::append_block(&mut rootless, &good, b"good");
    fs::write(&file, rootless).unwrap();
    assert_eq!(refused(&home, &import), why(3, "no_roots"));
    done(&home, &["content", "import", path(&file)]);
    assert!(store(&home).has(&good));
    fs::remove_file(&file).unwrap();
    assert_eq!(refused(&home, &import), why(3, "not_found"));
}

#[test]
fn a_tree_may_come_in_several_cars() {
    let (here, there) = (TempHome::new(), TempHome::new());
    let root = cid(&done(&here, &["content", "put", path(&scene(&here))]));
    let root_cid: Cid = root.parse().unwrap();
    let blocks = store(&here).tree_blocks(&root_cid).unwrap();
    let (first, second) = blocks.split_at(2);
    let files: Vec<PathBuf> = [first, second]
        .iter()
        .enumerate()
        .map(|(number, part)| {
            let file = there.beside().join(format!("{number}.car"));
            let mut out = fs::File::create(&file).unwrap();
            let cids = part.iter().map(|block| block.cid);
            car::write_car(&store(&here), &[root_cid], cids, &mut out).unwrap();
            file
        })
        .collect();
    let half = done(&there, &["content", "import", "--pin", path(&files[0])]);
    assert_eq!(half["roots"][0]["complete"], false);
    assert_eq!(done(&there, &["content", "ls"])[0]["complete"], false);
    // What is there of a pinned tree stays until the rest comes.
    assert_eq!(done(&there, &["content", "gc"])["blocks"], 0);
    let whole = done(
        &there,
        &["content", "import", "--pin", path(&files[0]), path(&files[1])],
    );
    assert_eq!(whole["roots"].as_array().unwrap().len(), 1);
    assert_eq!(whole["roots"][0]["complete"], true);
    done(&there, &["content", "verify"]);
}

#[test]
fn what_is_sealed_opens_with_its_key_alone() {
    let home = TempHome::new();
    let scene = scene(&home);
    let put = done(&home, &["content", "put", path(&scene), "--seal"]);
    let (root, key) = (cid(&put), put["key"].as_str().unwrap().to_owned());
    assert_eq!(key.len(), 64);
    assert_ne!(cid(&done(&home, &["cid", path(&scene)])), root);
    assert_eq!(done(&home, &["content", "ls"])[0]["sealed"], true);
    let out = home.beside().join("out");
    let get = ["content", "get", &root, "-o", path(&out)];
    assert_eq!(refused(&home, &get), why(3, "sealed"));
    let wrong = "0".repeat(64);
    assert_eq!(
        refused(&home, &[&get[..], &["--key", &wrong]].concat()),
        why(3, "wrong_key")
    );
    let slip = &key[1..];
    let output = run(&home, &[&get[..], &["--key", slip]].concat());
    assert_eq!(output.status.code(), Some(3));
    assert!(!text(&output.stderr).contains(slip), "the key is shown");
    assert!(!out.exists());
    done(&home, &[&get[..], &["--key", &key]].concat());
    assert_is_scene(&out, &scene);

    // One key, one CID; from the environment as from the command line, and then it is not repeated.
    let output = veriframe(&home)
        .args(["content", "put", path(&scene), "--seal", "--reference", "--json"])
        .env("VERIFRAME_SCENE_KEY", &key)
        .output()
        .unwrap();
    let again = json(&output);
    assert_eq!(cid(&again), root);
    assert!(again.get("key").is_none());
}

#[test]
fn what_lies_in_its_own_name_needs_no_store() {
    let home = TempHome::new();
    let out = home.beside().join("hello");
    done(&home, &["content", "get", "bafkqablimvwgy3y", "-o", path(&out)]);
    assert_eq!(fs::read(&out).unwrap(), b"hello");
}

/// A coordinator on a home, until it is dropped.
struct Coordinator {
    child: Child,
    address: String,
}

impl Coordinator {
    fn serve(home: &TempHome) -> Self {
        let mut child = veriframe(home)
            .args(["coordinator", "serve", "--listen", "127.0.0.1:0", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (said, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = lines.read_line(&mut line);
            let _ = said.send(line);
        });
        let mut coordinator = Self {
            child,
            address: String::new(),
        };
        let line = told.recv_timeout(DEADLINE).expect("the coordinator says where it is");
        let answer: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = answer["url"].as_str().unwrap();
        url.strip_prefix("http://")
            .unwrap()
            .clone_into(&mut coordinator.address);
        coordinator
    }

    /// Status and body.
    fn block(&self, cid: &str) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(
            stream,
            "GET /ipfs/{cid}?format=raw HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = text(&answer[..end]).split_whitespace().nth(1).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_coordinator_serves_what_is_pinned_in_its_home_and_nothing_else() {
    let home = TempHome::new();
    let file = |name: &str| {
        let path = home.beside().join(name);
        fs::write(&path, name).unwrap();
        path
    };
    let (before, unpinned, after) = (file("before"), file("unpinned"), file("after"));
    let kept = cid(&done(&home, &["content", "put", path(&before)]));
    let stray = cid(&done(&home, &["content", "put", path(&unpinned), "--no-pin"]));
    let coordinator = Coordinator::serve(&home);
    assert_eq!(coordinator.block(&kept), (200, b"before".to_vec()));
    assert_eq!(coordinator.block(&stray).0, 404);
    assert_eq!(coordinator.block(&raw_cid(b"after").to_string()).0, 404);
    // By other processes, while it serves.
    let late = cid(&done(&home, &["content", "put", path(&after)]));
    assert_eq!(coordinator.block(&late), (200, b"after".to_vec()));
    done(&home, &["content", "pin", &stray]);
    assert_eq!(coordinator.block(&stray), (200, b"unpinned".to_vec()));
    done(&home, &["content", "pin", &kept, "--remove"]);
    assert_eq!(coordinator.block(&kept).0, 404);
}
