//! Paying: exactly once for each id.

use super::{
    ChainAccess, Payment, What,
    journal::{self, AppJournal},
    of_deliver,
    quote::{enough, price},
    refused::fee_too_high,
    settle::settle,
};
use crate::{
    Context,
    db::transactions,
    view::{AppEvent, CommandError},
};
use std::time::Duration;
use veriframe_chain::{
    LocalKey,
    send::{Delivered, Patience, SignedTransaction, deliver, deploy_account},
};
use veriframe_core::Amount;

/// A block of the public networks takes a few seconds.
const PATIENCE: Patience = Patience {
    within: Duration::from_mins(2),
    look_every: Duration::from_millis(300),
};

/// Makes the calls happen once, and waits until they have; the account is put on the chain on the way when it is not there.
///
/// May be cut off anywhere and called again with the same payment, also after a crash: it goes on from there.
///
/// # Errors
/// `insufficient_funds`, `fee_too_high`, `refused_by_contract`, `rejected_signature`, `wrong_chain`, `wrong_contract`:
/// nothing was paid. `chain_unavailable`, `chain_waiting`: it may still happen; call it again.
pub async fn pay(ctx: &Context, payment: &Payment) -> Result<Delivered, CommandError> {
    let access = ctx.chain()?;
    access.check().await?;
    let key = &*ctx.keys.key()?;
    let journal = AppJournal::new(ctx, access.owner(&ctx.address), payment);
    let _turn = access.turn().await;
    let mut limit = payment.limit;
    // What is signed already was looked at before, and may have taken the money since.
    if journal.rows(&payment.id).await?.is_empty() {
        limit = prepare(ctx, access, key, payment).await?;
    }
    let sender = access.sender(key);
    let delivered = deliver(&sender, &journal, &payment.id, &payment.calls, limit, PATIENCE).await;
    settle(ctx, access, journal.rows(&payment.id).await?).await;
    ctx.tell(AppEvent::Wallet);
    delivered.map_err(of_deliver)
}

/// Whether something was signed for the payment of this id.
pub async fn is_begun(ctx: &Context, id: &str) -> Result<bool, CommandError> {
    let Some(access) = &ctx.chain else { return Ok(false) };
    let (owner, id) = (access.owner(&ctx.address), id.to_owned());
    let rows = ctx
        .db
        .call(move |conn| Ok(transactions::of(conn, &owner, &id)?))
        .await?;
    Ok(!rows.is_empty())
}

/// Looks whether it can be paid, and puts the account on the chain; what is left of the limit.
async fn prepare(
    ctx: &Context,
    access: &ChainAccess,
    key: &LocalKey,
    payment: &Payment,
) -> Result<Amount, CommandError> {
    let price = price(access, key, &payment.calls, payment.spends()).await?;
    if price.most() > payment.limit {
        return Err(fee_too_high(price.most(), payment.limit));
    }
    enough(access, key, payment.spends(), price.most()).await?;
    if price.deploy.is_none() {
        return Ok(payment.limit);
    }
    let chain_id = access.deployment.chain_id;
    let sent = deploy_account(&access.node, key, chain_id, payment.limit, PATIENCE).await;
    let Some(hash) = sent.map_err(of_deliver)? else {
        return Ok(payment.limit);
    };
    let fee = access.node.fee_paid(hash).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "what the account's deployment cost is not known");
        None
    });
    let deployment = Payment {
        id: "account".to_owned(),
        what: What::Deploy,
        words: "Your account, on the chain for the first time".to_owned(),
        calls: Vec::new(),
        amount: Amount::ZERO,
        job: String::new(),
        limit: payment.limit,
    };
    let journal = AppJournal::new(ctx, access.owner(&ctx.address), &deployment);
    let mut row = journal.row(&SignedTransaction {
        hash,
        nonce: 0,
        body: String::new(),
    });
    journal::SUCCEEDED.clone_into(&mut row.state);
    row.fee = fee.map(|fee| fee.to_string()).unwrap_or_default();
    journal.write(row).await?;
    Ok(payment
        .limit
        .checked_sub(fee.unwrap_or(Amount::ZERO))
        .unwrap_or(Amount::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::quote;
    use std::sync::Arc;

    /// Does not compile when a payment cannot be made by a task.
    #[expect(dead_code, reason = "only its types are looked at")]
    fn a_task_can_pay(ctx: Arc<Context>, payment: Payment) {
        fn task(_: impl Future<Output = ()> + Send + 'static) {}
        task(async move {
            let _ = quote(&ctx, &payment.calls, payment.spends()).await;
            let _ = pay(&ctx, &payment).await;
        });
    }
}
