//! A private key under a password.
//!
//! The key that encrypts is Argon2id over the password (RFC 9106); the private key is sealed with XChaCha20-Poly1305,
//! and everything else in the file is authenticated with it, so that no part can be exchanged. Also reads the files of
//! other wallets in the Web3 Secret Storage format; it is not written, because what is common in it is scrypt at a cost
//! of 2009.

use crate::{key::LocalKey, number};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use starknet::signers::SigningKey;
use std::{
    fs,
    io::{self, Write},
    path::Path,
};
use veriframe_core::Address;
use zeroize::Zeroizing;

/// Far more than such a file holds.
pub const MAX_BYTES: usize = 16 << 10;
const KIND: &str = "veriframe-keystore";
const SCHEMA: u32 = 1;
const SALT: usize = 16;
const NONCE: usize = 24;
/// What a stranger's file may ask of this computer: one GiB, for about as long as ours takes.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;
const MAX_SCRYPT_BYTES: u64 = 1 << 30;

#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// Of a wrong password and a changed file, nobody can tell which.
    #[error("the password is wrong, or the file was changed")]
    Password,
    #[error("this is not a file with a key under a password")]
    Malformed,
    #[error("the file was written by a newer VeriFrame")]
    Newer,
    #[error("the file asks for more work than any honest one")]
    Costly,
    #[error("the file holds a number that is no private key")]
    Key,
    #[error("a password has at least {MIN_PASSWORD} characters")]
    Short,
    #[error("the system has no source of randomness")]
    Randomness,
}

/// Characters. A short one is guessed however slow each guess is.
pub(crate) const MIN_PASSWORD: usize = 8;

/// How much work each guess of a password is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// The second recommendation of RFC 9106, section 4, with more memory: about half a second.
    pub const STANDARD: Self = Self {
        memory_kib: 256 << 10,
        passes: 3,
        lanes: 4,
    };
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    kind: String,
    schema: u32,
    /// The account that derives from the key: readable without the password, to tell files apart.
    address: String,
    argon2id: Cost,
    salt: String,
    nonce: String,
    sealed: String,
}

/// The text of a file that holds the key. Takes as long as `cost` says.
pub fn lock(key: &LocalKey, password: &str, cost: Cost) -> Result<String, KeystoreError> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(KeystoreError::Short);
    }
    let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
    getrandom::fill(&mut salt).map_err(|_| KeystoreError::Randomness)?;
    getrandom::fill(&mut nonce).map_err(|_| KeystoreError::Randomness)?;
    let mut stored = Stored {
        kind: KIND.to_owned(),
        schema: SCHEMA,
        address: key.address().to_string(),
        argon2id: cost,
        salt: hex::encode(salt),
        nonce: hex::encode(nonce),
        sealed: String::new(),
    };
    let secret = key.to_hex();
    let payload = Payload {
        msg: secret.as_bytes(),
        aad: &stored.bound(),
    };
    let sealed = cipher(password, &salt, cost)?
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| KeystoreError::Password)?;
    stored.sealed = hex::encode(sealed);
    serde_json::to_string_pretty(&stored).map_err(|_| KeystoreError::Malformed)
}

/// The text of such a file, for [`unlock`].
///
/// # Errors
/// Also when it is longer than any such file.
pub fn read_file(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_BYTES as u64 {
        return Err(io::Error::other("it is far too long"));
    }
    fs::read_to_string(path)
}

/// The key in a file of ours, or of another wallet. Takes as long as the file's cost says.
pub fn unlock(text: &str, password: &str) -> Result<LocalKey, KeystoreError> {
    if text.len() > MAX_BYTES {
        return Err(KeystoreError::Malformed);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| KeystoreError::Malformed)?;
    if value.get("kind").and_then(Value::as_str) == Some(KIND) {
        return unlock_ours(value, password);
    }
    if value.get("crypto").is_some() {
        return unlock_web3(text, &value, password);
    }
    Err(KeystoreError::Malformed)
}

/// The account of a file of ours, without the password; not proven before it is unlocked.
pub fn address(text: &str) -> Option<Address> {
    let stored: Stored = serde_json::from_str(text).ok()?;
    stored.address.parse().ok()
}

fn unlock_ours(value: Value, password: &str) -> Result<LocalKey, KeystoreError> {
    if value.get("schema").and_then(Value::as_u64) > Some(u64::from(SCHEMA)) {
        return Err(KeystoreError::Newer);
    }
    let stored: Stored = serde_json::from_value(value).map_err(|_| KeystoreError::Malformed)?;
    let salt: [u8; SALT] = read(&stored.salt)?;
    let nonce: [u8; NONCE] = read(&stored.nonce)?;
    let sealed = hex::decode(&stored.sealed).map_err(|_| KeystoreError::Malformed)?;
    let payload = Payload {
        msg: &sealed,
        aad: &stored.bound(),
    };
    let secret = cipher(password, &salt, stored.argon2id)?
        .decrypt(&XNonce::from(nonce), payload)
        .map_err(|_| KeystoreError::Password)?;
    let secret = Zeroizing::new(secret);
    let text = std::str::from_utf8(&secret).map_err(|_| KeystoreError::Key)?;
    let key = LocalKey::from_hex(text).map_err(|_| KeystoreError::Key)?;
    if stored.address.parse() == Ok(key.address()) {
        Ok(key)
    } else {
        Err(KeystoreError::Key)
    }
}

