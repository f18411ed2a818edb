//! What became of transactions, for the history.

use super::{ChainAccess, journal};
use crate::{
    Context,
    db::transactions::{self, TransactionRow},
    view::CommandError,
};
use veriframe_chain::{
    node::NodeError,
    number::{self, of_address},
    send::Outcome,
};

/// Looked at in one go.
const AT_ONCE: u32 = 20;

/// Asks what became of transactions whose end is not known yet, such as after a crash. Sends nothing.
pub async fn settle_waiting(ctx: &Context) -> Result<(), CommandError> {
    let access = ctx.chain()?;
    let owner = access.owner(&ctx.address);
    let rows = ctx
        .db
        .call(move |conn| Ok(transactions::waiting(conn, &owner, AT_ONCE)?))
        .await?;
    settle(ctx, access, rows).await;
    Ok(())
}

/// What cannot be learned now is learned at the next look.
pub(super) async fn settle(ctx: &Context, access: &ChainAccess, rows: Vec<TransactionRow>) {
    for row in rows.into_iter().filter(|row| row.state == journal::SENT) {
        if let Err(error) = settle_one(ctx, access, &row).await {
            tracing::debug!(%error, hash = row.hash, "what became of a transaction is not known");
            return;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SettleError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Db(#[from] crate::db::DbError),
    #[error(transparent)]
    Number(#[from] veriframe_chain::NumberError),
}

async fn settle_one(ctx: &Context, access: &ChainAccess, row: &TransactionRow) -> Result<(), SettleError> {
    let hash = number::parse(&row.hash)?;
    // The nonce first: a transaction that used it is known afterwards.
    let next = access.node.nonce(of_address(&ctx.address)).await?;
    let state = match access.node.outcome(hash).await? {
        Outcome::Succeeded => journal::SUCCEEDED,
        Outcome::Reverted(_) => journal::REVERTED,
        Outcome::Unknown if next.is_some_and(|next| u64::try_from(row.nonce).is_ok_and(|used| used < next)) => {
            journal::REPLACED
        }
        Outcome::Unknown | Outcome::Waiting => return Ok(()),
    };
    let fee = match state {
        journal::REPLACED => None,
        _ => access.node.fee_paid(hash).await?,
    };
    let (seq, fee) = (row.seq, fee.map(|fee| fee.to_string()).unwrap_or_default());
    ctx.db
        .call(move |conn| Ok(transactions::settle(conn, seq, state, &fee)?))
        .await?;
    Ok(())
}
