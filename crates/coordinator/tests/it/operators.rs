//! The operators' listener.

use crate::support::{Client, World, picture};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use veriframe_chain::LocalKey;
use veriframe_core::Amount;
use veriframe_wire::{
    ErrorCode, Page,
    admin::{AdminWorker, AuditAction, AuditEntry, Failure, Money, Overview, QueuedJob, TokenKeyInfo, Transfer},
    job::{Job, Task},
};

pub struct Office {
    pub world: World,
    /// The operator on the operators' listener.
    pub operator: Client,
    pub admin: String,
}

pub async fn open() -> Office {
    let key = Arc::new(LocalKey::generate().unwrap());
    let address = key.address();
    let world = World::start_with(|settings| {
        settings.operators = vec![address];
        settings.metrics_public = true;
        settings.admin_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    })
    .await;
    let admin = format!("http://{}", world.running.admin.expect("it is served"));
    let operator = Client::sign_in_as(&admin, key).await;
    Office { world, operator, admin }
}

const PATHS: [&str; 9] = [
    "/admin/overview",
    "/admin/queue",
    "/admin/failures",
    "/admin/money",
    "/admin/transfers",
    "/admin/workers",
    "/admin/work",
    "/admin/keys",
    "/admin/audit",
];

#[tokio::test]
async fn the_public_listener_knows_none_of_it_and_the_other_asks_for_an_operator() {
    let office = open().await;
    let nobody = Client::anonymous(&office.admin);
    let someone = office.world.client().await.at(&office.admin);
    let public = office.operator.at(&office.world.running.url());
    for path in PATHS {
        let code = async |client: &Client| client.get::<Value>(path).await.unwrap_err().code;
        assert_eq!(code(&public).await, ErrorCode::NotFound, "{path}");
        assert_eq!(code(&nobody).await, ErrorCode::Unauthenticated, "{path}");
        assert_eq!(code(&someone).await, ErrorCode::Forbidden, "{path}");
        let _: Value = office.operator.get(path).await.unwrap();
    }
    let rotate = |client: Client| async move { client.post::<Value>("/admin/keys/rotate", &json!({})).await };
    assert_eq!(rotate(public).await.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(rotate(someone).await.unwrap_err().code, ErrorCode::Forbidden);
    // Jobs are posted to the public listener.
    let posted = office.operator.post::<Value>("/jobs", &json!({})).await;
    assert_eq!(posted.unwrap_err().code, ErrorCode::MethodNotAllowed);
}

#[tokio::test]
async fn an_operator_sees_how_things_stand() {
    let Office { world, operator, .. } = open().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-3")).await;
    let lease = worker.claim(&job.id, 1).await.unwrap();
    worker.give_up(&lease, "render_failed").await.unwrap();

    let overview: Overview = operator.get("/admin/overview").await.unwrap();
    assert_eq!(overview.jobs.values().sum::<u32>(), 1);
    assert_eq!((overview.tasks["queued"], overview.workers["online"]), (3, 1));
    assert_eq!(overview.failures_last_hour, 1);
    let queue: Page<QueuedJob> = operator.get("/admin/queue").await.unwrap();
    assert_eq!((queue.items[0].queued, queue.items[0].able_workers), (3, 1));
    let failures: Page<Failure> = operator.get("/admin/failures").await.unwrap();
    assert_eq!(
        (failures.items[0].frame, failures.items[0].reason.as_str()),
        (1, "It broke.")
    );
    let jobs: Page<Job> = operator.get("/jobs").await.unwrap();
    assert_eq!(jobs.items[0].id, job.id);
    let tasks: Page<Task> = operator.get(&format!("/jobs/{}/tasks", job.id)).await.unwrap();
    assert_eq!(tasks.items.len(), 3);
    let _: Value = operator.get(&format!("/jobs/{}/log?frame=1", job.id)).await.unwrap();
}

#[tokio::test]
async fn the_books_add_up_to_nothing_and_every_transfer_is_seen() {
    let Office { world, operator, .. } = open().await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let mut request = Client::job(&world.scene(), "1-2");
    request["verification"] = "none".into();
    let job = creator.post_job(&request).await;
    worker.work_through(&job.id, &picture(&world.blocks, 1)).await;
    let money: Money = operator.get("/admin/money").await.unwrap();
    assert!(money.conserved && money.wrong.is_empty(), "{money:?}");
    assert_eq!((money.sum.as_str(), money.escrows.as_str()), ("0", "0"));
    // Three accounts got their first credits: creator, worker, operator.
    assert_eq!(money.users, Amount::credits(300).to_string());
    let account = format!("user:{}", worker.address());
    let transfers: Page<Transfer> = operator
        .get(&format!("/admin/transfers?account={account}"))
        .await
        .unwrap();
    assert_eq!(transfers.items.len(), 3);
    assert!(transfers.items.iter().all(|transfer| transfer.target == account));
}

#[tokio::test]
async fn a_suspended_worker_gets_no_work_until_it_is_lifted() {
    let Office { world, operator, .. } = open().await;
    let (creator, worker, other) = (world.client().await, world.worker().await, world.worker().await);
    let job = creator.post_job(&Client::job(&world.scene(), "1-2")).await;
    let lease = worker.claim(&job.id, 1).await.unwrap();
    let path = |action: &str| format!("/admin/workers/{}/{action}", worker.address());
    let refused = operator
        .post::<Value>(&path("suspend"), &json!({ "reason": " " }))
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::InvalidRequest);
    let _: Value = operator
        .post(&path("suspend"), &json!({ "reason": "black frames" }))
        .await
        .unwrap();

    let refused = worker.claim(&job.id, 1).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotEligible);
    assert!(refused.message.contains("black frames"), "{}", refused.message);
    assert_eq!(
        worker.heartbeat(&lease, 0.5).await.unwrap_err().code,
        ErrorCode::LeaseLost
    );
    let available: Value = worker.get("/jobs/available?status=pending").await.unwrap();
    assert_eq!(
        available["items"].as_array().or(available.as_array()).map(Vec::len),
        Some(0),
        "{available}"
    );
    // What it held is somebody else's.
    assert_eq!(
        other.claim(&job.id, 1).await.unwrap().tasks[0].frame,
        lease.tasks[0].frame
    );
    let shown: AdminWorker = operator.get(path("").trim_end_matches('/')).await.unwrap();
    assert_eq!(shown.suspension.unwrap().reason, "black frames");

    let second = creator.post_job(&Client::job(&world.scene(), "1")).await;
    let _: Value = operator.post(&path("lift"), &json!({})).await.unwrap();
    worker.claim(&second.id, 1).await.unwrap();
    let again = operator.post::<Value>(&path("lift"), &json!({})).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn an_operator_turns_the_keys_of_tokens_at_once() {
    let Office {
        world, mut operator, ..
    } = open().await;
    let me = world.client().await;
    let keys: Page<TokenKeyInfo> = operator.post("/admin/keys/rotate", &json!({})).await.unwrap();
    assert_eq!(keys.items.len(), 2);
    let _: Value = me.get("/ledger/account").await.unwrap();
    operator.renew().await;
    let keys: Page<TokenKeyInfo> = operator
        .post("/admin/keys/rotate", &json!({ "end_earlier": true }))
        .await
        .unwrap();
    assert_eq!(keys.items.len(), 1);
    for client in [&me, &operator] {
        let refused = client.request(Method::GET, "/ledger/account").send().await.unwrap();
        assert!(matches!(
            refused.status(),
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND
        ));
    }
    assert_eq!(
        me.get::<Value>("/ledger/account").await.unwrap_err().code,
        ErrorCode::Unauthenticated
    );
    // A refresh token is no signature: it is good still.
    let renewed = me
        .post::<Value>("/auth/refresh", &json!({ "refresh_token": me.refresh_token }))
        .await;
    renewed.unwrap();
}