impl Stored {
    /// What the seal is bound to: everything but itself.
    fn bound(&self) -> Vec<u8> {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.argon2id;
        let Self {
            kind,
            schema,
            address,
            salt,
            nonce,
            ..
        } = self;
        format!("{kind}\n{schema}\n{address}\n{memory_kib} {passes} {lanes}\n{salt}\n{nonce}").into_bytes()
    }
}

fn cipher(password: &str, salt: &[u8], cost: Cost) -> Result<XChaCha20Poly1305, KeystoreError> {
    if cost.memory_kib > MAX_MEMORY_KIB || cost.passes > MAX_PASSES {
        return Err(KeystoreError::Costly);
    }
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| KeystoreError::Malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| KeystoreError::Malformed)?;
    Ok(XChaCha20Poly1305::new((&*key).into()))
}

fn read<const N: usize>(digits: &str) -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| KeystoreError::Malformed)?;
    Ok(bytes)
}

/// The library reads files only, and takes any cost that the file names: it is looked at here first.
fn unlock_web3(text: &str, value: &Value, password: &str) -> Result<LocalKey, KeystoreError> {
    let params = &value["crypto"]["kdfparams"];
    let number = |name: &str| params.get(name).and_then(Value::as_u64).unwrap_or(0);
    let memory = number("n").saturating_mul(number("r")).saturating_mul(128);
    let turns = number("c").max(number("p"));
    if memory > MAX_SCRYPT_BYTES || number("p") > 16 || turns > 10_000_000 || number("dklen") > 64 {
        return Err(KeystoreError::Costly);
    }
    let mut file = tempfile::NamedTempFile::new().map_err(|_| KeystoreError::Malformed)?;
    file.write_all(text.as_bytes()).map_err(|_| KeystoreError::Malformed)?;
    let key = SigningKey::from_keystore(file.path(), password).map_err(|_| KeystoreError::Password)?;
    let secret = Zeroizing::new(number::format(&key.secret_scalar()));
    LocalKey::from_hex(&secret).map_err(|_| KeystoreError::Key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Cheap, for tests.
    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    fn key() -> LocalKey {
        LocalKey::from_hex("0x1234").unwrap()
    }

    #[test]
    fn a_key_comes_back_with_its_password_only() {
        let text = lock(&key(), "correct horse", CHEAP).unwrap();
        assert!(!text.contains("1234\""), "{text}");
        assert_eq!(address(&text), Some(key().address()));
        assert_eq!(*unlock(&text, "correct horse").unwrap().to_hex(), *key().to_hex());
        assert!(matches!(unlock(&text, "wrong horse"), Err(KeystoreError::Password)));
        assert!(matches!(lock(&key(), "horse", CHEAP), Err(KeystoreError::Short)));
    }

    #[test]
    fn no_part_can_be_exchanged() {
        let text = lock(&key(), "correct horse", CHEAP).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        for name in ["address", "salt", "nonce", "sealed"] {
            let mut changed = value.clone();
            let old = changed[name].as_str().unwrap().to_owned();
            let last = if old.ends_with('0') { "1" } else { "0" };
            changed[name] = format!("{}{last}", &old[..old.len() - 1]).into();
            let opened = unlock(&changed.to_string(), "correct horse");
            assert!(matches!(opened, Err(KeystoreError::Password)), "{name}");
        }
        let mut changed = value.clone();
        changed["argon2id"]["passes"] = 2.into();
        assert!(unlock(&changed.to_string(), "correct horse").is_err());
        changed["argon2id"]["memory_kib"] = u32::MAX.into();
        assert!(matches!(
            unlock(&changed.to_string(), "correct horse"),
            Err(KeystoreError::Costly)
        ));
        changed["schema"] = 2.into();
        assert!(matches!(
            unlock(&changed.to_string(), "correct horse"),
            Err(KeystoreError::Newer)
        ));
    }

    /// As the library that other wallets use writes it.
    #[test]
    fn a_file_of_another_wallet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let secret = SigningKey::from_secret_scalar(number::parse("0x1234").unwrap());
        secret.save_as_keystore(&path, "testpassword").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(*unlock(&text, "testpassword").unwrap().to_hex(), *key().to_hex());
        assert!(matches!(unlock(&text, "another"), Err(KeystoreError::Password)));
        let mut costly: Value = serde_json::from_str(&text).unwrap();
        costly["crypto"]["kdfparams"]["n"] = (1u64 << 40).into();
        assert!(matches!(
            unlock(&costly.to_string(), "testpassword"),
            Err(KeystoreError::Costly)
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,300}") {
            let _ = unlock(&text, "password");
        }
    }
}
