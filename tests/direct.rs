//! Direct mode: jobs straight from the chain, with no coordinator anywhere. Scenes and frames go through a node of IPFS.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;
use veriframe_peers::{NodeKind, RpcNode};
use veriframe_tests::blender::{self, Scene};
use veriframe_tests::chain::{Network, TOKEN};
use veriframe_tests::http::answers;
use veriframe_tests::ledger::Books;
use veriframe_tests::pixels;
use veriframe_tests::program::{Program, run_command, veriframe};
use veriframe_tests::wait::{seconds, until};

/// A market, a store that everybody reaches, and a scene.
struct Street {
    all: TempDir,
    name: &'static str,
    network: Network,
    store: RpcNode,
}

impl Street {
    /// `None` where a part is not here.
    async fn open(name: &'static str, frames: u32) -> Option<Self> {
        let kind = NodeKind::all_present().into_iter().next()?;
        let all = TempDir::new().expect("a folder");
        let network = Network::start(all.path()).await?;
        let store = RpcNode::start(kind, &all.path().join("repo"));
        let scene = Scene {
            frames,
            width: 64,
            height: 36,
            samples: 1,
        };
        scene.write(&all.path().join("spin.blend"));
        Some(Self {
            all,
            name,
            network,
            store,
        })
    }

    fn home(&self, who: &str) -> PathBuf {
        self.all.path().join(who)
    }

    fn command(&self, who: &str, arguments: &[&str]) -> Command {
        let mut command = veriframe(&self.home(who), arguments);
        command
            .env("STARKNET_RPC_URL", self.network.devnet.rpc())
            .env("VERIFRAME_KUBO", &self.store.api_url);
        command
    }

    /// Runs to the end, and must succeed; the JSON it printed.
    async fn run(&self, who: &str, arguments: &[&str]) -> Value {
        let name = format!("direct-{}-{who}-{}", self.name, arguments[..2].join("-"));
        let finished = run_command(&name, self.command(who, arguments), seconds(180)).await;
        finished.expect_success().json()
    }

    /// A worker with 100 tokens, 5 of them as its stake; its address.
    async fn hire(&self, who: &str) -> String {
        let address = self.network.join(&self.home(who), 100).await;
        self.run(who, &["chain", "worker", "register", "--stake", "5", "--json"])
            .await;
        address
    }

    async fn post(&self, price: &str, again: &str) -> Value {
        let scene = self.all.path().join("spin.blend");
        let scene = scene.to_string_lossy();
        let job = ["--price", price, "--cap", "5", "--window", "60", "--again", again];
        let arguments: Vec<&str> = ["chain", "post", &scene, "--json"].into_iter().chain(job).collect();
        self.run("artist", &arguments).await
    }

    fn worker(&self, who: &str, more: &[&str]) -> Program {
        let arguments: Vec<&str> = ["provide", "--direct", "--json", "--threads", "1"]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        let name = format!("direct-{}-{who}", self.name);
        Program::start(&name, self.command(who, &arguments))
    }

    async fn wait_for_state(&self, job: u64, state: &str, worker: &mut Program) -> Value {
        until("the job gets on", seconds(180), async || {
            let told = self.network.job(&self.home("artist"), job).await;
            if told["state"] == state {
                return Some(told);
            }
            assert!(worker.ended().is_none(), "the worker ended\n{}", worker.tail());
            None
        })
        .await
    }

    /// Every transaction that was signed in a home.
    fn signed(&self, who: &str) -> Vec<String> {
        let books = rusqlite::Connection::open(self.home(who).join("desktop.sqlite")).expect("a database");
        let mut rows = books
            .prepare("SELECT DISTINCT hash FROM chain_transactions WHERE state = 'succeeded'")
            .expect("the table of transactions");
        let hashes = rows.query_map([], |row| row.get(0)).expect("rows");
        hashes.map(|hash| hash.expect("a hash")).collect()
    }

