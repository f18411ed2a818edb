//! What a coordinator is paid in.

use crate::{Context, view::CommandError};
use veriframe_chain::{Felt, number};
use veriframe_core::Amount;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Credits,
    Strk,
}

impl Currency {
    /// As it stands behind an amount.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Credits => "credits",
            Self::Strk => "STRK",
        }
    }
}

/// Asked once: a coordinator does not change its mind while it runs.
///
/// # Errors
/// `no_chain` when it is paid in STRK and this home knows no chain, `wrong_contract` when it settles elsewhere than this
/// home's deployment says.
pub async fn currency(ctx: &Context) -> Result<Currency, CommandError> {
    ctx.currency.get_or_try_init(|| ask(ctx)).await.copied()
}

async fn ask(ctx: &Context) -> Result<Currency, CommandError> {
    let told = ctx.api.contracts().await?;
    if told.scheduler.is_none() {
        return Ok(Currency::Credits);
    }
    let deployment = &ctx.chain()?.deployment;
    let same = |text: &Option<String>, meant: Felt| {
        text.as_deref()
            .and_then(|text| number::parse(text).ok())
            .is_some_and(|told| told == meant)
    };
    if same(&told.market, deployment.market) && same(&told.registry, deployment.registry) {
        return Ok(Currency::Strk);
    }
    Err(CommandError::new(
        "wrong_contract",
        "This coordinator settles through other contracts than those in your chain.json.",
        "Nothing was signed. Use the coordinator that the file is from, or get its file.",
    ))
}

/// What can be spent on jobs.
pub(crate) async fn balance(ctx: &Context) -> Result<(Currency, Amount), CommandError> {
    let currency = currency(ctx).await?;
    let balance = match currency {
        Currency::Credits => ctx.api.account().await?.balance.0,
        Currency::Strk => {
            let access = ctx.chain()?;
            let account = number::of_address(&ctx.address);
            let balance = access.views().balance(access.deployment.token, account).await;
            balance.map_err(crate::chain::of_node)?
        }
    };
    Ok((currency, balance))
}
