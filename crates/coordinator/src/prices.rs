//! Prices of coins, as public sources say: asked seldom, kept for a while, and shown with their age.

use crate::{
    error::{ApiError, ApiResult},
    replicas::redis::Redis,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use veriframe_chain::prices::{Coin, PriceSource, Usd};
use veriframe_core::{Clock, Timestamp};
use veriframe_wire::{ErrorCode, price::Price};

/// Seconds for which a price is given without asking anybody.
const FRESH: i64 = 30;
/// Seconds after which a price is no longer given, also when no source answers.
const STALE_AT_MOST: i64 = 3600;
/// Seconds between two tries when no source answers, so that they are left alone.
const AGAIN_AFTER: i64 = 10;

/// The prices of one coordinator.
pub struct Prices {
    /// In the order in which they are asked.
    sources: Vec<Arc<dyn PriceSource>>,
    clock: Arc<dyn Clock>,
    /// What another replica was told is as good.
    shared: Option<Arc<Redis>>,
    /// Held while the sources are asked: whoever comes meanwhile waits, and finds the answer.
    kept: BTreeMap<Coin, Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    told: Option<Told>,
    /// When no source answered the last time.
    failed_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
struct Told {
    price: Usd,
    source: String,
    at: Timestamp,
}

impl Prices {
    pub fn new(sources: Vec<Arc<dyn PriceSource>>, clock: Arc<dyn Clock>, shared: Option<Arc<Redis>>) -> Self {
        let kept = Coin::ALL.into_iter().map(|coin| (coin, Mutex::default())).collect();
        Self {
            sources,
            clock,
            shared,
            kept,
        }
    }

    /// At most thirty seconds old; when no source answers, at most an hour.
    pub async fn of(&self, coin: Coin) -> ApiResult<Price> {
        let Some(kept) = self.kept.get(&coin) else {
            return Err(unavailable());
        };
        let mut kept = kept.lock().await;
        let now = self.clock.now();
        let is_fresh = kept.told.as_ref().is_some_and(|told| within(told.at, now, FRESH));
        let waits = kept.failed_at.is_some_and(|failed| within(failed, now, AGAIN_AFTER));
        if !is_fresh && !waits {
            match self.find(coin).await {
                Some(told) => {
                    *kept = Kept {
                        told: Some(told),
                        failed_at: None,
                    }
                }
                None => kept.failed_at = Some(self.clock.now()),
            }
        }
        let now = self.clock.now();
        let told = kept.told.as_ref().filter(|told| within(told.at, now, STALE_AT_MOST));
        told.map(|told| told.show(coin, now)).ok_or_else(unavailable)
    }

    async fn find(&self, coin: Coin) -> Option<Told> {
        let Some(shared) = &self.shared else {
            return self.ask(coin).await;
        };
        let name = format!("price/{}", coin.symbol());
        let kept: Option<Shared> = shared.get(&name).await;
        let now = self.clock.now();
        if let Some(told) = kept.and_then(Shared::read)
            && within(told.at, now, FRESH)
        {
            return Some(told);
        }
        let told = self.ask(coin).await?;
        shared
            .put(&name, &Shared::of(&told), Duration::from_secs(FRESH.cast_unsigned()))
            .await;
        Some(told)
    }

    async fn ask(&self, coin: Coin) -> Option<Told> {
        for source in &self.sources {
            match source.price(coin).await {
                Ok(price) => {
                    return Some(Told {
                        price,
                        source: source.name().to_owned(),
                        at: self.clock.now(),
                    });
                }
                Err(error) => tracing::warn!(source = source.name(), %coin, %error, "a price was not told"),
            }
        }
        None
    }
}

/// As replicas tell it each other.
#[derive(Serialize, Deserialize)]
struct Shared {
    usd: String,
    source: String,
    at: i64,
}

impl Shared {
    fn of(told: &Told) -> Self {
        Self {
            usd: told.price.to_string(),
            source: told.source.clone(),
            at: told.at.0,
        }
    }

    fn read(self) -> Option<Told> {
        Some(Told {
            price: self.usd.parse().ok()?,
            source: self.source,
            at: Timestamp(self.at),
        })
    }
}

impl Told {
    fn show(&self, coin: Coin, now: Timestamp) -> Price {
        Price {
            symbol: coin.symbol().to_owned(),
            usd: self.price.to_string(),
            source: self.source.clone(),
            age_seconds: u32::try_from(now.millis_since(self.at) / 1000).unwrap_or(0),
        }
    }
}

/// Not so when the clock was set back: then nobody knows how old it is.
fn within(at: Timestamp, now: Timestamp, seconds: i64) -> bool {
    (0..seconds * 1000).contains(&now.millis_since(at))
}

fn unavailable() -> ApiError {
    ApiError::new(ErrorCode::PriceUnavailable, "No source of prices answers.")
        .hint("Amounts in coins are right without it. Try again in a minute.")
}
