//! The account's money and its key.

mod import;
mod lock;
mod onchain;
mod pay;
mod qr;
mod words;

pub use import::import_key;
pub use lock::{lock_wallet, protect_key, set_lock_minutes, unlock_for_run, unlock_wallet};
pub use onchain::{chain_wallet, explorer_address, fund_wallet, transactions};
pub use pay::{make_payment, quote_payment};

pub use words::short;

use crate::{
    Context,
    api::ApiError,
    create::of_io,
    jobs::text::moment,
    keys::Protection,
    settlement,
    view::{AppEvent, CommandError, LedgerEntryView, LedgerPage, WalletView},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use veriframe_chain::private_file;
use veriframe_core::{Address, Amount};
use veriframe_wire::{Money, PageQuery, account::Entry};
use zeroize::Zeroizing;

const ENTRIES_A_PAGE: u32 = 100;
const BACKED_UP: &str = "key_backed_up";
const SCHEMA: u32 = 1;

pub async fn wallet(ctx: &Arc<Context>) -> Result<WalletView, CommandError> {
    // The coordinator's credits are not shown where jobs are paid on a chain, nor while nobody can sign in.
    let account = match &ctx.chain {
        Some(_) => None,
        None => match ctx.api.account().await {
            Ok(account) => Some(account),
            Err(ApiError::Locked(_)) => None,
            Err(error) => return Err(error.into()),
        },
    };
    let (balance, escrowed) = account.map_or((Amount::ZERO, Amount::ZERO), |account| {
        (account.balance.0, account.escrowed.0)
    });
    let key = lock::view(ctx).await?;
    let backed_up = ctx
        .db
        .call(|conn| crate::db::settings::get::<bool>(conn, BACKED_UP))
        .await?;
    Ok(WalletView {
        address: ctx.address.to_string(),
        unit: if ctx.chain.is_some() { "STRK" } else { "credits" }.to_owned(),
        balance: balance.to_string(),
        escrowed: escrowed.to_string(),
        network: if ctx.is_embedded {
            "Local network".to_owned()
        } else {
            ctx.api.host()
        },
        backed_up: backed_up.is_some_and(|(_, done)| done),
        // The faucet fills an account that has run dry; the coordinator has the last word.
        can_ask_for_credits: ctx.chain.is_none()
            && matches!(settlement::money(ctx).await, Ok(Money::Credits))
            && !key.locked
            && balance < Amount::credits(1)
            && escrowed == Amount::ZERO,
        has_chain: ctx.chain.is_some(),
        chain_trouble: ctx.chain_trouble.clone(),
        key,
    })
}

/// The history, newest first. An empty cursor is its beginning.
pub async fn ledger(ctx: &Arc<Context>, cursor: String) -> Result<LedgerPage, CommandError> {
    let page = PageQuery {
        limit: Some(ENTRIES_A_PAGE),
        cursor: Some(cursor).filter(|cursor| !cursor.is_empty()),
    };
    let answer = ctx.api.ledger_entries(&page).await?;
    Ok(LedgerPage {
        entries: answer.items.iter().map(entry).collect(),
        next_cursor: answer.next_cursor.unwrap_or_default(),
    })
}

fn entry(entry: &Entry) -> LedgerEntryView {
    LedgerEntryView {
        seq: entry.seq.to_string(),
        at: moment(entry.at.0.0),
        text: words::entry_text(entry),
        incoming: entry.incoming,
        amount: entry.amount.0.to_string(),
        balance: entry.balance.0.to_string(),
        job: entry.job.clone().unwrap_or_default(),
    }
}

pub async fn ask_for_credits(ctx: &Arc<Context>) -> Result<(), CommandError> {
    ctx.api.ask_for_credits().await?;
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

/// `amount` is in the smallest unit.
pub async fn transfer(ctx: &Arc<Context>, to: String, amount: String) -> Result<(), CommandError> {
    let (to, amount) = (recipient(ctx, &to)?, positive(&amount)?);
    ctx.api.transfer(to, amount, &uuid::Uuid::now_v7().to_string()).await?;
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

/// Somebody else's address, as a person gives it.
fn recipient(ctx: &Context, to: &str) -> Result<Address, CommandError> {
    let to: Address = to.trim().parse().map_err(|error| {
        CommandError::new(
            "invalid_settings",
            format!("That is not an address: {error}."),
            "Copy it from the other person's Wallet page.",
        )
    })?;
    if to.is_nobody() {
        return Err(CommandError::new(
            "invalid_settings",
            "Nobody has that address: what is sent there is lost.",
            "Copy it from the other person's Wallet page.",
        ));
    }
    if to == ctx.address {
        return Err(CommandError::new("invalid_settings", "That is your own address.", ""));
    }
    Ok(to)
}

/// An amount in the smallest unit.
fn positive(amount: &str) -> Result<Amount, CommandError> {
    let amount = amount.parse().ok().filter(|amount| *amount > Amount::ZERO);
    amount.ok_or_else(|| CommandError::new("invalid_settings", "That is not an amount.", "Write it like 2.50."))
}

/// Copies the key into a folder, as a file that only its owner can read; the path of the copy. An older copy stays.
pub async fn back_up_key(ctx: &Arc<Context>, folder: String) -> Result<String, CommandError> {
    let (context, folder) = (Arc::clone(ctx), PathBuf::from(folder));
    let copy = tokio::task::spawn_blocking(move || {
        let content = content_of_copy(&context)?;
        copy_key(&content, &folder, &context.address.to_string())
    })
    .await
    .map_err(|error| CommandError::internal(&error))??;
    ctx.db
        .call(|conn| crate::db::settings::put(conn, BACKED_UP, SCHEMA, &true))
        .await?;
    ctx.tell(AppEvent::Wallet);
    Ok(copy.to_string_lossy().into_owned())
}

/// The file as it is: a key under a password stays under it. What lies in the keychain has to be taken out of it.
fn content_of_copy(ctx: &Context) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let path = ctx.home.key();
    if ctx.keys.protection() == Protection::Keychain {
        return ctx.keys.key()?.to_file().map_err(|error| of_io(&error, &path));
    }
    std::fs::read(&path)
        .map(Zeroizing::new)
        .map_err(|error| of_io(&error, &path))
}

fn copy_key(content: &[u8], folder: &Path, address: &str) -> Result<PathBuf, CommandError> {
    let short = &address[2..10];
    for attempt in 0..1000 {
        let name = match attempt {
            0 => format!("veriframe-key-{short}.json"),
            n => format!("veriframe-key-{short}-{n}.json"),
        };
        let path = folder.join(name);
        if private_file::create(&path, content).map_err(|error| of_io(&error, folder))? {
            return Ok(path);
        }
    }
    Err(CommandError::new(
        "unreadable",
        "The folder is full of copies of the key.",
        "Choose another folder.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_key_is_private_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let address = "0x00000000000000000000000000000000000000000000000000000000000004a1";
        let first = copy_key(b"secret", dir.path(), address).unwrap();
        let second = copy_key(b"secret", dir.path(), address).unwrap();
        assert_ne!(first, second);
        assert_eq!(std::fs::read(&second).unwrap(), b"secret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o077, 0);
        }
    }
}
