//! Another key in the place of the old one.

use super::{
    KeysError,
    file::{self, Stored},
};
use std::path::{Path, PathBuf};
use veriframe_chain::{
    LocalKey,
    keystore::{self, Cost},
};

/// Puts a key into the file, for the next start; under a password unless that is empty. The old file is copied beside it
/// first, under its account's name and the `day`; the path of the copy.
pub fn exchange(path: &Path, key: &LocalKey, password: &str, cost: Cost, day: &str) -> Result<PathBuf, KeysError> {
    let io = |source| KeysError::Io {
        path: path.to_owned(),
        source,
    };
    let content = if password.is_empty() {
        key.to_file().map_err(io)?
    } else {
        let text = keystore::lock(key, password, cost)?;
        // Read back: a file that cannot be opened again would be the end of the account.
        keystore::unlock(&text, password)?;
        text.into_bytes().into()
    };
    let aside = file::put_aside(path, &Stored::read(path)?.address(), day)?;
    file::replace(path, &content)?;
    Ok(aside)
}
