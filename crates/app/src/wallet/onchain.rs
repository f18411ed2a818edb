//! What the wallet holds on the chain, and what it did there.

use super::qr;
use crate::{
    Context,
    chain::{ChainAccess, Direction, What, of_node, settle_waiting},
    db::transactions::{self, TransactionRow},
    jobs::text::moment,
    view::{
        AppEvent, ChainWalletView, CommandError, MoneyDirection, QrView, TransactionPage, TransactionState,
        TransactionView,
    },
};
use std::sync::Arc;
use veriframe_chain::{node::NodeError, number, number::of_address, token::ETH};
use veriframe_core::Amount;

/// What the button of a test network gives.
const TEST_MONEY: Amount = Amount::credits(1000);
const A_PAGE: u32 = 50;

pub async fn chain_wallet(ctx: &Arc<Context>) -> Result<ChainWalletView, CommandError> {
    let access = ctx.chain()?;
    access.check().await?;
    let account = of_address(&ctx.address);
    let views = access.views();
    let (network, balance, eth, owed, deployed, can_mint) = tokio::join!(
        access.network(),
        views.balance(access.deployment.token, account),
        views.balance(ETH, account),
        owed(ctx, access),
        access.is_deployed(&ctx.address),
        access.mints(),
    );
    let eth = match eth {
        Ok(amount) => Some(amount.to_string()),
        Err(NodeError::NoSuchContract | NodeError::NoSuchFunction) => None,
        Err(error) => return Err(of_node(error)),
    };
    Ok(ChainWalletView {
        network: network?,
        balance: balance.map_err(of_node)?.to_string(),
        eth,
        owed: owed?.total().to_string(),
        deployed: deployed?,
        can_mint: can_mint?,
        qr: qr::draw(&ctx.address.to_string()).unwrap_or(QrView {
            size: 1,
            path: String::new(),
        }),
    })
}

/// What each contract owes the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owed {
    pub market: Amount,
    pub registry: Amount,
}

impl Owed {
    pub fn total(self) -> Amount {
        self.market.checked_add(self.registry).unwrap_or(self.market)
    }
}

pub(super) async fn owed(ctx: &Context, access: &ChainAccess) -> Result<Owed, CommandError> {
    let account = of_address(&ctx.address);
    let views = access.views();
    let (market, registry) = tokio::join!(
        views.owed(access.deployment.market, account),
        views.owed(access.deployment.registry, account),
    );
    Ok(Owed {
        market: market.map_err(of_node)?,
        registry: registry.map_err(of_node)?,
    })
}

/// Test STRK, on a network that gives it away.
pub async fn fund_wallet(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let access = ctx.chain()?;
    access.check().await?;
    if !access.mints().await? {
        return Err(CommandError::new(
            "invalid_state",
            "STRK is not given away on this network.",
            "Send some to the address on the Wallet page.",
        ));
    }
    let account = of_address(&ctx.address);
    access.node.mint(account, TEST_MONEY).await.map_err(of_node)?;
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

/// What was signed here, newest first. An empty cursor is the beginning.
pub async fn transactions(ctx: &Arc<Context>, cursor: String) -> Result<TransactionPage, CommandError> {
    let access = ctx.chain()?;
    if cursor.is_empty() {
        settle_waiting(ctx).await?;
    }
    let before = cursor.parse().unwrap_or(i64::MAX);
    let owner = access.owner(&ctx.address);
    let rows = ctx
        .db
        .call(move |conn| Ok(transactions::page(conn, &owner, before, A_PAGE)?))
        .await?;
    // Of a node that is away it is not known; the rows are on this computer.
    let can_open = matches!(access.explorer().await, Ok(Some(_)));
    let is_full = u32::try_from(rows.len()).is_ok_and(|rows| rows == A_PAGE);
    Ok(TransactionPage {
        next_cursor: rows
            .last()
            .filter(|_| is_full)
            .map(|row| row.seq.to_string())
            .unwrap_or_default(),
        entries: rows.into_iter().map(|row| shown(row, can_open)).collect(),
    })
}

/// Where an explorer shows the transaction.
pub async fn explorer_address(ctx: &Arc<Context>, hash: String) -> Result<String, CommandError> {
    let refused = |message: &str| CommandError::new("invalid_state", message, "");
    let hash = number::parse(&hash).map_err(|_| refused("That is not the hash of a transaction."))?;
    let place = ctx.chain()?.explorer().await?;
    let place = place.ok_or_else(|| refused("No explorer shows this network."))?;
    Ok(format!("{place}{}", number::format(&hash)))
}

fn shown(row: TransactionRow, can_open: bool) -> TransactionView {
    TransactionView {
        seq: row.seq.to_string(),
        at: moment(row.created_at_ms),
        direction: What::parse(&row.what).map_or(MoneyDirection::None, |what| direction(what.direction())),
        what: row.what,
        text: row.words,
        amount: row.amount,
        fee: row.fee,
        state: match row.state.as_str() {
            "succeeded" => TransactionState::Succeeded,
            "reverted" => TransactionState::Reverted,
            _ => TransactionState::Sent,
        },
        hash: row.hash,
        can_open,
        job: row.job,
    }
}

pub(super) fn direction(of: Direction) -> MoneyDirection {
    match of {
        Direction::In => MoneyDirection::In,
        Direction::Out => MoneyDirection::Out,
        Direction::None => MoneyDirection::None,
    }
}