#[tokio::test]
async fn what_somebody_may_ask_about_later_is_written_down() {
    let Office { world, operator, .. } = open().await;
    let (me, other) = (world.client().await, world.client().await);
    let mut forged = me.signed_challenge().await;
    forged["signature"] = json!(["0x1", "0x1"]);
    me.post::<Value>("/auth/authenticate", &forged).await.unwrap_err();
    let transfer = json!({ "to": other.address().to_string(), "amount": "5" });
    let _: Value = me.post("/ledger/transfer", &transfer).await.unwrap();
    let job = me.post_job(&Client::job(&world.scene(), "1")).await;
    me.act(&job.id, "cancel").await.unwrap();
    for _ in 0..2 {
        let _ = me
            .post::<Value>("/auth/refresh", &json!({ "refresh_token": me.refresh_token }))
            .await;
    }
    let _: Value = operator.post("/admin/keys/rotate", &json!({})).await.unwrap();

    let mine: Page<AuditEntry> = operator
        .get(&format!("/admin/audit?who={}", me.address()))
        .await
        .unwrap();
    let actions: Vec<AuditAction> = mine.items.iter().rev().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [
            AuditAction::SignedIn,
            AuditAction::SignInRefused,
            AuditAction::Transfer,
            AuditAction::JobCancelled,
            AuditAction::TokensRevoked,
        ]
    );
    for entry in &mine.items {
        assert_eq!((entry.origin.as_str(), entry.request_id.len()), ("127.0.0.1", 32));
    }
    let first: Page<AuditEntry> = operator.get("/admin/audit?limit=1").await.unwrap();
    assert_eq!(first.items[0].action, AuditAction::KeysRotated);
    let cursor = first.next_cursor.unwrap();
    let next: Page<AuditEntry> = operator
        .get(&format!("/admin/audit?limit=1&cursor={cursor}"))
        .await
        .unwrap();
    assert!(next.items[0].seq < first.items[0].seq);
    let refused: Page<AuditEntry> = operator.get("/admin/audit?action=sign_in_refused").await.unwrap();
    assert_eq!(refused.items.len(), 1);
}

#[tokio::test]
async fn the_page_and_its_contract_are_served_to_the_browser() {
    let office = open().await;
    let page = reqwest::get(format!("{}/", office.admin)).await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{policy}"
    );
    let text = page.text().await.unwrap();
    assert!(text.contains("VeriFrame") && !text.contains("<script>"), "{text}");
    let document: Value = reqwest::get(format!("{}/openapi.json", office.admin))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    for path in PATHS {
        assert!(document["paths"][format!("/api/v1{path}")].is_object(), "{path}");
    }
    for path in ["/nothing.js", "/../Cargo.toml", "/%2e%2e/Cargo.toml"] {
        let answer = reqwest::get(format!("{}{path}", office.admin)).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
