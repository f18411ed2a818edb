//! The keys that sign access tokens: one signs, the ones before it are believed until their tokens ran out.
//!
//! They stand in the database, so a token of one replica is good at all of them. A new key of the calendar signs a while after
//! it was made, when every replica has read it; a key that was made at once is looked up when its first token comes.

use super::token_key::{ACCESS_SECONDS, TokenKey, named_key, unknown};
use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    limits::Asking,
    store::{
        Store,
        token_keys::{self, KeyRow},
    },
};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::admin::AuditAction;
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
/// Every replica reads the keys this often.
pub const READ_EVERY: i64 = 60;
/// Until a new key signs: long enough that every replica has read it.
const SIGNS_AFTER: i64 = 3 * READ_EVERY;
/// After its successor began to sign, a replica may go on with a key for this long, and then its tokens run out.
const OUTLIVED_AFTER: i64 = ACCESS_SECONDS as i64 + SIGNS_AFTER;
const DAY: i64 = 24 * 3600;
/// Names of keys that nobody has cost one look into the database in this time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct KeyRing {
    /// In the order in which they sign.
    keys: RwLock<Vec<Arc<TokenKey>>>,
    looked: Mutex<Option<Instant>>,
}

/// What becomes of the keys before a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Their tokens are good until they run out.
    RunOut,
    /// Whoever signed in has to sign in again, or to renew: a key is feared to be known.
    End,
}

impl KeyRing {
    /// Reads the keys, and makes the first: from `file`, where it was kept before it moved into the database.
    pub async fn open(store: &Store, file: &Path) -> ApiResult<Self> {
        let mut tx = store.write_durably().await?;
        let mut rows = token_keys::all(tx.db()).await?;
        if rows.is_empty() {
            let now = tx.now;
            let row = match kept_secret(file).map_err(ApiError::internal)? {
                Some(secret) => with_secret(secret, now, now)?,
                None => fresh(now, now)?,
            };
            token_keys::insert(tx.db(), &row).await?;
            rows.push(row);
        }
        tx.commit().await?;
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the old file of the token key could not be removed");
            }
            _ => {}
        }
        Ok(Self {
            keys: RwLock::new(read_in(&rows)),
            looked: Mutex::new(None),
        })
    }

    /// An access token of the key that signs now.
    pub fn issue(&self, address: Address, now: Timestamp) -> ApiResult<String> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let signing = keys.iter().rev().find(|key| key.signs_from <= now);
        // A clock that was set back must not end all sign-ins.
        let key = signing.or(keys.first());
        key.ok_or_else(|| ApiError::internal("there is no key that signs tokens"))?
            .issue(address, now)
    }

    /// Whose token this is.
    pub async fn check(&self, store: &Store, token: &str, now: Timestamp) -> ApiResult<Address> {
        let kid = named_key(token)?;
        if self.find(kid.as_deref()).is_none() && self.may_look() {
            self.read(store).await?;
        }
        self.find(kid.as_deref()).ok_or_else(unknown)?.check(token, now)
    }

    /// A token from before keys had names was signed with the first.
    fn find(&self, kid: Option<&str>) -> Option<Arc<TokenKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        match kid {
            Some(kid) => keys.iter().find(|key| key.kid == kid).cloned(),
            None => keys.first().cloned(),
        }
    }

    fn may_look(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let may = looked.is_none_or(|at| at.elapsed() >= LOOK_AGAIN);
        if may {
            *looked = Some(Instant::now());
        }
        may
    }

    async fn read(&self, store: &Store) -> ApiResult<()> {
        let rows = token_keys::all(&mut *store.read().await?).await?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = read_in(&rows);
        Ok(())
    }
}

fn read_in(rows: &[KeyRow]) -> Vec<Arc<TokenKey>> {
    rows.iter().map(|row| Arc::new(TokenKey::from(row))).collect()
}

fn kept_secret(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(file) {
        // One that was cut short by a crash signed nothing.
        Ok(secret) => Ok((secret.len() == SECRET_BYTES).then_some(secret)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn fresh(now: Timestamp, signs_from: Timestamp) -> ApiResult<KeyRow> {
    let mut secret = vec![0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| ApiError::internal(error.to_string()))?;
    with_secret(secret, now, signs_from)
}

fn with_secret(secret: Vec<u8>, now: Timestamp, signs_from: Timestamp) -> ApiResult<KeyRow> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(KeyRow {
        kid: hex::encode(name),
        secret: Zeroizing::new(secret),
        created_at: now,
        signs_from,
    })
}

/// Reads the keys anew, makes the next one when it is time, and drops those whose tokens all ran out.
pub async fn turn(app: &App) -> ApiResult<()> {
    app.keys.read(&app.store).await?;
    let days = i64::from(app.settings.token_key_days.max(1));
    let due = |newest: Timestamp, now: Timestamp| newest.plus_seconds(days * DAY) <= now;
    let newest = {
        let keys = app.keys.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.last().map(|key| key.signs_from)
    };
    if newest.is_some_and(|newest| !due(newest, app.clock.now())) && !outlived(app) {
        return Ok(());
    }
    let mut tx = app.store.write_durably().await?;
    let now = tx.now;
    let mut rows = token_keys::all(tx.db()).await?;
    // Another replica may have been faster.
    if rows.last().is_none_or(|row| due(row.signs_from, now)) {
        let row = fresh(now, now.plus_seconds(SIGNS_AFTER))?;
        token_keys::insert(tx.db(), &row).await?;
        tracing::info!(kid = row.kid, "a new key will sign tokens");
        rows.push(row);
    }
    for pair in rows.windows(2) {
        if pair[1].signs_from.plus_seconds(OUTLIVED_AFTER) <= now {
            token_keys::delete(tx.db(), &pair[0].kid).await?;
        }
    }
    tx.commit().await?;
    app.keys.read(&app.store).await
}

fn outlived(app: &App) -> bool {
    let keys = app.keys.keys.read().unwrap_or_else(PoisonError::into_inner);
    let second = keys.get(1).map(|key| key.signs_from.plus_seconds(OUTLIVED_AFTER));
    second.is_some_and(|end| end <= app.clock.now())
}

/// A new key that signs from now on. Other replicas end the earlier ones when they read the keys next: within a minute.
pub async fn turn_now(app: &App, asking: &Asking, operator: Address, earlier: Earlier) -> ApiResult<()> {
    let mut tx = app.store.write_durably().await?;
    let now = tx.now;
    let row = fresh(now, now)?;
    for old in token_keys::all(tx.db()).await? {
        if earlier == Earlier::End || old.signs_from > now {
            token_keys::delete(tx.db(), &old.kid).await?;
        }
    }
    token_keys::insert(tx.db(), &row).await?;
    let note = match earlier {
        Earlier::RunOut => "earlier keys run out",
        Earlier::End => "earlier keys were ended",
    };
    audit::write(&mut tx, asking, operator, AuditAction::KeysRotated, &row.kid, note).await?;
    tx.commit().await?;
    app.keys.read(&app.store).await
}
