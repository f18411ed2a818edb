//! What jobs are paid in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who pays whom, in what. A coordinator has one for all its jobs and tells it in `GET /contracts`; what a page, a command
/// or a text says of money follows from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Money {
    /// Nobody pays: the computers belong together. Jobs have no price, no cap and no escrow.
    None,
    /// Credits in the coordinator's own books.
    #[default]
    Credits,
    /// STRK, which the market contract on Starknet holds.
    Strk,
}

impl Money {
    /// As it stands behind an amount; empty where nobody pays.
    pub fn unit(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Credits => "credits",
            Self::Strk => "STRK",
        }
    }

    /// Whether frames have a price at all.
    pub fn is_paid(self) -> bool {
        self != Self::None
    }
}
