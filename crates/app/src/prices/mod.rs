//! What STRK and ETH cost in US dollars, for whoever looks at an amount.
//!
//! Three tiers, in this order: what was heard a moment ago, the coordinator, a public source. Whoever shows a price shows
//! which one answered and how old it is. Nothing is decided by a price, and without one everything works: amounts are then
//! shown in coins alone. Nobody is asked before somebody wants to see a price.

mod tiers;

pub use tiers::{Known, Prices, Tier};

use crate::{Context, view::PriceView};
use std::sync::Arc;
use veriframe_chain::prices::{Coin, from_environment};
use veriframe_core::Clock;

/// With the public sources that `PRICE_API_URL` names. A value that makes no sense costs the prices, not the program.
pub(crate) fn of_environment(clock: Arc<dyn Clock>) -> Prices {
    let public = from_environment(|name| std::env::var(name).ok()).unwrap_or_else(|error| {
        tracing::warn!(%error, "no public source of prices is asked");
        Vec::new()
    });
    Prices::new(public, clock)
}

/// For the window: all coins where jobs can be paid on a chain. Without one none, and then nobody is asked.
pub async fn prices(ctx: &Arc<Context>) -> Vec<PriceView> {
    if ctx.chain.is_none() {
        return Vec::new();
    }
    all(ctx).await
}

/// All coins, because somebody asked for just that.
pub async fn all(ctx: &Arc<Context>) -> Vec<PriceView> {
    let mut found = Vec::new();
    for coin in Coin::ALL {
        found.extend(ctx.prices.of(&ctx.api, coin).await.as_ref().map(view));
    }
    found
}

fn view(known: &Known) -> PriceView {
    PriceView {
        symbol: known.coin.symbol().to_owned(),
        usd: known.price.to_string(),
        answered_by: known.tier.to_string(),
        source: known.source.clone(),
        age_seconds: known.age_seconds,
    }
}
