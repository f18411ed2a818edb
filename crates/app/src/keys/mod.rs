//! The account's key while the program runs: there, or locked.
//!
//! Invariants: the file on the disk is replaced whole or not at all, and only after what takes its place was read back
//! with the same key in it; without a password nothing is ever asked.

mod exchange;
mod file;
mod ring;

pub use exchange::exchange;
pub use file::address_in;
pub use ring::{KeyRing, Lifetime, Protection};

use crate::store::SecretsError;
use std::{io, path::PathBuf};
use veriframe_chain::{KeyError, KeyFileError, keystore::KeystoreError};

/// Nobody gave the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wallet is locked")]
pub struct Locked;

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the account's key cannot be read: {0}")]
    File(#[from] KeyFileError),
    #[error("the account's key cannot be read or written: {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error("that is no key: {0}")]
    NoKey(#[from] KeyError),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error("this computer has no keychain")]
    NoKeychain,
    #[error("the account's key is not in the keychain of this computer")]
    NotInKeychain,
    /// Another account's key is in the file, for the next start.
    #[error("another key takes the place of this one at the next start")]
    Changed,
}
