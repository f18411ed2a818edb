//! The one place that hands out the key.

use super::{
    KeysError, Locked,
    file::{self, Stored},
};
use crate::store::{SecretStore, Where};
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use veriframe_chain::{
    LocalKey,
    keystore::{self, Cost, KeystoreError},
};
use veriframe_core::{Address, Clock, Timestamp};
use veriframe_ipfs::content::Secret;

/// What keeps the key from whoever can read the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// The rights of the file.
    None,
    Password,
    Keychain,
}

/// How long a password counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    Minutes(u32),
    /// For as long as the program runs.
    Run,
}

pub struct KeyRing {
    address: Address,
    path: PathBuf,
    secrets: SecretStore,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    protection: Protection,
    key: Option<Arc<LocalKey>>,
    locks_at: Option<Timestamp>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// The key in the file, or that the file is about; a new one when there is none. Waits for the disk, and perhaps for
    /// the keychain.
    pub fn open(path: PathBuf, secrets: SecretStore, clock: Arc<dyn Clock>) -> Result<Self, KeysError> {
        let stored = Stored::read(&path)?;
        let address = stored.address();
        let (protection, key) = match stored {
            Stored::Plain(key) => (Protection::None, Some(key)),
            Stored::Password { .. } => (Protection::Password, None),
            Stored::Keychain { .. } => (Protection::Keychain, Some(from_keychain(&secrets, &address)?)),
        };
        Ok(Self {
            address,
            path,
            secrets,
            clock,
            state: Mutex::new(State {
                protection,
                key: key.map(Arc::new),
                locks_at: None,
            }),
        })
    }

    /// Known also while the key is locked.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The key, for as short as it is needed.
    pub fn key(&self) -> Result<Arc<LocalKey>, Locked> {
        self.lock_if_due();
        self.state().key.clone().ok_or(Locked)
    }

    pub fn protection(&self) -> Protection {
        self.state().protection
    }

    pub fn is_locked(&self) -> bool {
        self.key().is_err()
    }

    /// Whether another account's key takes the place of this one at the next start. Reads a small file.
    pub(crate) fn is_replaced(&self) -> bool {
        self.path.exists() && Stored::read(&self.path).is_ok_and(|stored| stored.address() != self.address)
    }

    /// Takes as long as the password's cost. Nothing changes when it is wrong.
    pub fn unlock(&self, password: &str, lifetime: Lifetime) -> Result<(), KeysError> {
        let key = self.opened(password)?;
        let mut state = self.state();
        if state.protection == Protection::Password {
            state.key = Some(Arc::new(key));
            state.locks_at = match lifetime {
                Lifetime::Minutes(minutes) => Some(self.clock.now().plus_seconds(i64::from(minutes) * 60)),
                Lifetime::Run => None,
            };
        }
        Ok(())
    }

    /// Forgets the key, where a password brings it back.
    pub fn lock(&self) {
        let mut state = self.state();
        if state.protection == Protection::Password {
            state.key = None;
            state.locks_at = None;
        }
    }

    /// Whether it is unlocked for a time only.
    pub(crate) fn locks_by_itself(&self) -> bool {
        self.state().locks_at.is_some()
    }

    /// Locks when the time is over; whether it did.
    pub(crate) fn lock_if_due(&self) -> bool {
        let due = self.state().locks_at.is_some_and(|at| self.clock.now() >= at);
        if due {
            self.lock();
        }
        due
    }

    /// Puts the key under a password, or under another one. It must not be locked.
    pub fn protect(&self, password: &str, cost: Cost, lifetime: Lifetime) -> Result<(), KeysError> {
        let key = self.key().map_err(|Locked| KeystoreError::Password)?;
        let text = keystore::lock(&key, password, cost)?;
        // Read back: a file that cannot be opened again would be the end of the account.
        keystore::unlock(&text, password)?;
        self.replace(text.as_bytes())?;
        self.forget_in_keychain();
        self.state().protection = Protection::Password;
        self.unlock(password, lifetime)
    }

