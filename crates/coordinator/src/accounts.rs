//! People's accounts: balance, history, the faucet of local mode, transfers.

use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    idempotent,
    ledger::{self, AMOUNT_MAX, plain},
    limits::Asking,
    store,
};
use sqlx::AnyConnection;
use veriframe_core::{Address, Amount};
use veriframe_wire::{
    AddressText, AmountText, Money, Time,
    account::{Account, Entry, EntryKind, TransferRequest},
    admin::AuditAction,
};

/// Whoever has this much needs no faucet.
const FAUCET_BELOW: Amount = Amount::credits(10);

pub async fn view(db: &mut AnyConnection, address: Address) -> ApiResult<Account> {
    let balance = ledger::balance(db, &ledger::Account::User(address)).await?;
    let mut escrowed = Amount::ZERO;
    for job in store::jobs::running_of(db, address).await? {
        let held = ledger::balance(db, &ledger::Account::Escrow(job)).await?;
        escrowed = escrowed.checked_add(held).unwrap_or(escrowed);
    }
    Ok(Account {
        address: AddressText(address),
        balance: AmountText(balance),
        escrowed: AmountText(escrowed),
    })
}

/// Newest first, older than entry `before`.
pub async fn history(
    db: &mut AnyConnection,
    address: Address,
    before: Option<i64>,
    limit: u32,
) -> ApiResult<Vec<Entry>> {
    let account = ledger::Account::User(address).to_string();
    let rows = store::accounts::entries(db, &account, before, limit).await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            seq: row.seq.cast_unsigned(),
            at: Time(row.at),
            kind: row.kind,
            incoming: row.amount > 0,
            amount: AmountText(Amount::from_units(row.amount.unsigned_abs())),
            balance: AmountText(Amount::from_units(u128::try_from(row.balance).unwrap_or_default())),
            job: row.job,
            job_name: row.job_name,
            frame: row.frame,
            counterparty: ledger::Account::user_of(&row.other).map(AddressText),
        })
        .collect())
}

/// Fills a nearly empty account up.
pub async fn fill(app: &App, address: Address) -> ApiResult<Account> {
    if !app.gives_credits() {
        return Err(ApiError::state(
            "There is a faucet only where jobs are paid in local credits.",
        ));
    }
    let account = ledger::Account::User(address);
    let mut tx = app.store.write().await?;
    let has = ledger::balance(tx.db(), &account).await?;
    if has >= FAUCET_BELOW {
        return Err(ApiError::state("The account has 10 credits or more.").hint("The faucet is for empty accounts."));
    }
    let gift = app.settings.faucet.checked_sub(has).unwrap_or_default();
    ledger::transfer(
        &mut tx,
        &ledger::Account::Faucet,
        &account,
        gift,
        plain(EntryKind::Faucet),
    )
    .await?;
    let answer = view(tx.db(), address).await?;
    idempotent::commit(tx, answer).await
}

pub async fn transfer(app: &App, asking: &Asking, from: Address, request: &TransferRequest) -> ApiResult<Account> {
    let (AddressText(to), AmountText(amount)) = (request.to, request.amount);
    if amount == Amount::ZERO || amount > AMOUNT_MAX || to == from || to.is_nobody() {
        return Err(ApiError::invalid(
            "A transfer moves more than nothing, and at most 10^12 credits, to somebody else.",
        ));
    }
    match app.money() {
        Money::Credits => {}
        Money::Strk => {
            return Err(ApiError::state("Money of this coordinator is on the chain.").hint("Send it with your wallet."));
        }
        Money::None => return Err(ApiError::state("Nobody pays here, so there is nothing to send.")),
    }
    let mut tx = app.store.write().await?;
    let (source, target) = (ledger::Account::User(from), ledger::Account::User(to));
    ledger::transfer(&mut tx, &source, &target, amount, plain(EntryKind::Transfer)).await?;
    let note = format!("{} credits", amount.to_credits());
    audit::write(&mut tx, asking, from, AuditAction::Transfer, &to.to_string(), &note).await?;
    let answer = view(tx.db(), from).await?;
    idempotent::commit(tx, answer).await
}
