//! What coins cost, from sources of strangers.

use crate::support::{Client, World};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use veriframe_chain::prices::{Dialect, PriceSource, PublicSource};
use veriframe_peers::{Reply, WebServer};
use veriframe_wire::{
    ErrorCode,
    price::{Price, PricedAssets},
};

/// A source whose answer a test changes.
struct Source {
    server: WebServer,
    says: Arc<Mutex<Reply>>,
}

impl Source {
    fn new(reply: Reply) -> Self {
        let says = Arc::new(Mutex::new(reply));
        let told = Arc::clone(&says);
        Self {
            server: WebServer::start(move |_| told.lock().unwrap().clone()),
            says,
        }
    }

    fn says(&self, reply: Reply) {
        *self.says.lock().unwrap() = reply;
    }

    fn named(&self, name: &str) -> Arc<dyn PriceSource> {
        Arc::new(PublicSource::new(name, Dialect::CoinGecko, &self.server.url).unwrap())
    }
}

fn usd(price: &str) -> Reply {
    Reply::Json(format!(r#"{{"starknet":{{"usd":{price}}},"ethereum":{{"usd":3000}}}}"#))
}

async fn world(sources: &[(&Source, &str)]) -> (World, Client) {
    let sources = sources.iter().map(|(source, name)| source.named(name)).collect();
    let world = World::start_with(|settings| settings.prices = sources).await;
    let anybody = Client::anonymous(&world.running.url());
    (world, anybody)
}

async fn strk(client: &Client) -> (String, String, u32) {
    let price: Price = client.get("/prices/STRK").await.unwrap();
    assert_eq!(price.symbol, "STRK");
    (price.usd, price.source, price.age_seconds)
}

fn said(usd: &str, source: &str, age: u32) -> (String, String, u32) {
    (usd.to_owned(), source.to_owned(), age)
}

#[tokio::test]
async fn a_price_is_asked_for_once_in_thirty_seconds() {
    let source = Source::new(usd("0.1234567"));
    let (world, anybody) = world(&[(&source, "one")]).await;
    assert_eq!(strk(&anybody).await, said("0.123457", "one", 0));
    source.says(usd("0.2"));
    world.clock.advance(29);
    assert_eq!(strk(&anybody).await, said("0.123457", "one", 29));
    assert_eq!(source.server.asked(), 1);
    world.clock.advance(1);
    assert_eq!(strk(&anybody).await, said("0.20", "one", 0));

    let eth: Price = anybody.get("/prices/eth").await.unwrap();
    assert_eq!((eth.symbol.as_str(), eth.usd.as_str()), ("ETH", "3000.00"));
    let assets: PricedAssets = anybody.get("/prices/assets").await.unwrap();
    assert_eq!(assets.assets, ["STRK", "ETH"]);
    for unknown in ["BTC", "strk2", "%20", "USD"] {
        let refused = anybody.get::<Value>(&format!("/prices/{unknown}")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound, "{unknown}");
    }
}

#[tokio::test]
async fn the_next_source_answers_for_a_bad_one() {
    let good = Source::new(usd("0.5"));
    for reply in [
        Reply::Status(500),
        Reply::Status(429),
        Reply::HangUp,
        Reply::Endless,
        Reply::json("<!doctype html>"),
        Reply::json(r#"{"bitcoin":{"usd":1}}"#),
        usd("-1"),
        usd("0"),
        usd("1e99"),
        usd("NaN"),
    ] {
        let bad = Source::new(reply.clone());
        let (_world, anybody) = world(&[(&bad, "bad"), (&good, "good")]).await;
        assert_eq!(strk(&anybody).await, said("0.50", "good", 0), "{reply:?}");
        assert_eq!(bad.server.asked(), 1);
    }
}

#[tokio::test]
async fn a_stale_price_is_given_for_an_hour_with_its_age() {
    let source = Source::new(usd("0.1"));
    let (world, anybody) = world(&[(&source, "one")]).await;
    strk(&anybody).await;
    source.says(Reply::HangUp);
    world.clock.advance(31);
    assert_eq!(strk(&anybody).await, said("0.10", "one", 31));
    assert_eq!(strk(&anybody).await, said("0.10", "one", 31));
    assert_eq!(
        source.server.asked(),
        2,
        "a source that is down is left alone for a while"
    );
    world.clock.advance(3568);
    assert_eq!(strk(&anybody).await, said("0.10", "one", 3599));
    world.clock.advance(1);
    let refused = anybody.get::<Value>("/prices/STRK").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::PriceUnavailable);

    // It is back.
    source.says(usd("0.3"));
    world.clock.advance(10);
    assert_eq!(strk(&anybody).await, said("0.30", "one", 0));
}

#[tokio::test]
async fn without_sources_there_is_no_price_and_everything_else() {
    let (world, anybody) = world(&[]).await;
    let refused = anybody.get::<Value>("/prices/STRK").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::PriceUnavailable);
    assert_eq!(refused.status.as_u16(), 503);
    assert!(world.client().await.balance().await > veriframe_core::Amount::ZERO);
}

#[tokio::test]
async fn many_who_ask_at_once_are_one_question() {
    let late = r#"{"starknet":{"usd":0.7}}"#.to_owned();
    let source = Source::new(Reply::Late(Duration::from_millis(300), late));
    let (_world, anybody) = world(&[(&source, "one")]).await;
    let answers = futures_util::future::join_all((0..50).map(|_| strk(&anybody))).await;
    assert!(answers.iter().all(|answer| *answer == said("0.70", "one", 0)));
    assert_eq!(source.server.asked(), 1);
}
