use serde::Serialize;
use specta::Type;

/// What a coin costs, for people to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct PriceView {
    /// `STRK`.
    pub symbol: String,
    /// US dollars for one coin: `0.1234`; at most six decimals.
    pub usd: String,
    /// `cache`, `coordinator`, or `public: CoinGecko`.
    pub answered_by: String,
    /// Who said so first: `CoinGecko`.
    pub source: String,
    /// Seconds since it was said.
    pub age_seconds: u32,
}
