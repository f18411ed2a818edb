//! What something would cost, before anything is signed for it.

use super::{ChainAccess, of_node, refused::too_little};
use crate::{Context, view::CommandError};
use veriframe_chain::{
    Felt, LocalKey,
    number::of_address,
    send::{Call, Sender as _, estimate_with_deployment},
    token::STRK,
};
use veriframe_core::Amount;

/// An offer: nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What leaves the account, the fee aside.
    pub spends: Amount,
    /// The most that the network may take in fees. Most of the time it takes less than half of it.
    pub fee_most: Amount,
    /// Whether the account is put on the chain on the way; `fee_most` has that in it.
    pub deploys: bool,
    /// What the wallet holds of the token now.
    pub balance: Amount,
}

/// What the network asks for now, with the margin that is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    pub deploy: Option<Amount>,
    pub calls: Amount,
}

impl Price {
    pub fn most(&self) -> Amount {
        let deploy = self.deploy.unwrap_or(Amount::ZERO);
        deploy.checked_add(self.calls).unwrap_or(Amount::from_units(u128::MAX))
    }
}

/// What the calls would cost. `spends` is what they take from the account.
///
/// # Errors
/// `insufficient_funds`, `refused_by_contract` with the contract's reason, and what keeps the chain from being asked.
pub async fn quote(ctx: &Context, calls: &[Call], spends: Amount) -> Result<Quote, CommandError> {
    let access = ctx.chain()?;
    access.check().await?;
    // An estimate is signed for as well: the account's own contract is part of what it costs.
    let key = ctx.keys.key()?;
    let price = price(access, &key, calls, spends).await?;
    let most = price.most();
    // Prices go up and down by the block: what is agreed to now shall still do when it is signed.
    let fee_most = most.checked_add(Amount::from_units(most.units() / 4)).unwrap_or(most);
    let balance = enough(access, &key, spends, fee_most).await?;
    Ok(Quote {
        spends,
        fee_most,
        deploys: price.deploy.is_some(),
        balance,
    })
}

pub(super) async fn price(
    access: &ChainAccess,
    key: &LocalKey,
    calls: &[Call],
    spends: Amount,
) -> Result<Price, CommandError> {
    // A contract would say the same in words that nobody understands.
    enough(access, key, spends, Amount::ZERO).await?;
    let sender = access.sender(key);
    if let Some(nonce) = sender.nonce().await.map_err(of_node)? {
        let fee = sender.estimate(calls, nonce).await.map_err(of_node)?;
        return Ok(Price {
            deploy: None,
            calls: fee.most(),
        });
    }
    let chain_id = access.deployment.chain_id;
    let [deploy, calls] = estimate_with_deployment(&sender, key, chain_id, calls)
        .await
        .map_err(of_node)?;
    Ok(Price {
        deploy: Some(deploy.most()),
        calls: calls.most(),
    })
}

/// The balance, when it does for both. The fee is always paid in STRK, whatever the market is paid in.
pub(super) async fn enough(
    access: &ChainAccess,
    key: &LocalKey,
    spends: Amount,
    fee: Amount,
) -> Result<Amount, CommandError> {
    let account = of_address(&key.address());
    let token = access.deployment.token;
    let has = holds(access, token, account).await?;
    if token == STRK {
        let needs = spends.checked_add(fee).unwrap_or(Amount::from_units(u128::MAX));
        return if has < needs {
            Err(too_little(has, needs))
        } else {
            Ok(has)
        };
    }
    if has < spends {
        return Err(too_little(has, spends));
    }
    let for_fees = holds(access, STRK, account).await?;
    if for_fees < fee {
        return Err(too_little(for_fees, fee));
    }
    Ok(has)
}

async fn holds(access: &ChainAccess, token: Felt, account: Felt) -> Result<Amount, CommandError> {
    access.views().balance(token, account).await.map_err(of_node)
}
