//! Payments from the Wallet page: first what they cost, then the payment.

use super::{
    onchain::{direction, owed},
    positive, recipient, short,
};
use crate::{
    Context,
    chain::{self, ChainAccess, Payment, What},
    view::{CommandError, PaymentQuote, WalletPayment},
};
use std::sync::Arc;
use veriframe_chain::{
    market::{erc20, market, registry},
    number::{self, of_address},
};
use veriframe_core::Amount;

/// What it does and the most it costs; nothing is signed.
pub async fn quote_payment(ctx: &Arc<Context>, payment: WalletPayment) -> Result<PaymentQuote, CommandError> {
    let payment = planned(ctx, &payment).await?;
    let quote = chain::quote(ctx, &payment.calls, payment.spends()).await?;
    Ok(PaymentQuote {
        id: uuid::Uuid::now_v7().to_string(),
        text: payment.words,
        direction: direction(payment.what.direction()),
        amount: payment.amount.to_string(),
        fee_most: quote.fee_most.to_string(),
        deploys: quote.deploys,
        balance: quote.balance.to_string(),
    })
}

/// Makes it under the id and for at most the fee that its quote named; the hash of the transaction. Made twice under one
/// id, it happens once.
pub async fn make_payment(
    ctx: &Arc<Context>,
    id: String,
    payment: WalletPayment,
    fee_most: String,
) -> Result<String, CommandError> {
    let payment = Payment {
        id: format!("wallet {id}"),
        limit: positive(&fee_most)?,
        ..planned(ctx, &payment).await?
    };
    let paid = chain::pay(ctx, &payment).await?;
    Ok(number::format(&paid.transaction))
}

async fn planned(ctx: &Context, payment: &WalletPayment) -> Result<Payment, CommandError> {
    let access = ctx.chain()?;
    let (what, words, calls, amount) = match payment {
        WalletPayment::Transfer { to, amount } => {
            let (to, amount) = (recipient(ctx, to)?, positive(amount)?);
            refuse_contracts(access, of_address(&to))?;
            let call = erc20::transfer(access.deployment.token, &to, amount);
            (What::Transfer, format!("To {}", short(to)), vec![call], amount)
        }
        WalletPayment::Withdraw => {
            access.check().await?;
            let owed = owed(ctx, access).await?;
            let mut calls = Vec::new();
            if owed.registry > Amount::ZERO {
                calls.push(registry::withdraw(access.deployment.registry));
            }
            // With nothing owed the contract says so itself.
            if owed.market > Amount::ZERO || calls.is_empty() {
                calls.push(market::withdraw(access.deployment.market));
            }
            (
                What::Withdraw,
                "From the market to your wallet".to_owned(),
                calls,
                owed.total(),
            )
        }
    };
    Ok(Payment {
        id: String::new(),
        what,
        words,
        calls,
        amount,
        job: String::new(),
        limit: Amount::ZERO,
    })
}

/// Nobody gets back what is sent to a contract that does not expect it.
fn refuse_contracts(access: &ChainAccess, to: veriframe_chain::Felt) -> Result<(), CommandError> {
    let at = &access.deployment;
    if [at.market, at.registry, at.token].contains(&to) {
        return Err(CommandError::new(
            "invalid_settings",
            "That is the address of a contract: what is sent there is lost.",
            "Copy the address from the other person's Wallet page.",
        ));
    }
    Ok(())
}
