//! A coordinator to try the contract on: a new database, a signed-in account with a job, a worker and a webhook, and a clock
//! that goes a hundred times too slow, so that the token outlives a long run. On SQLite, or with `VERIFRAME_POSTGRES` in a
//! database of its own on that server. Prints `URL TOKEN JOB WEBHOOK ACCOUNT` and serves until its input ends. `./dev schemathesis` uses it.

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/it/support/database.rs"]
mod database;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{io::Read as _, path::PathBuf, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_chain::{Challenge, LocalKey, hash};
use veriframe_coordinator::{Settings, launch_with_listener};
use veriframe_core::{Amount, Clock, SystemClock, Timestamp};
use veriframe_ipfs::BlockStore;

#[derive(Debug)]
struct SlowClock(Timestamp);

impl Clock for SlowClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.0 + (SystemClock.now().0 - self.0.0) / 100)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let database = database::TestDatabase::make().await;
    let mut settings = Settings::new(folder.path().join("coordinator"));
    settings.database = database.as_ref().map(database::TestDatabase::database);
    let blocks = BlockStore::open(folder.path().join("blocks"))?;
    let scene: PathBuf = folder.path().join("scene.blend");
    std::fs::write(&scene, b"BLENDER-v304 a scene, as far as a coordinator can tell")?;
    let scene = blocks.import_path(&scene, &mut |_| {}, &|| false)?.root;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let shutdown = CancellationToken::new();
    let clock = Arc::new(SlowClock(SystemClock.now()));
    let running = launch_with_listener(settings, listener, blocks, clock, shutdown.clone()).await?;

    let url = running.url();
    let (account, token) = sign_in(&url).await?;
    let send = async |path: &str, body: Value| -> Result<Value, Box<dyn std::error::Error>> {
        let request = Client::new().request(Method::POST, format!("{url}/api/v1{path}"));
        let answer = request.bearer_auth(&token).json(&body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    };
    let job = send("/jobs", job(&scene.to_string())).await?;
    send("/workers/register", worker()).await?;
    let webhook = send(
        "/webhooks",
        json!({ "url": "https://webhooks.invalid/", "topics": ["jobs"] }),
    )
    .await?;

    let id = |made: &Value| made["id"].as_str().unwrap_or_default().to_owned();
    println!("{url} {token} {} {} {account}", id(&job), id(&webhook["webhook"]));
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    shutdown.cancel();
    running.join.await?;
    Ok(())
}

/// The address of a new account, and its token.
async fn sign_in(url: &str) -> Result<(String, String), Box<dyn std::error::Error>> {
    let key = LocalKey::generate()?;
    let address = key.address().to_string();
    let post = async |path: &str, body: Value| -> Result<Value, reqwest::Error> {
        let request = Client::new().post(format!("{url}/api/v1/auth/{path}")).json(&body);
        request.send().await?.error_for_status()?.json().await
    };
    let challenge = post("challenge", json!({ "address": address })).await?;
    let asked = Challenge::from_typed_data(&challenge["typed_data"])?;
    let answer = json!({
        "address": address, "signature": key.sign(&hash(&asked)?)?, "challenge": challenge["challenge"],
        "public_key": key.public_key_hex(),
    });
    let tokens = post("authenticate", answer).await?;
    Ok((address, tokens["access_token"].as_str().unwrap_or_default().to_owned()))
}

fn job(scene: &str) -> Value {
    json!({
        "name": "Bowling", "asset_cid": scene, "frames": "1-20",
        "render": { "entry": "scene.blend", "format": "png" },
        "summary": { "width": 64, "height": 36, "fps": 24.0, "samples": 16, "bytes": 1000, "files": 1 },
        "requirements": { "engine": "cycles", "saved_by": "3.4.1" },
        "price_per_frame": Amount::credits(1).to_string(),
        "cap": Amount::credits(25).to_string(),
    })
}

fn worker() -> Value {
    json!({
        "capabilities": {
            "devices": [{ "kind": "cpu", "name": "a test", "memory_bytes": 1 << 30, "score": 100 }],
            "blenders": [{ "version": "3.4.1", "engines": ["cycles"], "denoisers": [], "sandbox": true }],
            "ram_bytes": 8_u64 << 30, "disk_bytes": 1_u64 << 40, "slots": 1,
        },
        "instance": "run-1",
    })
}
