//! The main job over stores of others: a node with Kubo's RPC, the coordinator's own store, and a worker that reads from
//! nothing but a gateway.

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;
use veriframe_peers::{Boxo, BoxoGateway, NodeKind, RpcNode};
use veriframe_tests::blender::Scene;
use veriframe_tests::http::answers;
use veriframe_tests::ledger::Books;
use veriframe_tests::program::{Finished, Program, run_command, veriframe};
use veriframe_tests::wait::{seconds, until};

const FRAMES: u32 = 2;
/// Every `.blend` begins with this, compressed ones apart, and the test's is not.
const BLEND_MAGIC: &[u8] = b"BLENDER-v";

/// Three homes, a scene, and the choice of stores of each.
struct Farm {
    all: TempDir,
    name: &'static str,
}

type Stores<'a> = &'a [(&'a str, &'a str)];

impl Farm {
    fn new(name: &'static str) -> Self {
        let farm = Self {
            all: TempDir::new().expect("a folder"),
            name,
        };
        for home in ["coordinator", "artist", "worker", "stranger"] {
            std::fs::create_dir(farm.home(home)).expect("a folder");
        }
        let scene = Scene {
            frames: FRAMES,
            width: 64,
            height: 36,
            samples: 1,
        };
        scene.write(&farm.scene());
        farm
    }

    fn home(&self, who: &str) -> PathBuf {
        self.all.path().join(who)
    }

    fn scene(&self) -> PathBuf {
        self.all.path().join("spin.blend")
    }

    fn command(&self, who: &str, arguments: &[&str], stores: Stores<'_>) -> Command {
        let mut command = veriframe(&self.home(who), arguments);
        command.envs(stores.iter().copied());
        command
    }

    fn start(&self, who: &str, arguments: &[&str], stores: Stores<'_>) -> Program {
        Program::start(
            &format!("stores-{}-{who}", self.name),
            self.command(who, arguments, stores),
        )
    }

    async fn run(&self, who: &str, arguments: &[&str], stores: Stores<'_>) -> Finished {
        let name = format!("stores-{}-{who}-{}", self.name, arguments[0]);
        run_command(&name, self.command(who, arguments, stores), seconds(240)).await
    }

    /// A coordinator, and where it answers.
    async fn coordinator(&self, stores: Stores<'_>) -> (Program, String) {
        let serve = ["coordinator", "serve", "--listen", "127.0.0.1:0"];
        let program = self.start("coordinator", &serve, stores);
        let file = self.home("coordinator").join("coordinator.url");
        let url = until("the coordinator says where it listens", seconds(20), async || {
            let url = std::fs::read_to_string(&file).ok()?.trim().to_owned();
            answers(&url, "/health").then_some(url)
        })
        .await;
        (program, url)
    }

    fn books(&self) -> Books {
        Books::open(&self.home("coordinator").join("coordinator"))
    }

    fn worker(&self, url: &str, stores: Stores<'_>) -> Program {
        self.start("worker", &["provide", "--coordinator", url], stores)
    }

    /// Posts the scene and waits for its frames.
    async fn render(&self, url: &str, stores: Stores<'_>) {
        let (scene, out) = (self.scene(), self.all.path().join("frames"));
        let (scene, out) = (scene.to_string_lossy(), out.to_string_lossy());
        let arguments = ["render", &scene, "--coordinator", url, "--no-worker", "--out", &out];
        self.run("artist", &arguments, stores).await.expect_success();
        assert_eq!(pictures(&self.all.path().join("frames")), FRAMES as usize);
        self.books().assert_add_up();
    }

    /// What the job's workers fetched.
    fn scene_cid(&self) -> String {
        self.books().text("SELECT asset_cid FROM jobs")
    }

    /// The whole scene as a CAR, from wherever `who` finds it.
    async fn export(&self, who: &str, cid: &str, stores: Stores<'_>) -> PathBuf {
        let car = self.all.path().join("scene.car");
        let arguments = ["content", "export", cid, "-o", &car.to_string_lossy()];
        self.run(who, &arguments, stores).await.expect_success();
        car
    }
}

fn pictures(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("the frames' folder");
    let is_picture = |path: &Path| path.extension().is_some_and(|end| end == "png");
    entries
        .filter(|entry| is_picture(&entry.as_ref().expect("an entry").path()))
        .count()
}

#[track_caller]
fn assert_sealed(car: &Path) {
    let bytes = std::fs::read(car).expect("a CAR");
    assert!(bytes.len() > 10_000, "the scene is in it");
    let reads = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    assert!(!reads(BLEND_MAGIC) && !reads(b"spin.blend"), "the scene left unsealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_over_an_rpc_node() {
    let nodes = NodeKind::all_present();
    for kind in nodes {
        let farm = Farm::new("rpc");
        let node = RpcNode::start(kind, &farm.all.path().join("repo"));
        let reads = [("VERIFRAME_KUBO", node.api_url.as_str())];
        let node_only = [reads[0], ("VERIFRAME_COORDINATOR_STORE", "off")];
        let (_coordinator, url) = farm.coordinator(&reads).await;
        let _worker = farm.worker(&url, &node_only);
        farm.render(&url, &node_only).await;
        // Anybody can fetch it from the node, and nobody can read it.
        let car = farm.export("stranger", &farm.scene_cid(), &reads).await;
        assert_sealed(&car);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_over_the_coordinators_store() {
    let farm = Farm::new("coordinator");
    let (_coordinator, url) = farm.coordinator(&[]).await;
    let _worker = farm.worker(&url, &[]);
    farm.render(&url, &[]).await;
    let gateway = [("VERIFRAME_GATEWAYS", url.as_str())];
    let car = farm.export("stranger", &farm.scene_cid(), &gateway).await;
    assert_sealed(&car);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_only_a_gateway() {
    let Some(boxo) = Boxo::find() else { return };
    let farm = Farm::new("gateway");
    let (_coordinator, url) = farm.coordinator(&[]).await;
    let scene = farm.scene();
    let post = ["post", &scene.to_string_lossy(), "--coordinator", &url];
    farm.run("artist", &post, &[]).await.expect_success();
    let cid = farm.scene_cid();
    let repo = farm.all.path().join("repo");
    boxo.import(&repo, &farm.export("coordinator", &cid, &[]).await);
    let gateway = BoxoGateway::start(&boxo, &repo);
    // Frames go to the coordinator; the scene can come from the gateway alone.
    let stores = [
        ("VERIFRAME_GATEWAYS", gateway.url.as_str()),
        ("VERIFRAME_COORDINATOR_STORE", "write"),
    ];
    let _worker = farm.worker(&url, &stores);
    let books = farm.books();
    until("the job is complete", seconds(240), async || {
        let (_, status) = books.jobs().into_iter().next()?;
        assert!(
            !["failed", "cancelled", "expired"].contains(&status.as_str()),
            "{status}"
        );
        (status == "complete").then_some(())
    })
    .await;
    books.assert_add_up();
}
