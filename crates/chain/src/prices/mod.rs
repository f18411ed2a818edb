//! What the coins of Starknet cost in US dollars, as public sources say. A price is for a person to look at: nothing is
//! paid, refused or chosen by it.
//!
//! Invariants: a price never passes through a float; what a source says is a stranger's word, and is refused when it is too
//! long, too late, about another coin, or no sane number.

mod environment;
mod public;
mod usd;

pub use environment::{PRICE_VARIABLE, PriceVariableError, from_environment};
pub use public::{Dialect, PublicSource};
pub use usd::{Usd, UsdError};

use async_trait::async_trait;
use std::{fmt, str::FromStr, time::Duration};

/// How long a source may take for all of an answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A coin whose price is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Coin {
    Strk,
    Eth,
}

impl Coin {
    pub const ALL: [Self; 2] = [Self::Strk, Self::Eth];

    pub fn symbol(self) -> &'static str {
        match self {
            Self::Strk => "STRK",
            Self::Eth => "ETH",
        }
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no price of this coin is known")]
pub struct UnknownCoin;

impl FromStr for Coin {
    type Err = UnknownCoin;

    /// In either case.
    fn from_str(symbol: &str) -> Result<Self, UnknownCoin> {
        Self::ALL
            .into_iter()
            .find(|coin| coin.symbol().eq_ignore_ascii_case(symbol))
            .ok_or(UnknownCoin)
    }
}

/// Whoever says what a coin costs.
#[async_trait]
pub trait PriceSource: fmt::Debug + Send + Sync {
    /// For people: `CoinGecko`.
    fn name(&self) -> &str;
    async fn price(&self, coin: Coin) -> Result<Usd, PriceError>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("it could not be reached")]
    Unreachable,
    #[error("it did not answer within {} s", ANSWER_WITHIN.as_secs())]
    Slow,
    #[error("it answered with HTTP status {0}")]
    Status(u16),
    #[error("its answer is too long")]
    TooMuch,
    #[error("its answer is not the price that was asked for")]
    Answer,
    #[error("its price is refused: {0}")]
    Number(#[from] UsdError),
}
