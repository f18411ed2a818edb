//! How jobs are paid: with the coordinator's credits, or with STRK that the market contract holds.
//!
//! Which of the two is the coordinator's to say ([`currency`]); where the money goes on the chain is not: only contracts
//! that this home's own deployment file names are ever paid.
//!
//! Invariants: nothing is signed that was not shown with its price before ([`QuoteView`]); a job is paid once, however
//! often the program is killed; what was paid for a job that the coordinator then refuses is taken back.

mod act;
mod currency;
mod paid;
mod posting;
mod view;

pub use act::{act_on_chain, quote_on_chain};
pub(crate) use currency::balance;
pub use currency::{Currency, currency};
pub use paid::paid;
pub(crate) use posting::{pay_for, quote_job, take_back};
pub(crate) use view::escrow_view;

use crate::{
    chain::Quote,
    view::{CommandError, QuoteView},
};
use veriframe_core::Amount;

fn quote_view(quote: &Quote) -> QuoteView {
    QuoteView {
        unit: Currency::Strk.unit().to_owned(),
        spends: quote.spends.to_string(),
        fee_most: quote.fee_most.to_string(),
        deploys: quote.deploys,
        balance: quote.balance.to_string(),
    }
}

/// What somebody agreed to pay in fees.
fn fee_limit(text: &str) -> Result<Amount, CommandError> {
    text.parse().map_err(|_| {
        CommandError::new(
            "invalid_settings",
            "It was not said how much the network may take in fees.",
            "Ask for the price first.",
        )
    })
}
