//! Does this signature prove that the account is the signer's?

mod deployed;

pub use deployed::{DeployedError, SIGNATURE_AT_MOST, Standing, verify_deployed};

use crate::{
    account::account_address,
    challenge::{self, Challenge, ChallengeError},
    number::{self, NumberError},
};
use starknet::core::crypto::{EcdsaVerifyError, Signature, ecdsa_verify};

/// Why a sign-in is refused. Each of them is the caller's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("the public key is not a point of the Stark curve")]
    PublicKey,
    #[error("the public key does not belong to the account")]
    WrongAccount,
    #[error("a signature has two numbers, r and s")]
    SignatureShape,
    #[error("r and s lie between 1 and 2^251")]
    SignatureRange,
    #[error("the signature does not fit the challenge")]
    WrongSignature,
    #[error("a signature has 1 to {SIGNATURE_AT_MOST} numbers")]
    SignatureLength,
    #[error("a signature is made of numbers of the field, in hexadecimal")]
    SignatureNumber,
    #[error("the account's contract does not accept the signature")]
    AccountRefused,
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
}

/// Checks a signature for an account that has no contract (all are taken so in local mode): the address must derive from
/// the public key ([`account_address`]), and the signature must verify under that key.
///
/// The caller checks that the challenge is its own, unused and in time.
pub fn verify_undeployed(challenge: &Challenge, public_key_hex: &str, signature: &[String]) -> Result<(), AuthError> {
    let public_key = number::parse(public_key_hex).map_err(|_| AuthError::PublicKey)?;
    let [r, s] = signature else {
        return Err(AuthError::SignatureShape);
    };
    let part = |text: &str| {
        number::parse(text).map_err(|error| match error {
            NumberError::Digits => AuthError::SignatureShape,
            NumberError::Range => AuthError::SignatureRange,
        })
    };
    let signature = Signature {
        r: part(r)?,
        s: part(s)?,
    };
    if account_address(&public_key) != challenge.address {
        return Err(AuthError::WrongAccount);
    }
    let hash = challenge::hash(challenge)?;
    match ecdsa_verify(&public_key, &hash, &signature) {
        Ok(true) => Ok(()),
        // A hash of 2^251 or more cannot have been signed by anybody.
        Ok(false) | Err(EcdsaVerifyError::MessageHashOutOfRange) => Err(AuthError::WrongSignature),
        Err(EcdsaVerifyError::InvalidPublicKey) => Err(AuthError::PublicKey),
        Err(EcdsaVerifyError::SignatureROutOfRange | EcdsaVerifyError::SignatureSOutOfRange) => {
            Err(AuthError::SignatureRange)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LOCAL_CHAIN_ID, LocalKey, SIGN_IN, number::Felt};
    use proptest::prelude::*;
    use veriframe_core::Timestamp;

    fn key() -> LocalKey {
        LocalKey::from_hex("0x1234").unwrap()
    }

    fn challenge(key: &LocalKey) -> Challenge {
        Challenge {
            address: key.address(),
            chain_id: LOCAL_CHAIN_ID.into(),
            origin: "http://127.0.0.1:7070".into(),
            purpose: SIGN_IN.into(),
            nonce: "000102030405060708090a0b0c0d0e0f".into(),
            expires_at: Timestamp(1_800_000_000_000),
        }
    }

    fn signed(key: &LocalKey, challenge: &Challenge) -> Vec<String> {
        key.sign(&challenge::hash(challenge).unwrap()).unwrap().to_vec()
    }

    #[test]
    fn the_owner_is_let_in() {
        let key = key();
        let challenge = challenge(&key);
        let signature = signed(&key, &challenge);
        assert_eq!(verify_undeployed(&challenge, &key.public_key_hex(), &signature), Ok(()));
    }

    /// A signature made by starknet.js 7 over the same challenge.
    #[test]
    fn a_signature_of_another_wallet_is_accepted() {
        let key = key();
        let signature = [
            "0x0602b620d89004ddb18b554f45abcc6bbe008e71b610e3cccbb7a1f1c8c17ae2".to_owned(),
            "0x0484da4fd22bafb6168f80764fb349b2710fd1df579460c3b0d7087b0da7c1ef".to_owned(),
        ];
        assert_eq!(
            verify_undeployed(&challenge(&key), &key.public_key_hex(), &signature),
            Ok(())
        );
    }

    #[test]
    fn a_signature_for_something_else_is_refused() {
        let key = key();
        let asked = challenge(&key);
        let others = [
            Challenge {
                origin: "http://127.0.0.1:7071".into(),
                ..asked.clone()
            },
            Challenge {
                nonce: "ff".repeat(16),
                ..asked.clone()
            },
            Challenge {
                purpose: "pay".into(),
                ..asked.clone()
            },
            Challenge {
                chain_id: "SN_MAIN".into(),
                ..asked.clone()
            },
            Challenge {
                address: "0x1".parse().unwrap(),
                ..asked.clone()
            },
            Challenge {
                expires_at: Timestamp(1_800_000_300_000),
                ..asked.clone()
            },
        ];
        for other in others {
            let signature = signed(&key, &other);
            let verdict = verify_undeployed(&asked, &key.public_key_hex(), &signature);
            assert_eq!(verdict, Err(AuthError::WrongSignature), "{other:?}");
        }
    }

    #[test]
    fn a_stranger_is_refused() {
        let (key, stranger) = (key(), LocalKey::from_hex("0x4321").unwrap());
        let asked = challenge(&key);
        let signature = signed(&stranger, &asked);
        let with = |public_key: &str| verify_undeployed(&asked, public_key, &signature);
        assert_eq!(with(&stranger.public_key_hex()), Err(AuthError::WrongAccount));
        assert_eq!(with(&key.public_key_hex()), Err(AuthError::WrongSignature));
        assert_eq!(with("nonsense"), Err(AuthError::PublicKey));
        assert_eq!(with(&format!("0x{}", "f".repeat(64))), Err(AuthError::PublicKey));
    }

    #[test]
    fn an_x_that_is_not_on_the_curve_is_refused() {
        // The address derives from any number, so the curve must be asked too.
        let off_curve = Felt::from(5u8);
        let asked = Challenge {
            address: account_address(&off_curve),
            ..challenge(&key())
        };
        let verdict = verify_undeployed(&asked, "0x5", &["0x1".into(), "0x1".into()]);
        assert_eq!(verdict, Err(AuthError::PublicKey));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let key = key();
        let asked = challenge(&key);
        let [r, s] = <[String; 2]>::try_from(signed(&key, &asked)).unwrap();
        let with = |signature: &[String]| verify_undeployed(&asked, &key.public_key_hex(), signature);
        let two_to_251 = format!("0x08{}", "0".repeat(62));
        for bad in ["0x0".to_owned(), two_to_251, format!("0x{}", "f".repeat(64))] {
            assert_eq!(
                with(&[bad.clone(), s.clone()]),
                Err(AuthError::SignatureRange),
                "r {bad}"
            );
            assert_eq!(
                with(&[r.clone(), bad.clone()]),
                Err(AuthError::SignatureRange),
                "s {bad}"
            );
        }
        assert_eq!(with(&[r.clone(), "zz".into()]), Err(AuthError::SignatureShape));
        assert_eq!(with(std::slice::from_ref(&r)), Err(AuthError::SignatureShape));
        assert_eq!(with(&[r.clone(), s, r]), Err(AuthError::SignatureShape));
        assert_eq!(with(&[]), Err(AuthError::SignatureShape));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_random_signature_passes(r: u128, s: u128, public_key in ".{0,70}") {
            let key = key();
            let signature = [format!("{r:#x}"), format!("{s:#x}")];
            prop_assert!(verify_undeployed(&challenge(&key), &key.public_key_hex(), &signature).is_err());
            prop_assert!(verify_undeployed(&challenge(&key), &public_key, &signature).is_err());
        }
    }
}
