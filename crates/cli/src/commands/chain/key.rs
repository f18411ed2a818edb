//! The key that signs.

use crate::exit::{Exit, Failure};
use std::{env, path::Path, sync::Arc};
use veriframe_app::{
    Home,
    keys::{KeyRing, Lifetime},
    store::SecretStore,
};
use veriframe_chain::{LocalKey, keystore};
use veriframe_core::SystemClock;
use zeroize::Zeroizing;

const KEY: &str = "VERIFRAME_PRIVATE_KEY";
const PASSWORD: &str = "VERIFRAME_PASSWORD";

/// As [`read`], and the key of the home when nothing else names one.
pub fn read_or_own(home: &Home, file: Option<&Path>) -> Result<Arc<LocalKey>, Failure> {
    if file.is_some() || env::var_os(KEY).is_some() || !home.key().exists() {
        return read(file).map(Arc::new);
    }
    let unusable = |error: &dyn std::error::Error| Failure::new(Exit::BadInput, "bad_key", format!("{error}."), "");
    let secrets = SecretStore::new(home.root(), home.secrets());
    let ring = KeyRing::open(home.key(), secrets, Arc::new(SystemClock)).map_err(|error| unusable(&error))?;
    if ring.is_locked() {
        let password = secret(PASSWORD, "The key of this home is under a password: set it to that.")?;
        ring.unlock(&password, Lifetime::Run)
            .map_err(|error| unusable(&error))?;
    }
    ring.key().map_err(|error| unusable(&error))
}

pub fn read(file: Option<&Path>) -> Result<LocalKey, Failure> {
    let Some(path) = file else {
        let text = secret(
            KEY,
            "Set it to the account's private key, or name a file with --keystore.",
        )?;
        return LocalKey::from_hex(text.trim())
            .map_err(|error| Failure::new(Exit::BadInput, "bad_key", format!("{KEY}: {error}."), ""));
    };
    let unreadable = |why: String| {
        let message = format!("“{}” cannot be used: {why}.", path.display());
        Failure::new(Exit::BadInput, "bad_keystore", message, "")
    };
    let text = keystore::read_file(path).map_err(|error| unreadable(error.to_string()))?;
    let password = secret(PASSWORD, "Set it to the password of the file.")?;
    keystore::unlock(&text, &password).map_err(|error| unreadable(error.to_string()))
}

fn secret(name: &str, hint: &str) -> Result<Zeroizing<String>, Failure> {
    env::var(name)
        .map(Zeroizing::new)
        .map_err(|_| Failure::new(Exit::BadInput, "no_key", format!("{name} is not set."), hint))
}
