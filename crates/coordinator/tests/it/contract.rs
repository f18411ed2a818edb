use crate::support::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use veriframe_wire::{ErrorCode, health::Health, health::Level, health::Root};

/// Whoever changes the contract sees it here.
#[test]
fn the_openapi_document() {
    insta::assert_json_snapshot!(veriframe_coordinator::openapi());
}

#[test]
fn the_operators_document() {
    insta::assert_json_snapshot!(veriframe_coordinator::admin_openapi());
}

/// Every action has its place in the document, with what it answers.
#[test]
fn every_action_is_described() {
    let document = serde_json::to_value(veriframe_coordinator::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, actions) in document["paths"].as_object().unwrap() {
        for (method, action) in actions.as_object().unwrap() {
            let summary = action["summary"].as_str().or(action["description"].as_str());
            assert!(summary.is_some_and(|summary| summary.len() > 3), "{method} {path}");
            assert!(!action["responses"].as_object().unwrap().is_empty(), "{method} {path}");
            names.insert(format!("{method} {path}"));
        }
    }
    assert_eq!(names.len(), 56);
}

#[tokio::test]
async fn it_says_who_it_is_and_how_it_does() {
    let world = World::start().await;
    let url = world.running.url();
    let root: Root = reqwest::get(&url).await.unwrap().json().await.unwrap();
    assert_eq!((root.status.as_str(), root.network.as_str()), ("ok", "local"));
    let health: Health = reqwest::get(format!("{url}/health"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(health.status, Level::Ok);
    assert_eq!(
        health.components.keys().collect::<Vec<_>>(),
        ["content_store", "database"]
    );
    let document: Value = reqwest::get(format!("{url}/openapi.json"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(document["paths"]["/api/v1/jobs"]["post"].is_object());
    for page in ["docs", "redoc"] {
        let page = reqwest::get(format!("{url}/{page}")).await.unwrap();
        assert!(
            page.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(page.text().await.unwrap().contains("/openapi.json"));
    }
}

#[tokio::test]
async fn every_refusal_has_the_one_shape() {
    let world = World::start().await;
    let me = world.client().await;
    let code = |answer: Result<Value, crate::support::Refused>| answer.unwrap_err().code;
    assert_eq!(code(me.get("/nowhere").await), ErrorCode::NotFound);
    assert_eq!(
        code(me.post("/ledger/account", &json!({})).await),
        ErrorCode::MethodNotAllowed
    );
    assert_eq!(
        code(me.post("/auth/challenge", &json!({})).await),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        code(me.post("/auth/challenge", &json!({ "address": "me" })).await),
        ErrorCode::InvalidRequest
    );
    let more = json!({ "address": me.address().to_string(), "more": 1 });
    assert_eq!(code(me.post("/auth/challenge", &more).await), ErrorCode::InvalidRequest);
    let text = me.request(reqwest::Method::POST, "/auth/challenge").body("{}");
    assert_eq!(code(me.send(text).await), ErrorCode::InvalidRequest);
    let broken = me
        .request(reqwest::Method::POST, "/auth/challenge")
        .header("content-type", "application/json")
        .body("{");
    assert_eq!(code(me.send(broken).await), ErrorCode::InvalidRequest);
    assert_eq!(code(me.get("/workers/0xzz").await), ErrorCode::NotFound);
    assert_eq!(
        code(me.get("/jobs/x/tasks?limit=many").await),
        ErrorCode::InvalidRequest
    );
    let first = me.get::<Value>("/nowhere").await.unwrap_err();
    let second = me.get::<Value>("/nowhere").await.unwrap_err();
    assert!(first.status == 404 && first.request_id != second.request_id);
}
