//! What the coordinator's jobs are paid in.

use crate::{Context, view::CommandError};
use veriframe_chain::{Felt, number};
use veriframe_core::Amount;
use veriframe_wire::Money;

/// Asked once: a coordinator does not change its mind while it runs.
///
/// # Errors
/// `no_chain` when it is paid in STRK and this home knows no chain, `wrong_contract` when it settles elsewhere than this
/// home's deployment says.
pub async fn money(ctx: &Context) -> Result<Money, CommandError> {
    ctx.money.get_or_try_init(|| ask(ctx)).await.copied()
}

async fn ask(ctx: &Context) -> Result<Money, CommandError> {
    let told = ctx.api.contracts().await?;
    if told.money() != Money::Strk {
        return Ok(told.money());
    }
    let deployment = &ctx.chain()?.deployment;
    let same = |text: &Option<String>, meant: Felt| {
        text.as_deref()
            .and_then(|text| number::parse(text).ok())
            .is_some_and(|told| told == meant)
    };
    if same(&told.market, deployment.market) && same(&told.registry, deployment.registry) {
        return Ok(Money::Strk);
    }
    Err(CommandError::new(
        "wrong_contract",
        "This coordinator settles through other contracts than those in your chain.json.",
        "Nothing was signed. Use the coordinator that the file is from, or get its file.",
    ))
}

/// What can be spent on jobs; nothing where nobody pays.
pub(crate) async fn balance(ctx: &Context) -> Result<(Money, Amount), CommandError> {
    let money = money(ctx).await?;
    let balance = match money {
        Money::None => Amount::ZERO,
        Money::Credits => ctx.api.account().await?.balance.0,
        Money::Strk => {
            let access = ctx.chain()?;
            let account = number::of_address(&ctx.address);
            let balance = access.views().balance(access.deployment.token, account).await;
            balance.map_err(crate::chain::of_node)?
        }
    };
    Ok((money, balance))
}

/// Whether this computer renders its own account's jobs by itself, whether or not it provides: it does where the
/// coordinator is this program's own and nobody pays.
pub(crate) async fn renders_here(ctx: &Context) -> bool {
    ctx.is_embedded && matches!(money(ctx).await, Ok(Money::None))
}
