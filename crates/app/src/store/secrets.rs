//! Tokens of services: in the system's keychain, or, where there is none, in a file that only its owner may read.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};
use veriframe_ipfs::content::Secret;

/// The name under which the keychain lists what is ours.
const SERVICE: &str = "VeriFrame";
/// Set to `file` for programs without a desktop, such as tests: a keychain may ask a person.
pub(crate) const KEYCHAIN_VARIABLE: &str = "VERIFRAME_KEYCHAIN";

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("the keychain refused: {0}")]
    Keychain(keyring::Error),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read: {source}")]
    Malformed { path: PathBuf, source: serde_json::Error },
}

/// Where a secret lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Keychain,
    File,
}

/// Secrets by name. All calls may wait for the system.
#[derive(Debug, Clone)]
pub struct SecretStore {
    /// Tells the secrets of two homes apart.
    home: String,
    file: PathBuf,
    keychain: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct SecretFile(BTreeMap<String, String>);

impl SecretStore {
    pub fn new(home: &Path, file: PathBuf) -> Self {
        Self {
            home: home.to_string_lossy().into_owned(),
            file,
            keychain: std::env::var(KEYCHAIN_VARIABLE).as_deref() != Ok("file"),
        }
    }

    /// For a place without a keychain.
    #[cfg(test)]
    pub(crate) fn without_keychain(file: PathBuf) -> Self {
        Self {
            home: String::new(),
            file,
            keychain: false,
        }
    }

    /// `None` when it was never set.
    pub fn get(&self, name: &str) -> Result<Option<Secret>, SecretsError> {
        if self.keychain {
            match self.entry(name).and_then(|entry| entry.get_password()) {
                Ok(secret) => return Ok(Some(Secret::new(secret))),
                Err(keyring::Error::NoEntry) => {}
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(SecretsError::Keychain(error)),
            }
        }
        Ok(self.read()?.0.remove(name).map(Secret::new))
    }

    /// Says where it lies now.
    pub fn set(&self, name: &str, secret: &Secret) -> Result<Where, SecretsError> {
        if self.keychain {
            match self.entry(name).and_then(|entry| entry.set_password(secret.reveal())) {
                Ok(()) => return Ok(Where::Keychain),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(SecretsError::Keychain(error)),
            }
        }
        let mut all = self.read()?;
        all.0.insert(name.to_owned(), secret.reveal().to_owned());
        self.write(&all)?;
        Ok(Where::File)
    }

    pub fn remove(&self, name: &str) -> Result<(), SecretsError> {
        if self.keychain {
            match self.entry(name).and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(keyring::Error::NoEntry) => {}
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(SecretsError::Keychain(error)),
            }
        }
        let mut all = self.read()?;
        if all.0.remove(name).is_some() {
            self.write(&all)?;
        }
        Ok(())
    }

    fn entry(&self, name: &str) -> keyring::Result<keyring::Entry> {
        keyring::Entry::new(SERVICE, &format!("{name} ({})", self.home))
    }

    fn read(&self) -> Result<SecretFile, SecretsError> {
        let path = || self.file.clone();
        match fs::read(&self.file) {
            Ok(json) => {
                serde_json::from_slice(&json).map_err(|source| SecretsError::Malformed { path: path(), source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(SecretFile::default()),
            Err(source) => Err(SecretsError::Io { path: path(), source }),
        }
    }

    fn write(&self, all: &SecretFile) -> Result<(), SecretsError> {
        let write = || -> io::Result<()> {
            let folder = self.file.parent().unwrap_or(Path::new("."));
            // A temporary file is for its owner alone from the start.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(all)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.file).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| SecretsError::Io {
            path: self.file.clone(),
            source,
        })
    }
}

/// Whether there is no keychain here at all, as on a server.
fn is_absent(error: &keyring::Error) -> bool {
    matches!(
        error,
        keyring::Error::PlatformFailure(_) | keyring::Error::NoStorageAccess(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_keychain_a_private_file_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = SecretStore::without_keychain(folder.path().join("secrets.json"));
        assert!(store.get("a").unwrap().is_none());
        assert_eq!(store.set("a", &Secret::new("token".to_owned())).unwrap(), Where::File);
        assert_eq!(store.get("a").unwrap().unwrap().reveal(), "token");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&store.file).unwrap().permissions().mode() & 0o077, 0);
        }
        store.remove("a").unwrap();
        store.remove("a").unwrap();
        assert!(store.get("a").unwrap().is_none());
        fs::write(&store.file, b"{").unwrap();
        assert!(matches!(store.get("a"), Err(SecretsError::Malformed { .. })));
    }
}