    /// The frames that a list of results names, fetched by the creator, are those of Blender alone.
    async fn assert_frames(&self, results: &str, frames: u32) {
        let list = self.all.path().join("results.json");
        self.fetch(results, &list).await;
        let list: Value = serde_json::from_slice(&std::fs::read(&list).expect("a list")).expect("JSON");
        let named = list["frames"].as_array().expect("a list of frames");
        assert_eq!(named.len(), frames as usize);
        let plain = self.all.path().join("plain");
        std::fs::create_dir(&plain).expect("a folder");
        let scene = self.all.path().join("spin.blend");
        let plain = blender::render(&scene, &plain, 1, frames.cast_signed(), 100, None);
        for (frame, plain) in named.iter().zip(plain) {
            let ours = self.all.path().join(format!("frame-{}.png", frame["frame"]));
            self.fetch(frame["result_cid"].as_str().expect("a CID"), &ours).await;
            pixels::assert_equal(&ours, &plain);
        }
    }

    async fn fetch(&self, cid: &str, to: &Path) {
        self.run(
            "artist",
            &["content", "get", cid, "-o", &to.to_string_lossy(), "--json"],
        )
        .await;
    }
}

fn steps(worker: &Program) -> Vec<Value> {
    let lines = worker.stdout();
    lines
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn of(steps: &[Value], step: &str) -> Option<Value> {
    steps.iter().find(|told| told["step"] == step).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_rendered_and_paid_with_no_coordinator_anywhere() {
    let Some(street) = Street::open("whole", 2).await else {
        return;
    };
    let network = &street.network;
    let artist = network.join(&street.home("artist"), 100).await;
    let worker_address = street.hire("worker").await;
    let (artist_had, worker_had) = (network.balance(&artist), network.balance(&worker_address));

    let posted = street.post("1.5", "0").await;
    assert_eq!((posted["job"].as_u64(), posted["frames"].as_u64()), (Some(1), Some(2)));
    // The same again is the same job: nothing is paid twice.
    let again = street.post("1.5", "0").await;
    assert_eq!(again, posted);

    let mut worker = street.worker("worker", &["--once"]);
    street.wait_for_state(1, "challengeable", &mut worker).await;
    let accepted = street.run("artist", &["chain", "job", "accept", "1", "--json"]).await;
    let status = worker.end(seconds(60)).await;
    assert!(status.success(), "{}", worker.tail());

    let told = steps(&worker);
    let transactions: Vec<String> = told
        .iter()
        .filter_map(|step| step["transaction"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(
        transactions.len(),
        5,
        "taken, committed, revealed, claimed, withdrawn: {told:?}"
    );
    let spent = network.fees(&transactions);
    assert_eq!(
        network.balance(&worker_address),
        worker_had + 3 * TOKEN - spent,
        "the bond is back"
    );

    let withdrawn = street.run("artist", &["chain", "withdraw", "--json"]).await;
    let by_artist: Vec<String> = [&posted, &accepted, &withdrawn]
        .map(|told| told["transaction"].as_str().expect("a hash").to_owned())
        .into();
    // The account itself was put on the chain on the way.
    let mut signed: BTreeSet<String> = street.signed("artist").into_iter().collect();
    signed.extend(by_artist);
    let signed: Vec<String> = signed.into_iter().collect();
    assert_eq!(signed.len(), 4, "deploy, post, accept, withdraw");
    assert_eq!(network.balance(&artist), artist_had - 3 * TOKEN - network.fees(&signed));

    let revealed = of(&told, "revealed").expect("a result was shown");
    street
        .assert_frames(revealed["detail"].as_str().expect("a CID"), 2)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_after_each_step_goes_on_and_is_paid_once() {
    let Some(street) = Street::open("killed", 3).await else {
        return;
    };
    let network = &street.network;
    network.join(&street.home("artist"), 100).await;
    let address = street.hire("worker").await;
    let had = network.balance(&address);
    street.post("1", "0").await;

    let mut seen = BTreeSet::new();
    let mut kills = 0;
    let mut accepted = false;
    loop {
        let mut worker = street.worker("worker", &["--once"]);
        // The first step that no run before came to, or the end.
        let news = until("the worker gets on", seconds(180), async || {
            if worker.ended().is_some() {
                return Some(None);
            }
            let fresh = |step: &Value| {
                let key = format!("{}{}", step["step"], step["detail"]);
                (!seen.contains(&key)).then_some(key)
            };
            steps(&worker).iter().find_map(fresh).map(Some)
        })
        .await;
        let Some(step) = news else {
            assert!(worker.end(seconds(5)).await.success(), "{}", worker.tail());
            break;
        };
        worker.kill().await;
        kills += 1;
        let shown = step.contains("revealed");
        seen.insert(step);
        assert!(kills < 20, "it never ends: {seen:?}");
        if shown && !accepted {
            accepted = true;
            street.run("artist", &["chain", "job", "accept", "1", "--json"]).await;
        }
    }
    assert!(
        kills >= 7,
        "taken, three frames, committed, revealed, claimed at least: {seen:?}"
    );
    let spent = network.fees(&street.signed("worker"));
    let deployed = 0;
    assert_eq!(
        network.balance(&address),
        had + 3 * TOKEN - spent - deployed,
        "paid once"
    );
    let job = network.job(&street.home("artist"), 1).await;
    assert_eq!(
        (job["state"].as_str(), job["unclaimed"].as_str()),
        (Some("finalised"), Some("0"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_one_gets_the_job_and_the_other_the_next() {
    let Some(street) = Street::open("race", 2).await else {
        return;
    };
    street.network.join(&street.home("artist"), 100).await;
    // A stake for one job each.
    let addresses = BTreeSet::from([street.hire("worker").await, street.hire("rival").await]);
    // Both want the first, which pays more.
    street.post("2", "0").await;
    street.post("1", "0").await;
    let mut worker = street.worker("worker", &[]);
    let _rival = street.worker("rival", &[]);
    let mut took = BTreeSet::new();
    for job in [1, 2] {
        let told = street.wait_for_state(job, "challengeable", &mut worker).await;
        took.insert(told["worker"].as_str().expect("a worker").to_owned());
    }
    assert_eq!(took, addresses, "each has one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_worker_and_one_of_a_coordinator_work_side_by_side() {
    let Some(street) = Street::open("beside", 2).await else {
        return;
    };
    street.network.join(&street.home("artist"), 100).await;
    street.hire("worker").await;
    for home in ["coordinator", "neighbour", "customer"] {
        std::fs::create_dir(street.home(home)).expect("a folder");
    }
    let serve = veriframe(
        &street.home("coordinator"),
        &["coordinator", "serve", "--listen", "127.0.0.1:0"],
    );
    let _coordinator = Program::start("direct-beside-coordinator", serve);
    let file = street.home("coordinator").join("coordinator.url");
    let url = until("the coordinator says where it listens", seconds(20), async || {
        let url = std::fs::read_to_string(&file).ok()?.trim().to_owned();
        answers(&url, "/health").then_some(url)
    })
    .await;
    let provide = ["provide", "--coordinator", &url, "--threads", "1"];
    let _neighbour = Program::start(
        "direct-beside-neighbour",
        veriframe(&street.home("neighbour"), &provide),
    );
    let mut worker = street.worker("worker", &[]);
    street.post("1", "0").await;
    let scene = street.all.path().join("spin.blend");
    let out = street.all.path().join("frames");
    let (scene, out) = (scene.to_string_lossy(), out.to_string_lossy());
    let render = ["render", &scene, "--coordinator", &url, "--no-worker", "--out", &out];
    let rendered = veriframe(&street.home("customer"), &render);
    run_command("direct-beside-customer", rendered, seconds(240))
        .await
        .expect_success();
    street.wait_for_state(1, "challengeable", &mut worker).await;
    Books::open(&street.home("coordinator").join("coordinator")).assert_add_up();
}