    /// Gives the key to the keychain of this computer. It must not be locked.
    pub(crate) fn give_to_keychain(&self) -> Result<(), KeysError> {
        let key = self.key().map_err(|Locked| KeystoreError::Password)?;
        let name = secret_name(&self.address);
        let place = self.secrets.set(&name, &Secret::new(key.to_hex().to_string()))?;
        if place == Where::File {
            self.secrets.remove(&name)?;
            return Err(KeysError::NoKeychain);
        }
        from_keychain(&self.secrets, &self.address)?;
        self.replace(file::keychain_note(&self.address).as_bytes())?;
        self.rest_open(Protection::Keychain, key);
        Ok(())
    }

    /// Back to a private file. The password is asked for again: a window that stands open is not enough.
    pub fn unprotect(&self, password: &str) -> Result<(), KeysError> {
        let key = match self.protection() {
            Protection::Password => Arc::new(self.opened(password)?),
            Protection::None | Protection::Keychain => self.key().map_err(|Locked| KeystoreError::Password)?,
        };
        let plain = key.to_file().map_err(|source| self.io(source))?;
        self.replace(&plain)?;
        self.forget_in_keychain();
        self.rest_open(Protection::None, key);
        Ok(())
    }

    fn opened(&self, password: &str) -> Result<LocalKey, KeysError> {
        match Stored::read(&self.path)? {
            Stored::Password { address, .. } if address != self.address => Err(KeysError::Changed),
            Stored::Password { text, .. } => Ok(keystore::unlock(&text, password)?),
            Stored::Plain(key) if key.address() == self.address => Ok(key),
            Stored::Keychain { address } if address == self.address => from_keychain(&self.secrets, &address),
            Stored::Plain(_) | Stored::Keychain { .. } => Err(KeysError::Changed),
        }
    }

    fn replace(&self, content: &[u8]) -> Result<(), KeysError> {
        if self.is_replaced() {
            return Err(KeysError::Changed);
        }
        file::replace(&self.path, content)
    }

    fn rest_open(&self, protection: Protection, key: Arc<LocalKey>) {
        *self.state() = State {
            protection,
            key: Some(key),
            locks_at: None,
        };
    }

    fn forget_in_keychain(&self) {
        if self.protection() == Protection::Keychain
            && let Err(error) = self.secrets.remove(&secret_name(&self.address))
        {
            tracing::warn!(%error, "the keychain still holds the key");
        }
    }

