//! Another key for this home.

use crate::{
    Context,
    create::of_io,
    jobs::text::moment,
    keys::{KeysError, exchange},
    view::{AppEvent, CommandError, KeySource, NewKey},
};
use std::{io::Read as _, path::Path, sync::Arc};
use veriframe_chain::{
    LocalKey,
    keystore::{self, Cost, KeystoreError},
};
use veriframe_core::Address;
use zeroize::Zeroizing;

/// Makes a new key or takes one from elsewhere; it counts from the next start. The old one is kept beside it: the path of
/// that copy.
pub async fn import_key(ctx: &Arc<Context>, new: NewKey) -> Result<String, CommandError> {
    let (path, own) = (ctx.home.key(), ctx.address);
    let day = moment(ctx.clock.now().0).chars().take(10).collect::<String>();
    let work = move || -> Result<String, CommandError> {
        let key = take(&new, &own)?;
        let password = Zeroizing::new(new.protect_with);
        let aside = exchange(&path, &key, &password, Cost::STANDARD, &day)?;
        Ok(aside.to_string_lossy().into_owned())
    };
    let aside = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::internal(&error))??;
    ctx.tell(AppEvent::Wallet);
    Ok(aside)
}

fn take(new: &NewKey, own: &Address) -> Result<LocalKey, CommandError> {
    let key = match new.source {
        KeySource::New => LocalKey::generate().map_err(KeysError::from)?,
        KeySource::Text => LocalKey::from_hex(new.text.trim()).map_err(KeysError::from)?,
        KeySource::File => from_file(Path::new(&new.path), &new.password)?,
    };
    if key.address() == *own {
        return Err(CommandError::new(
            "invalid_settings",
            "That is the key of this wallet already.",
            "Nothing was changed.",
        ));
    }
    Ok(key)
}

fn from_file(path: &Path, password: &str) -> Result<LocalKey, CommandError> {
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(keystore::MAX_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| of_io(&error, path))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| KeysError::from(KeystoreError::Malformed))?;
    match keystore::unlock(text, password) {
        Ok(key) => Ok(key),
        // Our own back-up of a key without a password.
        Err(KeystoreError::Malformed) => {
            LocalKey::from_file(text).ok_or_else(|| KeysError::from(KeystoreError::Malformed).into())
        }
        Err(error) => Err(KeysError::from(error).into()),
    }
}
