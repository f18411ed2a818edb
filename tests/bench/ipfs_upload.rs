//! What an upload sends, and how long it takes, over a line that counts.

use crate::counter::Counter;
use crate::measure::report;
use crate::noise;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;
use veriframe_peers::Figure;
use veriframe_tests::blender::{self, Scene};
use veriframe_tests::http::answers;
use veriframe_tests::program::{Program, run, veriframe};
use veriframe_tests::wait::{seconds, until};

/// One of 1024 pixels square takes 3 MiB.
const TEXTURES: u32 = 100;
const TEXTURE_SIDE: u32 = 1024;
/// A grid of this many points each way makes a .blend of about 20 MB.
const GRID: u32 = 490;
const FILES: u32 = 2000;
/// 12 kB each.
const FILE_SIDE: u32 = 64;

/// A coordinator, and the line to it.
struct Coordinator {
    line: Counter,
    _program: Program,
}

impl Coordinator {
    async fn start(name: &str, home: &Path) -> Self {
        let line = Counter::open();
        // Sign-ins are bound to the address that the client sees.
        let arguments = [
            "coordinator",
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--origin",
            &line.url(),
        ];
        let program = Program::start(name, veriframe(home, &arguments));
        let url = until("the coordinator answers", seconds(20), async || {
            let url = fs::read_to_string(home.join("coordinator.url")).ok()?.trim().to_owned();
            answers(&url, "/health").then_some(url)
        })
        .await;
        line.forward(url.trim_start_matches("http://").to_owned());
        Self {
            line,
            _program: program,
        }
    }
}

/// Folders of one bench.
struct Folders(TempDir);

impl Folders {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn make(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    }
}

/// A scene that needs these pictures; `extra` is Python that adds to it.
fn write_scene(path: &Path, pictures: &Path, count: u32, side: u32, extra: &str) {
    for number in 0..count {
        let picture = pictures.join(format!("picture_{number:04}.bmp"));
        noise::picture(&picture, side, u64::from(number));
    }
    let small = Scene {
        frames: 1,
        width: 64,
        height: 36,
        samples: 1,
    };
    small.write(path);
    let pictures = pictures.to_string_lossy();
    let script = format!(
        r"
import os
look = bpy.data.materials.new('look')
look.use_nodes = True
for name in sorted(os.listdir({pictures:?})):
    node = look.node_tree.nodes.new('ShaderNodeTexImage')
    node.image = bpy.data.images.load(os.path.join({pictures:?}, name))
bpy.data.objects['Cube'].data.materials.append(look)
{extra}"
    );
    blender::edit(path, &script, path);
}

