//! The password of the key, and for how long it counts.

use crate::{
    Context,
    keys::{Lifetime, Protection},
    settings::{load_value, save_value},
    view::{AppEvent, CommandError, KeyProtection, KeyView},
};
use std::{sync::Arc, time::Duration};
use veriframe_chain::keystore::Cost;
use zeroize::Zeroizing;

const LOCK_MINUTES: &str = "wallet.lock_minutes";
const LOCK_MINUTES_AT_FIRST: u32 = 15;
const LOCK_MINUTES_AT_MOST: u32 = 24 * 60;
/// How late the window learns that the time is over. Nothing is signed in between: each signature looks at the clock.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(super) async fn view(ctx: &Context) -> Result<KeyView, CommandError> {
    let keys = Arc::clone(&ctx.keys);
    let replaced = tokio::task::spawn_blocking(move || keys.is_replaced()).await;
    Ok(KeyView {
        protection: match ctx.keys.protection() {
            Protection::None => KeyProtection::None,
            Protection::Password => KeyProtection::Password,
            Protection::Keychain => KeyProtection::Keychain,
        },
        locked: ctx.keys.is_locked(),
        lock_minutes: lock_minutes(ctx).await?,
        replaced: replaced.unwrap_or(false),
    })
}

/// Takes about a second: guessing shall be slow.
pub async fn unlock_wallet(ctx: &Arc<Context>, password: String) -> Result<(), CommandError> {
    let lifetime = lifetime(ctx).await?;
    unlock(ctx, password, lifetime).await?;
    lock_in_time(ctx);
    Ok(())
}

/// For a program without a window: nobody is there to be asked again.
pub async fn unlock_for_run(ctx: &Context, password: String) -> Result<(), CommandError> {
    unlock(ctx, password, Lifetime::Run).await
}

async fn unlock(ctx: &Context, password: String, lifetime: Lifetime) -> Result<(), CommandError> {
    let (keys, password) = (Arc::clone(&ctx.keys), Zeroizing::new(password));
    tokio::task::spawn_blocking(move || keys.unlock(&password, lifetime))
        .await
        .map_err(|error| CommandError::internal(&error))??;
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

pub async fn lock_wallet(ctx: &Arc<Context>) -> Result<(), CommandError> {
    ctx.keys.lock();
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

/// Keeps the key in another way. `password` is the new one for a password; for a private file it is the present one.
pub async fn protect_key(ctx: &Arc<Context>, protection: KeyProtection, password: String) -> Result<(), CommandError> {
    // A locked key cannot be put anywhere; taking a password away asks for it itself.
    if protection != KeyProtection::None {
        ctx.keys.key()?;
    }
    let (keys, password) = (Arc::clone(&ctx.keys), Zeroizing::new(password));
    let lifetime = lifetime(ctx).await?;
    tokio::task::spawn_blocking(move || match protection {
        KeyProtection::Password => keys.protect(&password, Cost::STANDARD, lifetime),
        KeyProtection::Keychain => keys.give_to_keychain(),
        KeyProtection::None => keys.unprotect(&password),
    })
    .await
    .map_err(|error| CommandError::internal(&error))??;
    lock_in_time(ctx);
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

/// 0: until the app is closed. Counts from the next time that it is unlocked.
pub async fn set_lock_minutes(ctx: &Arc<Context>, minutes: u32) -> Result<(), CommandError> {
    if minutes > LOCK_MINUTES_AT_MOST {
        return Err(CommandError::new(
            "invalid_settings",
            "The wallet stays unlocked for a day at most.",
            "Choose fewer minutes, or until the app is closed.",
        ));
    }
    save_value(ctx, LOCK_MINUTES, minutes).await?;
    ctx.tell(AppEvent::Wallet);
    Ok(())
}

async fn lock_minutes(ctx: &Context) -> Result<u32, CommandError> {
    Ok(load_value(ctx, LOCK_MINUTES).await?.unwrap_or(LOCK_MINUTES_AT_FIRST))
}

async fn lifetime(ctx: &Context) -> Result<Lifetime, CommandError> {
    Ok(match lock_minutes(ctx).await? {
        0 => Lifetime::Run,
        minutes => Lifetime::Minutes(minutes),
    })
}

/// Takes the key out of the memory when its time is over, and tells the window.
fn lock_in_time(ctx: &Arc<Context>) {
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let ended = ctx.shutdown.clone();
        while !ctx.keys.is_locked() && ctx.keys.locks_by_itself() {
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        ctx.tell(AppEvent::Wallet);
    });
}
