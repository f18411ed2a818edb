//! How jobs are paid: not at all, with the coordinator's credits, or with STRK that the market contract holds.
//!
//! Which of these is the coordinator's to say ([`money()`]); where the money goes on the chain is not: only contracts
//! that this home's own deployment file names are ever paid.
//!
//! Invariants: nothing is signed that was not shown with its price before ([`QuoteView`]); a job is paid once, however
//! often the program is killed; what was paid for a job that the coordinator then refuses is taken back.

mod act;
mod money;
mod paid;
mod posting;
mod view;

pub use act::{act_on_chain, quote_on_chain};
pub use money::money;
pub(crate) use money::{balance, renders_here};
pub use paid::paid;
pub(crate) use posting::{is_begun, pay_for, quote_job, take_back};
pub(crate) use view::escrow_view;

use crate::{
    chain::Quote,
    view::{CommandError, QuoteView},
};
use veriframe_core::Amount;
use veriframe_wire::Money;

fn quote_view(quote: &Quote) -> QuoteView {
    QuoteView {
        unit: Money::Strk.unit().to_owned(),
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
