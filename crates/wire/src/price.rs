//! What coins cost.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /prices/{symbol}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Price {
    /// `STRK`.
    pub symbol: String,
    /// US dollars for one coin, a decimal number with at most six decimals: `0.1234`.
    pub usd: String,
    /// Who says so: `CoinGecko`.
    pub source: String,
    /// Seconds since the source said so.
    pub age_seconds: u32,
}

/// `GET /prices/assets`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PricedAssets {
    /// Symbols that a price can be asked of.
    pub assets: Vec<String>,
}
