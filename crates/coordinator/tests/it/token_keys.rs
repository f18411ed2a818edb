//! The keys that sign access tokens.

use crate::support::{Client, World, settings};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_coordinator::launch_with_listener;
use veriframe_core::Clock;
use veriframe_wire::ErrorCode;

/// The name of the key in a token's head.
fn kid(token: &str) -> String {
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::HS256);
    header.kid.expect("a token names its key")
}

#[tokio::test]
async fn tokens_outlive_a_restart() {
    let world = World::start().await;
    let me = world.client().await;
    let world = world.restart().await;
    let _: Value = world.moved(&me).get("/ledger/account").await.unwrap();
}

#[tokio::test]
async fn a_key_that_was_kept_in_a_file_moves_into_the_database() {
    let secret = [7; 32];
    let world = World::start_with(|settings| {
        std::fs::create_dir_all(&settings.data_dir).unwrap();
        std::fs::write(settings.data_dir.join("token.key"), secret).unwrap();
    })
    .await;
    assert!(!world.folder.path().join("coordinator/token.key").exists());
    // A token from before: without a key's name.
    let mut me = Client::anonymous(&world.running.url());
    let now = world.clock.now().0 / 1000;
    let claims = json!({ "sub": me.address().to_string(), "iat": now, "exp": now + 900 });
    let key = jsonwebtoken::EncodingKey::from_secret(&secret);
    me.token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
    let _: Value = me.get("/ledger/account").await.unwrap();
    let other = jsonwebtoken::EncodingKey::from_secret(&[8; 32]);
    me.token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &other).unwrap();
    let refused = me.get::<Value>("/ledger/account").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn a_new_key_signs_each_month_and_the_old_one_is_believed_until_its_tokens_ran_out() {
    let world = World::start_with(|settings| settings.token_key_days = 30).await;
    let mut me = world.client().await;
    let first = kid(&me.token);
    world.clock.advance(30 * 24 * 3600 - 600);
    me.renew().await;
    assert_eq!(kid(&me.token), first);
    let old = me.clone();
    world.clock.advance(600);
    // The sweeper makes the next key, which begins to sign some minutes later.
    let second = async {
        loop {
            world.clock.advance(10);
            me.renew().await;
            if kid(&me.token) != first {
                break kid(&me.token);
            }
        }
    };
    let second = tokio::time::timeout(Duration::from_mins(1), second)
        .await
        .expect("a new key");
    assert_ne!(first, second);
    let _: Value = me.get("/ledger/account").await.unwrap();
    // Long after its tokens ran out the first key is dropped; a token of it is then worth nothing at all.
    assert!(matches!(
        old.get::<Value>("/ledger/account")
            .await
            .map_err(|refused| refused.code),
        Ok(_) | Err(ErrorCode::TokenExpired)
    ));
}

#[tokio::test]
async fn replicas_believe_each_other_s_tokens() {
    let world = World::start().await;
    let Some(database) = &world.database else {
        eprintln!("skipped: one SQLite file has one coordinator");
        return;
    };
    let mut settings = settings(world.folder.path().join("second"));
    settings.database = Some(database.database());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let shutdown = CancellationToken::new();
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    let second = launch_with_listener(settings, listener, world.blocks.clone(), clock, shutdown.clone()).await;
    let second = second.unwrap();
    let me = world.client().await;
    let _: Value = me.at(&second.url()).get("/ledger/account").await.unwrap();
    shutdown.cancel();
    second.join.await.unwrap();
}
