//! The key of local mode: a Stark-curve scalar that never leaves its type unasked.

use crate::{
    account::account_address,
    number::{self, Felt, NumberError},
};
use starknet::{core::crypto::ecdsa_sign, signers::SigningKey};
use std::fmt;
use veriframe_core::Address;
use zeroize::{Zeroize, Zeroizing};

/// Order of the Stark curve's group, big-endian. (Starknet documentation, "STARK curve".)
const CURVE_ORDER: [u8; 32] = [
    0x08, 0, 0, 0, 0, 0, 0, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xb7, 0x81, 0x12, 0x6d, 0xca, 0xe7,
    0xb2, 0x32, 0x1e, 0x66, 0xa2, 0x41, 0xad, 0xc6, 0x4d, 0x2f,
];

/// A private key, its public key and the account address that derives from it.
///
/// The scalar is wiped when the key is dropped. The curve library works on plain copies of it for the length of one
/// call; those are outside of our reach.
pub struct LocalKey {
    secret: Zeroizing<[u8; 32]>,
    public_key: Felt,
    address: Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a private key is written as 0x and 1 to 64 hexadecimal digits")]
    Digits,
    #[error("a private key lies between 1 and the order of the Stark curve")]
    Range,
    #[error("the system has no source of randomness")]
    Randomness,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash is 2^251 or more and cannot be signed")]
pub struct SignError;

impl LocalKey {
    /// A new key from the system's source of randomness.
    pub fn generate() -> Result<Self, KeyError> {
        loop {
            let mut secret = Zeroizing::new([0u8; 32]);
            getrandom::fill(secret.as_mut_slice()).map_err(|_| KeyError::Randomness)?;
            // 252 bits are kept: then about every second try lies below the order, and none is favoured.
            secret[0] &= 0x0f;
            match Self::from_secret(secret) {
                Err(KeyError::Range) => {}
                result => return result,
            }
        }
    }

    /// Reads what [`Self::to_hex`] writes, and what other wallets export.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let mut bytes = number::parse_bytes(text).map_err(|error| match error {
            NumberError::Digits => KeyError::Digits,
            NumberError::Range => KeyError::Range,
        })?;
        let secret = Zeroizing::new(bytes);
        bytes.zeroize();
        Self::from_secret(secret)
    }

    fn from_secret(secret: Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        if *secret == [0; 32] || *secret >= CURVE_ORDER {
            return Err(KeyError::Range);
        }
        let public_key = SigningKey::from_secret_scalar(Felt::from_bytes_be(&secret))
            .verifying_key()
            .scalar();
        Ok(Self {
            secret,
            public_key,
            address: account_address(&public_key),
        })
    }

    /// The private key. For the key file and for a person who asks for a copy; never for a log.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(number::format_bytes(&self.secret))
    }

    /// For the library's accounts, which keep a copy.
    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_secret_scalar(Felt::from_bytes_be(&self.secret))
    }

    pub(crate) fn public_key(&self) -> Felt {
        self.public_key
    }

    pub fn public_key_hex(&self) -> String {
        number::format(&self.public_key)
    }

    pub fn address(&self) -> Address {
        self.address
    }

    /// Deterministic ECDSA (RFC 6979) over the Stark curve: `[r, s]` in hex.
    pub fn sign(&self, hash: &Felt) -> Result<[String; 2], SignError> {
        let signature = ecdsa_sign(&Felt::from_bytes_be(&self.secret), hash).map_err(|_| SignError)?;
        Ok([number::format(&signature.r), number::format(&signature.s)])
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back() {
        let key = LocalKey::generate().unwrap();
        let again = LocalKey::from_hex(&key.to_hex()).unwrap();
        assert_eq!(key.public_key_hex(), again.public_key_hex());
        assert_eq!(key.address(), again.address());
        assert_ne!(LocalKey::generate().unwrap().address(), key.address());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(matches!(LocalKey::from_hex("1234"), Err(KeyError::Digits)));
        assert!(matches!(LocalKey::from_hex("0x0"), Err(KeyError::Range)));
        let order = number::format_bytes(&CURVE_ORDER);
        assert!(matches!(LocalKey::from_hex(&order), Err(KeyError::Range)));
        let last = order.replace("4d2f", "4d2e");
        assert!(LocalKey::from_hex(&last).is_ok());
        assert!(matches!(
            LocalKey::from_hex(&format!("0x{}", "f".repeat(64))),
            Err(KeyError::Range)
        ));
    }

    #[test]
    fn debug_does_not_tell_the_secret() {
        let key = LocalKey::from_hex("0x1234567890abcdef").unwrap();
        let text = format!("{key:?} {key:#?}");
        assert!(!text.contains("1234567890abcdef") && !text.contains("secret"), "{text}");
        assert!(text.contains(&key.address().to_string()));
    }

    /// Public key computed by starknet.js 7.
    #[test]
    fn the_public_key_is_the_one_other_wallets_compute() {
        let key = LocalKey::from_hex("0x1234").unwrap();
        assert_eq!(
            key.public_key_hex(),
            "0x026da8d11938b76025862be14fdb8b28438827f73e75e86f7bfa38b196951fa7"
        );
    }
}
