use crate::support::{Client, World};
use serde_json::{Value, json};
use veriframe_wire::{ErrorCode, auth::TokenResponse};

async fn authenticate(client: &Client, request: &Value) -> ErrorCode {
    client
        .post::<Value>("/auth/authenticate", request)
        .await
        .unwrap_err()
        .code
}

#[tokio::test]
async fn a_wrong_signature_is_refused() {
    let world = World::start().await;
    let (me, stranger) = (world.client().await, world.client().await);

    let mut forged = me.signed_challenge().await;
    forged["signature"] = stranger.signed_challenge().await["signature"].clone();
    assert_eq!(authenticate(&me, &forged).await, ErrorCode::InvalidSignature);

    let mut other_key = me.signed_challenge().await;
    other_key["public_key"] = stranger.key.public_key_hex().into();
    assert_eq!(authenticate(&me, &other_key).await, ErrorCode::InvalidSignature);

    let mut without_key = me.signed_challenge().await;
    without_key.as_object_mut().unwrap().remove("public_key");
    assert_eq!(authenticate(&me, &without_key).await, ErrorCode::InvalidSignature);

    let mut short = me.signed_challenge().await;
    short["signature"] = json!(["0x1"]);
    assert_eq!(authenticate(&me, &short).await, ErrorCode::InvalidSignature);
}

#[tokio::test]
async fn a_challenge_works_once_in_time_and_for_its_own_account() {
    let world = World::start().await;
    let (me, stranger) = (world.client().await, world.client().await);

    let request = me.signed_challenge().await;
    let _: TokenResponse = me.post("/auth/authenticate", &request).await.unwrap();
    assert_eq!(authenticate(&me, &request).await, ErrorCode::InvalidChallenge);

    let late = me.signed_challenge().await;
    world.clock.advance(5 * 60);
    assert_eq!(authenticate(&me, &late).await, ErrorCode::InvalidChallenge);

    let mut foreign = stranger.signed_challenge().await;
    foreign["challenge"] = me.signed_challenge().await["challenge"].clone();
    assert_eq!(authenticate(&stranger, &foreign).await, ErrorCode::InvalidChallenge);

    // A wrong signature uses the challenge up as well.
    let good = me.signed_challenge().await;
    let mut bad = good.clone();
    bad["signature"] = json!(["0x1", "0x1"]);
    assert_eq!(authenticate(&me, &bad).await, ErrorCode::InvalidSignature);
    assert_eq!(authenticate(&me, &good).await, ErrorCode::InvalidChallenge);
}

/// Anybody may ask for a challenge of anybody: that takes no right from its owner.
#[tokio::test]
async fn challenges_that_others_ask_for_keep_nobody_out() {
    let world = World::start().await;
    let me = world.client().await;
    let request = json!({ "address": me.address().to_string() });
    let stranger = Client::anonymous(&world.running.url());
    let ask = async |times| {
        for _ in 0..times {
            let _: Value = stranger.post("/auth/challenge", &request).await.unwrap();
        }
    };
    let old = me.signed_challenge().await;
    // The clock of the test stands still by itself.
    world.clock.advance(1);
    ask(99).await;
    let _: TokenResponse = me.post("/auth/authenticate", &old).await.unwrap();
    let old = me.signed_challenge().await;
    world.clock.advance(1);
    ask(100).await;
    assert_eq!(
        authenticate(&me, &old).await,
        ErrorCode::InvalidChallenge,
        "no more are kept"
    );
    let new = me.signed_challenge().await;
    let _: TokenResponse = me.post("/auth/authenticate", &new).await.unwrap();
}

#[tokio::test]
async fn tokens_run_out_and_are_renewed() {
    let world = World::start().await;
    let mut me = world.client().await;
    world.clock.advance(15 * 60 - 1);
    let _: Value = me.get("/ledger/account").await.unwrap();
    world.clock.advance(1);
    let refused = me.get::<Value>("/ledger/account").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::TokenExpired);

    let first = me.refresh_token.clone();
    let tokens: TokenResponse = me
        .post("/auth/refresh", &json!({ "refresh_token": first }))
        .await
        .unwrap();
    me.token = tokens.access_token;
    let _: Value = me.get("/ledger/account").await.unwrap();

    // The spent one comes again: somebody has a copy, so the new one dies as well.
    for token in [first, tokens.refresh_token] {
        let request = json!({ "refresh_token": token });
        let refused = me.post::<Value>("/auth/refresh", &request).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unauthenticated);
    }
    // Signing in with the key always works.
    me.renew().await;
    let _: Value = me.get("/ledger/account").await.unwrap();
}

#[tokio::test]
async fn nothing_is_open_to_strangers() {
    let world = World::start().await;
    let stranger = Client::anonymous(&world.running.url());
    for path in ["/jobs", "/workers", "/ledger/account", "/jobs/available"] {
        assert_eq!(
            stranger.get::<Value>(path).await.unwrap_err().code,
            ErrorCode::Unauthenticated,
            "{path}"
        );
    }
    let mut with_rubbish = stranger;
    with_rubbish.token = "rubbish".to_owned();
    let refused = with_rubbish.get::<Value>("/jobs").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthenticated);
}
