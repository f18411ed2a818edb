//! Direct mode: jobs straight from the chain, with no coordinator anywhere. Scenes and frames go through a node of IPFS.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
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

    /// How far the worker says it is with a job.
    fn stage(&self, job: i64) -> String {
        let books = rusqlite::Connection::open(self.home("worker").join("desktop.sqlite")).expect("a database");
        let stage = books.query_row("SELECT stage FROM direct_jobs WHERE job = ?1", [job], |row| row.get(0));
        stage.unwrap_or_default()
    }

    /// Accepts what was revealed: by what the chain says, for a worker may be killed before it tells of a step.
    async fn accept_once(&self, job: u64, accepted: &mut bool) {
        if !*accepted && self.network.job(&self.home("artist"), job).await["state"] == "challengeable" {
            *accepted = true;
            self.run("artist", &["chain", "job", "accept", &job.to_string(), "--json"])
                .await;
        }
    }

    /// Kills the worker each time it says something new, until job 1 is done; how often.
    async fn kill_after_each_step(&self) -> u32 {
        let mut seen = BTreeSet::new();
        let mut accepted = false;
        while self.stage(1) != "done" {
            self.accept_once(1, &mut accepted).await;
            let mut worker = self.worker("worker", &["--once"]);
            let step = until("the worker gets on", seconds(180), async || {
                let ended = worker.ended();
                let name = |step: &Value| format!("{}{}", step["step"], step["detail"]);
                let told = steps(&worker);
                let fresh = told.iter().map(name).find(|step| !seen.contains(step));
                fresh.or_else(|| ended.map(|_| "ended".to_owned()))
            })
            .await;
            if step == "ended" {
                assert!(worker.end(seconds(5)).await.success(), "{}", worker.tail());
                break;
            }
            worker.kill().await;
            seen.insert(step);
            assert!(seen.len() < 20, "it never ends: {seen:?}");
        }
        u32::try_from(seen.len()).expect("a few")
    }

    /// Kills the worker after random times, until job 2 is done; how often.
    async fn kill_at_any_time(&self, seed: u64) -> u32 {
        println!("seed {seed}");
        let mut chance = seed;
        let (mut kills, mut accepted) = (0, false);
        while self.stage(2) != "done" {
            // Knuth's generator; a run gets longer when nothing comes of short ones.
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let wait = Duration::from_millis(300 + (chance >> 33) % (3000 + 500 * u64::from(kills)));
            let mut worker = self.worker("worker", &["--once"]);
            let ended = until("it ends, or its time is over", seconds(600), {
                let began = Instant::now();
                let worker = &mut worker;
                async move || match worker.ended() {
                    Some(status) => Some(Some(status)),
                    None => (began.elapsed() >= wait).then_some(None),
                }
            })
            .await;
            if let Some(status) = ended {
                assert!(status.success(), "{}", worker.tail());
            } else {
                worker.kill().await;
                kills += 1;
            }
            assert!(kills < 60, "it never ends");
            self.accept_once(2, &mut accepted).await;
        }
        kills
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

/// Results without frames: the digest is that of an empty list, `printf '[]' | sha256sum`.
fn results(job: u64, worker: &str) -> String {
    let digest = "0x004f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b9";
    format!(
        r#"{{"schema":1,"job":{job},"frames":[],"payments":[{{"worker":"{worker}","amount":"1000","digest":"{digest}"}}]}}"#
    )
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
    let worker_spent = network.fees_of(&worker_address);

    let posted = street.post("1.5", "0").await;
    assert_eq!((posted["job"].as_u64(), posted["frames"].as_u64()), (Some(1), Some(2)));
    // The same again is the same job: nothing is paid twice.
    let again = street.post("1.5", "0").await;
    assert_eq!(again, posted);

    let mut worker = street.worker("worker", &["--once"]);
    street.wait_for_state(1, "challengeable", &mut worker).await;
    street.run("artist", &["chain", "job", "accept", "1", "--json"]).await;
    let status = worker.end(seconds(60)).await;
    assert!(status.success(), "{}", worker.tail());

    let told = steps(&worker);
    let sent = told.iter().filter(|step| step["transaction"].is_string()).count();
    assert_eq!(sent, 5, "taken, committed, revealed, claimed, withdrawn: {told:?}");
    let spent = network.fees_of(&worker_address) - worker_spent;
    assert_eq!(
        network.balance(&worker_address),
        worker_had + 3 * TOKEN - spent,
        "the bond is back"
    );

    street.run("artist", &["chain", "withdraw", "--json"]).await;
    assert_eq!(
        network.balance(&artist),
        artist_had - 3 * TOKEN - network.fees_of(&artist)
    );

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
    let (had, spent_before) = (network.balance(&address), network.fees_of(&address));
    street.post("1", "0").await;

    let kills = street.kill_after_each_step().await;
    // Of seven steps (taken, three frames, committed, revealed, claimed) a fast worker does two between two looks.
    assert!(kills >= 4, "it was killed at its steps: {kills}");
    let spent = network.fees_of(&address) - spent_before;
    assert_eq!(network.balance(&address), had + 3 * TOKEN - spent, "paid once");

    street.post("1", "1").await;
    let kills = street.kill_at_any_time(20_261_123).await;
    assert!(kills >= 3, "it was killed in the middle: {kills}");
    let spent = network.fees_of(&address) - spent_before;
    assert_eq!(network.balance(&address), had + 6 * TOKEN - spent, "paid once each");
    for job in [1, 2] {
        let told = network.job(&street.home("artist"), job).await;
        assert_eq!(
            (told["state"].as_str(), told["unclaimed"].as_str()),
            (Some("finalised"), Some("0"))
        );
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn every_call_can_be_made_from_the_command_line() {
    let Some(street) = Street::open("calls", 1).await else {
        return;
    };
    let network = &street.network;
    network.join(&street.home("artist"), 100).await;
    let worker = street.hire("worker").await;
    for again in ["0", "1", "2"] {
        street.post("1", again).await;
    }
    let list = street.all.path().join("by-hand.json");
    std::fs::write(&list, results(2, &worker)).expect("a file");
    let list = list.to_string_lossy().into_owned();
    let state = async |job: u64| network.job(&street.home("artist"), job).await["state"].clone();
    let call = async |who: &str, arguments: &[&str]| {
        let arguments: Vec<&str> = ["chain", "job"]
            .iter()
            .chain(arguments)
            .copied()
            .chain(["--json"])
            .collect();
        if who == "owner" {
            let command = network.as_owner(&street.home(who), &arguments);
            return run_command("direct-calls-owner", command, seconds(60)).await;
        }
        let command = street.command(who, &arguments);
        run_command("direct-calls", command, seconds(60)).await
    };
    let code = |finished: veriframe_tests::program::Finished| finished.json()["error"]["code"].clone();

    assert_eq!(code(call("worker", &["cancel", "1"]).await), "not_creator");
    call("artist", &["cancel", "1"]).await.expect_success();
    assert_eq!(state(1).await, "cancelled");

    call("owner", &["assign", "2", "--worker", &worker])
        .await
        .expect_success();
    assert_eq!(
        code(call("worker", &["commit", "2", "--results", &list]).await),
        "not_aggregator"
    );
    assert_eq!(
        code(call("owner", &["commit", "3", "--results", &list]).await),
        "bad_results"
    );
    let committed = call("owner", &["commit", "2", "--results", &list])
        .await
        .expect_success();
    let salt = committed.json()["salt"].as_str().expect("a salt").to_owned();
    assert_eq!(
        code(call("owner", &["reveal", "2", "--results", &list, "--salt", "0x1"]).await),
        "wrong_reveal"
    );
    call("owner", &["reveal", "2", "--results", &list, "--salt", &salt])
        .await
        .expect_success();
    assert_eq!(code(call("artist", &["finalise", "2"]).await), "window_open");
    call("artist", &["challenge", "2"]).await.expect_success();
    assert_eq!(
        code(call("artist", &["resolve-by-default", "2"]).await),
        "arbiter_time_open"
    );
    call("owner", &["resolve", "2", "--share", "5000"])
        .await
        .expect_success();
    assert_eq!(state(2).await, "finalised");
    call("artist", &["claim", "2", "--results", &list, "--worker", &worker])
        .await
        .expect_success();
    let had = network.balance(&worker);
    // Anybody may have it paid out to whom it is owed: half of the thousand.
    street
        .run("artist", &["chain", "withdraw", "--for", &worker, "--json"])
        .await;
    assert_eq!(network.balance(&worker), had + 500);

    assert_eq!(code(call("artist", &["expire", "3"]).await), "deadline_not_passed");
    network.devnet.increase_time(25 * 3600);
    call("worker", &["expire", "3"]).await.expect_success();
    assert_eq!(state(3).await, "expired");
    street
        .run("worker", &["chain", "worker", "add-stake", "1", "--json"])
        .await;
    street
        .run("worker", &["chain", "worker", "unstake", "2", "--json"])
        .await;
    street.run("worker", &["chain", "worker", "deregister", "--json"]).await;
}