async fn post(name: &str, home: &Path, scene: &Path, coordinator: &str, options: &[&str]) {
    let scene = scene.to_string_lossy();
    let mut arguments = vec!["post", &scene, "--coordinator", coordinator];
    arguments.extend(options);
    run(name, home, &arguments, seconds(300)).await.expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn ipfs_resubmission_sends_what_changed() {
    let folders = Folders::new();
    let scene = folders.make("project").join("scene.blend");
    let grid = format!(
        r"
n = {GRID}
mesh = bpy.data.meshes.new('ground')
mesh.from_pydata(
    [(x, y, (x * 7919 + y * 104729) % 1000 / 1000) for x in range(n) for y in range(n)],
    [],
    [(x * n + y, x * n + y + 1, (x + 1) * n + y + 1, (x + 1) * n + y) for x in range(n - 1) for y in range(n - 1)],
)
scene.collection.objects.link(bpy.data.objects.new('ground', mesh))
"
    );
    let textures = folders.make("project/textures");
    write_scene(&scene, &textures, TEXTURES, TEXTURE_SIDE, &grid);
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let length = fs::metadata(&scene).expect("the scene").len();
    report("the .blend", &format!("{:.1} MB", megabytes(length)));
    let coordinator = Coordinator::start("bench-resubmission", &folders.make("coordinator")).await;

    for (name, options) in [("sealed", &[][..]), ("not sealed", &["--no-encrypt"][..])] {
        let artist = folders.make(&format!("artist {name}"));
        let mut sent = Vec::new();
        for _ in 0..2 {
            post("bench-resubmit", &artist, &scene, &coordinator.line.url(), options).await;
            sent.push(coordinator.line.take().bytes);
            blender::edit(&scene, "bpy.data.objects['Cube'].location.x += 1.0", &scene);
        }
        let [first, second] = sent[..] else {
            unreachable!("it was posted twice")
        };
        assert!(first > 300_000_000, "{first} bytes are not the whole scene");
        let name = format!("resubmission after an object was moved, {name}");
        Figure::new(&name, megabytes(second), "MB").at_most(0.1, "the first time", megabytes(first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ipfs_upload_of_2000_files() {
    let folders = Folders::new();
    let scene = folders.make("project").join("scene.blend");
    let pictures = folders.make("project/pictures");
    write_scene(&scene, &pictures, FILES, FILE_SIDE, "");
    let coordinator = Coordinator::start("bench-upload", &folders.make("coordinator")).await;
    let artist = folders.make("artist");
    post("bench-upload-post", &artist, &scene, &coordinator.line.url(), &[]).await;
    let ours = coordinator.line.take();
    assert!(ours.bytes > 24_000_000, "{} bytes are not 2,000 files", ours.bytes);

    // The pictures alone, as they are: other blocks than the sealed ones that the coordinator has by now.
    let car = folders.0.path().join("pictures.car");
    let root = export(&folders.make("exporter"), &pictures, &car).await;
    let blocks = sections(&fs::read(&car).expect("the CAR"));
    assert!(blocks.len() > FILES as usize, "a block for each file, and the folder");
    let started = Instant::now();
    let mut line = Line::connect(&coordinator.line.address(), &ours.token);
    for block in &blocks {
        line.post(
            "car",
            "application/vnd.ipld.car; version=1",
            &[CAR_HEADER, block].concat(),
        );
    }
    let pinned = line.post("pins", "application/json", format!(r#"{{"root":"{root}"}}"#).as_bytes());
    let theirs = started.elapsed();
    assert!(pinned.contains(r#""pinned":true"#), "{pinned}");

    report(
        "requests of ours, and of one for each file",
        &format!("{}, {}", ours.requests, blocks.len() + 1),
    );
    Figure::new(
        "upload of a scene of 2,000 files, sealed",
        ours.took().as_secs_f64(),
        "s",
    )
    .at_most(0.2, "the files alone, one request each", theirs.as_secs_f64());
}

/// Its CID.
async fn export(home: &Path, path: &Path, car: &Path) -> String {
    let path = path.to_string_lossy();
    let put = run("bench-put", home, &["content", "put", &path], seconds(60)).await;
    let said = put.expect_success().stdout;
    let root = said.split_whitespace().next().expect("a CID").to_owned();
    let car = car.to_string_lossy();
    let arguments = ["content", "export", &root, "-o", &car];
    run("bench-export", home, &arguments, seconds(60))
        .await
        .expect_success();
    root
}

/// `{"roots": [], "version": 1}` in dag-cbor, and its length: a CAR of no root.
const CAR_HEADER: &[u8] = b"\x11\xa2\x65roots\x80\x67version\x01";

/// The parts of a CAR behind its header: each a length, a CID and a block.
fn sections(car: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = car;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| **byte >= 0x80).count() + 1;
        let length = rest[..digits]
            .iter()
            .rev()
            .fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
        let (part, behind) = rest.split_at(digits + length);
        parts.push(part.to_vec());
        rest = behind;
    }
    parts.split_off(1)
}

/// One connection that is kept open, one request after the other.
struct Line {
    stream: TcpStream,
    address: String,
    token: String,
}

impl Line {
    fn connect(address: &str, token: &str) -> Self {
        assert!(!token.is_empty(), "a request carried a token");
        let stream = TcpStream::connect(address).expect("the line is open");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(seconds(30))).expect("a socket");
        Self {
            stream,
            address: address.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The answer's body.
    fn post(&mut self, what: &str, kind: &str, body: &[u8]) -> String {
        let mut request = format!(
            "POST /api/v1/content/{what} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            self.token,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).expect("the coordinator reads");
        let mut answer = String::new();
        loop {
            if let Some((head, body)) = answer.split_once("\r\n\r\n") {
                assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("content-length")
                        .then(|| value.parse::<usize>().ok())?
                });
                if body.len() >= length.expect("short answers have a length") {
                    return body.to_owned();
                }
            }
            let mut piece = [0; 4096];
            let length = self.stream.read(&mut piece).expect("the coordinator answers");
            assert!(length > 0, "the coordinator hung up: {answer}");
            answer.push_str(std::str::from_utf8(&piece[..length]).expect("JSON"));
        }
    }
}
