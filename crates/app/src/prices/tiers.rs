//! Own cache, coordinator, public source.

use crate::api::ApiClient;
use async_trait::async_trait;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time};
use veriframe_chain::prices::{Coin, PriceSource, Usd};
use veriframe_core::{Clock, Timestamp};

/// Seconds for which an answer is good, also that there is none.
const KEPT: i64 = 15;
/// How long the coordinator may take, before a public source is asked.
const COORDINATOR_WITHIN: Duration = Duration::from_secs(8);
/// A coordinator that tells an older price has lost its sources; ours may still answer.
const OLD: u32 = 120;
/// What a coordinator tells is a stranger's word: a longer name is cut.
const NAME_AT_MOST: usize = 40;

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tier {
    Cache,
    Coordinator,
    /// The source, by name.
    Public(String),
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache => f.write_str("cache"),
            Self::Coordinator => f.write_str("coordinator"),
            Self::Public(name) => write!(f, "public: {name}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub coin: Coin,
    pub price: Usd,
    pub tier: Tier,
    /// Who said so first.
    pub source: String,
    /// Since it was said.
    pub age_seconds: u32,
}

/// The coordinator, as far as prices go.
#[async_trait]
pub(super) trait Told: Sync {
    /// Price, source and age; `None` when there is none that can be believed.
    async fn told(&self, coin: Coin) -> Option<(Usd, String, u32)>;
}

#[async_trait]
impl Told for ApiClient {
    async fn told(&self, coin: Coin) -> Option<(Usd, String, u32)> {
        let answer = match self.price(coin.symbol()).await {
            Ok(answer) if answer.symbol == coin.symbol() => answer,
            Ok(answer) => {
                tracing::warn!(asked = %coin, told = answer.symbol, "the coordinator told the price of another coin");
                return None;
            }
            Err(error) => {
                tracing::debug!(%coin, %error, "the coordinator told no price");
                return None;
            }
        };
        let name = answer.source.chars().filter(|letter| !letter.is_control());
        Some((
            answer.usd.parse().ok()?,
            name.take(NAME_AT_MOST).collect(),
            answer.age_seconds,
        ))
    }
}

/// What one VeriFrame knows of prices.
pub struct Prices {
    /// In the order in which they are asked.
    public: Vec<Arc<dyn PriceSource>>,
    clock: Arc<dyn Clock>,
    /// Held while somebody is asked: whoever comes meanwhile waits, and finds the answer.
    kept: Mutex<BTreeMap<Coin, Kept>>,
}

struct Kept {
    at: Timestamp,
    known: Option<Known>,
}

impl Prices {
    pub fn new(public: Vec<Arc<dyn PriceSource>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            public,
            clock,
            kept: Mutex::default(),
        }
    }

    /// `None` when nobody knows.
    pub async fn of(&self, api: &ApiClient, coin: Coin) -> Option<Known> {
        self.from(api, coin).await
    }

    pub(super) async fn from(&self, coordinator: &dyn Told, coin: Coin) -> Option<Known> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.get(&coin) {
            let age = now.millis_since(kept.at);
            // Not when the clock was set back: then nobody knows how old it is.
            if (0..KEPT * 1000).contains(&age) {
                return kept.known.clone().map(|known| Known {
                    tier: Tier::Cache,
                    age_seconds: known.age_seconds.saturating_add(u32::try_from(age / 1000).unwrap_or(0)),
                    ..known
                });
            }
        }
        let known = self.ask(coordinator, coin).await;
        let at = self.clock.now();
        kept.insert(
            coin,
            Kept {
                at,
                known: known.clone(),
            },
        );
        known
    }

    async fn ask(&self, coordinator: &dyn Told, coin: Coin) -> Option<Known> {
        let told = time::timeout(COORDINATOR_WITHIN, coordinator.told(coin)).await;
        let told = told.ok().flatten().map(|(price, source, age_seconds)| Known {
            coin,
            price,
            tier: Tier::Coordinator,
            source,
            age_seconds,
        });
        match told {
            Some(told) if told.age_seconds <= OLD => Some(told),
            old => self.ask_public(coin).await.or(old),
        }
    }

    async fn ask_public(&self, coin: Coin) -> Option<Known> {
        for source in &self.public {
            match source.price(coin).await {
                Ok(price) => {
                    return Some(Known {
                        coin,
                        price,
                        tier: Tier::Public(source.name().to_owned()),
                        source: source.name().to_owned(),
                        age_seconds: 0,
                    });
                }
                Err(error) => tracing::debug!(source = source.name(), %coin, %error, "a price was not told"),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Home, keys::KeyRing, store::SecretStore};
    use std::sync::atomic::{AtomicI64, Ordering};
    use veriframe_chain::prices::{Dialect, PublicSource};
    use veriframe_peers::{Reply, WebServer};

    #[derive(Default)]
    struct Hands(AtomicI64);

    impl Hands {
        fn advance(&self, seconds: i64) {
            self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
        }
    }

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    struct Tiers {
        clock: Arc<Hands>,
        coordinator: WebServer,
        public: WebServer,
        api: ApiClient,
        prices: Prices,
    }

    impl Tiers {
        fn new(coordinator: Reply, public: Reply) -> Self {
            let clock = Arc::new(Hands::default());
            let coordinator = WebServer::start(move |path| {
                assert_eq!(path, "/api/v1/prices/STRK");
                coordinator.clone()
            });
            let public = WebServer::start(move |_| public.clone());
            let folder = tempfile::tempdir().unwrap();
            let home = Home::at(folder.path());
            let secrets = SecretStore::new(home.root(), home.secrets());
            let keys = KeyRing::open(home.key(), secrets, clock.clone()).unwrap();
            let api = ApiClient::new(&coordinator.url, Arc::new(keys), clock.clone()).unwrap();
            let source = PublicSource::new("A source", Dialect::CoinGecko, &public.url).unwrap();
            Self {
                prices: Prices::new(vec![Arc::new(source)], clock.clone()),
                clock,
                coordinator,
                public,
                api,
            }
        }

        /// Price, who answered, and how old it is.
        async fn ask(&self) -> Option<(String, String, u32)> {
            let known = self.prices.of(&self.api, Coin::Strk).await?;
            Some((known.price.to_string(), known.tier.to_string(), known.age_seconds))
        }

        /// How often each was asked.
        fn asked(&self) -> (usize, usize) {
            (self.coordinator.asked(), self.public.asked())
        }
    }

    fn told(symbol: &str, usd: &str, age: u32) -> Reply {
        Reply::Json(format!(
            r#"{{"symbol":"{symbol}","usd":"{usd}","source":"CoinGecko","age_seconds":{age}}}"#
        ))
    }

    fn public() -> Reply {
        Reply::json(r#"{"starknet":{"usd":0.25}}"#)
    }

    fn found(usd: &str, tier: &str, age: u32) -> (String, String, u32) {
        (usd.to_owned(), tier.to_owned(), age)
    }

    #[tokio::test]
    async fn the_coordinator_is_asked_once_in_fifteen_seconds() {
        let tiers = Tiers::new(told("STRK", "0.1234", 20), public());
        assert_eq!(tiers.ask().await, Some(found("0.1234", "coordinator", 20)));
        tiers.clock.advance(14);
        assert_eq!(tiers.ask().await, Some(found("0.1234", "cache", 34)));
        assert_eq!(tiers.asked(), (1, 0));
        tiers.clock.advance(1);
        assert_eq!(tiers.ask().await, Some(found("0.1234", "coordinator", 20)));
        // A clock that was set back does not keep a price for ever.
        tiers.clock.advance(-3600);
        assert_eq!(tiers.ask().await, Some(found("0.1234", "coordinator", 20)));
        assert_eq!(tiers.asked(), (3, 0));
    }

    #[tokio::test]
    async fn a_public_source_answers_for_a_coordinator_that_does_not() {
        let unavailable = r#"{"error":{"code":"price_unavailable","message":"","hint":"","request_id":""}}"#;
        let nothing_new = [
            Reply::Status(503),
            Reply::Status(404),
            Reply::HangUp,
            Reply::json(unavailable),
            Reply::json("<!doctype html>"),
            told("ETH", "3000", 0),
            told("STRK", "-1", 0),
            told("STRK", "NaN", 0),
            told("STRK", "1e9", 0),
            told("STRK", "", 0),
        ];
        for reply in nothing_new {
            let tiers = Tiers::new(reply.clone(), public());
            assert_eq!(
                tiers.ask().await,
                Some(found("0.25", "public: A source", 0)),
                "{reply:?}"
            );
            tiers.clock.advance(14);
            assert_eq!(tiers.ask().await, Some(found("0.25", "cache", 14)));
            assert_eq!(tiers.asked(), (1, 1));
        }
    }

    #[tokio::test]
    async fn a_coordinator_that_is_silent_is_not_waited_for() {
        let tiers = Tiers::new(Reply::Silence, public());
        assert_eq!(tiers.ask().await, Some(found("0.25", "public: A source", 0)));
    }

    #[tokio::test]
    async fn an_old_price_is_better_than_none_and_worse_than_a_new_one() {
        let tiers = Tiers::new(told("STRK", "0.1234", 121), public());
        assert_eq!(tiers.ask().await, Some(found("0.25", "public: A source", 0)));
        let tiers = Tiers::new(told("STRK", "0.1234", 121), Reply::Status(500));
        assert_eq!(tiers.ask().await, Some(found("0.1234", "coordinator", 121)));
    }

    #[tokio::test]
    async fn without_any_tier_there_is_no_price_and_nobody_is_pestered() {
        let tiers = Tiers::new(Reply::HangUp, Reply::json(r#"{"starknet":{"usd":0}}"#));
        assert_eq!(tiers.ask().await, None);
        tiers.clock.advance(14);
        assert_eq!(tiers.ask().await, None);
        assert_eq!(tiers.asked(), (1, 1));
        tiers.clock.advance(1);
        assert_eq!(tiers.ask().await, None);
        assert_eq!(tiers.asked(), (2, 2));
    }

    #[tokio::test]
    async fn many_who_ask_at_once_are_one_question() {
        let late = Reply::Late(
            Duration::from_millis(300),
            r#"{"symbol":"STRK","usd":"0.5","source":"x","age_seconds":0}"#.to_owned(),
        );
        let tiers = Tiers::new(late, public());
        let asks = (0..20).map(|_| tiers.ask());
        let answers = futures_util::future::join_all(asks).await;
        assert!(answers.iter().flatten().all(|(usd, ..)| usd == "0.50") && answers.len() == 20);
        assert_eq!(tiers.asked(), (1, 0));
    }
}