    fn io(&self, source: std::io::Error) -> KeysError {
        KeysError::Io {
            path: self.path.clone(),
            source,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn secret_name(address: &Address) -> String {
    format!("key of {address}")
}

fn from_keychain(secrets: &SecretStore, address: &Address) -> Result<LocalKey, KeysError> {
    let secret = secrets.get(&secret_name(address))?.ok_or(KeysError::NotInKeychain)?;
    let key = LocalKey::from_hex(secret.reveal())?;
    if key.address() == *address {
        Ok(key)
    } else {
        Err(KeysError::NotInKeychain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::exchange;
    use std::sync::atomic::{AtomicI64, Ordering};

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };
    const PASSWORD: &str = "correct horse";
    const QUARTER: Lifetime = Lifetime::Minutes(15);

    #[derive(Default)]
    struct Wound(AtomicI64);

    impl Clock for Wound {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    struct Home {
        folder: tempfile::TempDir,
        clock: Arc<Wound>,
    }

    impl Home {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
                clock: Arc::default(),
            }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("key.json")
        }

        fn text(&self) -> String {
            std::fs::read_to_string(self.path()).unwrap()
        }

        /// As at a start of the program.
        fn open(&self) -> KeyRing {
            let secrets = SecretStore::without_keychain(self.folder.path().join("secrets.json"));
            KeyRing::open(self.path(), secrets, self.clock.clone()).unwrap()
        }
    }

    #[test]
    fn without_a_password_nothing_is_asked() {
        let home = Home::new();
        let ring = home.open();
        assert_eq!(ring.protection(), Protection::None);
        ring.lock();
        assert_eq!(ring.key().unwrap().address(), home.open().address());
        assert!(home.text().contains("private_key"));
    }

    #[test]
    fn a_password_takes_the_place_of_the_plain_file() {
        let home = Home::new();
        let ring = home.open();
        let secret = ring.key().unwrap().to_hex();
        ring.protect(PASSWORD, CHEAP, QUARTER).unwrap();
        assert!(!home.text().contains(&secret[2..]) && !home.text().contains("private_key"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(home.path()).unwrap().permissions().mode() & 0o077, 0);
        }
        assert!(!ring.is_locked(), "who just gave the password is not asked again");

        let next = home.open();
        assert_eq!(next.address(), ring.address());
        assert!(next.is_locked());
        let wrong = next.unlock("wrong horse", QUARTER);
        assert!(matches!(wrong, Err(KeysError::Keystore(KeystoreError::Password))));
        assert!(next.is_locked());
        next.unlock(PASSWORD, QUARTER).unwrap();
        assert_eq!(*next.key().unwrap().to_hex(), *secret);
        assert!(next.unprotect("wrong horse").is_err());
        next.unprotect(PASSWORD).unwrap();
        assert_eq!(*home.open().key().unwrap().to_hex(), *secret);
        let left = std::fs::read_dir(home.folder.path()).unwrap().count();
        assert_eq!(left, 1, "no copy is left anywhere");
    }

    #[test]
    fn it_locks_by_itself_when_its_time_is_over() {
        let home = Home::new();
        home.open().protect(PASSWORD, CHEAP, QUARTER).unwrap();
        let ring = home.open();
        ring.unlock(PASSWORD, QUARTER).unwrap();
        home.clock.0.store(15 * 60_000 - 1, Ordering::SeqCst);
        assert!(ring.key().is_ok() && !ring.lock_if_due());
        home.clock.0.store(15 * 60_000, Ordering::SeqCst);
        assert_eq!(ring.key().unwrap_err(), Locked);
        ring.unlock(PASSWORD, Lifetime::Run).unwrap();
        home.clock.0.store(i64::MAX, Ordering::SeqCst);
        assert!(ring.key().is_ok());
        ring.lock();
        assert!(ring.is_locked());
    }

    #[test]
    fn a_short_password_changes_nothing() {
        let home = Home::new();
        let ring = home.open();
        let before = home.text();
        assert!(ring.protect("short", CHEAP, QUARTER).is_err());
        assert!(ring.give_to_keychain().is_err(), "there is no keychain here");
        assert_eq!(home.text(), before);
        assert_eq!(ring.protection(), Protection::None);
    }

    #[test]
    fn another_key_counts_from_the_next_start_and_the_old_one_is_kept() {
        let home = Home::new();
        let ring = home.open();
        let (old, other) = (ring.address(), LocalKey::from_hex("0x1234").unwrap());
        let before = home.text();
        let new = |key: &LocalKey| exchange(&home.path(), key, PASSWORD, CHEAP, "2026-03-04").unwrap();
        let aside = new(&other);
        assert_eq!(std::fs::read_to_string(&aside).unwrap(), before);
        assert_eq!(ring.key().unwrap().address(), old);
        assert!(ring.is_replaced());
        // What is done to the old key now must not take the new one's place.
        assert!(matches!(
            ring.protect(PASSWORD, CHEAP, QUARTER),
            Err(KeysError::Changed)
        ));
        assert!(matches!(ring.unprotect(""), Err(KeysError::Changed)));
        let next = home.open();
        assert_eq!(next.address(), other.address());
        next.unlock(PASSWORD, QUARTER).unwrap();
        // And back, and there again: every one of them is kept.
        let back = new(&ring.key().unwrap());
        assert!(!new(&other).eq(&back) && aside.exists() && back.exists());
    }
}
