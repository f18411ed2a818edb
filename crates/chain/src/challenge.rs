//! What is signed to sign in: SNIP-12 revision 1 typed data.
//!
//! Source: SNIP-12, "Hashing and signing typed data". The signature is bound to the account, the chain, the server
//! (its origin), a purpose, a single-use nonce and a time; one made for another server or purpose does not verify.

use crate::number::{self, Felt};
use serde_json::{Value, json};
use starknet::core::types::TypedData;
use veriframe_core::{Address, Timestamp};

/// A sign-in challenge. The server rebuilds it from its own record; it never trusts one that is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub address: Address,
    /// Cairo short string: 1 to 31 ASCII characters, such as [`crate::LOCAL_CHAIN_ID`].
    pub chain_id: String,
    /// Scheme, host and port of the server, as the client reaches it.
    pub origin: String,
    /// Such as [`crate::SIGN_IN`].
    pub purpose: String,
    /// 128 random bits in hex, good for one use.
    pub nonce: String,
    /// Signed to the second; the milliseconds are dropped.
    pub expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    #[error("the chain id must have 1 to 31 ASCII characters")]
    ChainId,
    #[error("the time must not lie before 1970")]
    Time,
    #[error("this is not a VeriFrame sign-in challenge")]
    NotAChallenge,
    #[error("the challenge is for {found}, but {expected} was asked for")]
    WrongParty { expected: String, found: String },
    #[error("the typed data could not be hashed: {0}")]
    Encoding(String),
}

/// The typed data of a challenge, as a wallet shows and signs it.
pub fn typed_data(challenge: &Challenge) -> Value {
    json!({
        "types": {
            "StarknetDomain": [
                { "name": "name", "type": "shortstring" },
                { "name": "version", "type": "shortstring" },
                { "name": "chainId", "type": "shortstring" },
                { "name": "revision", "type": "shortstring" },
            ],
            "Challenge": [
                { "name": "address", "type": "ContractAddress" },
                { "name": "origin", "type": "string" },
                { "name": "purpose", "type": "string" },
                { "name": "nonce", "type": "string" },
                { "name": "expires_at", "type": "timestamp" },
            ],
        },
        "primaryType": "Challenge",
        "domain": {
            "name": "VeriFrame",
            "version": "1",
            "chainId": challenge.chain_id,
            "revision": "1",
        },
        "message": {
            "address": challenge.address.to_string(),
            "origin": challenge.origin,
            "purpose": challenge.purpose,
            "nonce": challenge.nonce,
            // A string, because JavaScript's numbers end at 2^53.
            "expires_at": seconds(challenge.expires_at).to_string(),
        },
    })
}

/// The SNIP-12 message hash of a challenge: what [`crate::LocalKey::sign`] signs.
pub fn hash(challenge: &Challenge) -> Result<Felt, ChallengeError> {
    let id = challenge.chain_id.as_bytes();
    if id.is_empty() || id.len() > 31 || !id.is_ascii() {
        return Err(ChallengeError::ChainId);
    }
    if challenge.expires_at.0 < 0 {
        return Err(ChallengeError::Time);
    }
    let data: TypedData =
        serde_json::from_value(typed_data(challenge)).map_err(|error| ChallengeError::Encoding(error.to_string()))?;
    data.message_hash(number::of_address(&challenge.address))
        .map_err(|error| ChallengeError::Encoding(error.to_string()))
}

impl Challenge {
    /// Reads a server's typed data back, for the one who is about to sign it. Only the exact shape of [`typed_data`]
    /// is accepted: whoever signs must know all of what is signed, so nothing unknown may hide in it.
    pub fn from_typed_data(data: &Value) -> Result<Self, ChallengeError> {
        let text = |pointer: &str| {
            data.pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or(ChallengeError::NotAChallenge)
        };
        let seconds: i64 = text("/message/expires_at")?
            .parse()
            .map_err(|_| ChallengeError::NotAChallenge)?;
        let challenge = Self {
            address: text("/message/address")?
                .parse()
                .map_err(|_| ChallengeError::NotAChallenge)?,
            chain_id: text("/domain/chainId")?,
            origin: text("/message/origin")?,
            purpose: text("/message/purpose")?,
            nonce: text("/message/nonce")?,
            expires_at: Timestamp(seconds.checked_mul(1000).ok_or(ChallengeError::NotAChallenge)?),
        };
        if typed_data(&challenge) == *data {
            Ok(challenge)
        } else {
            Err(ChallengeError::NotAChallenge)
        }
    }

    /// Refuses to go on when the challenge is for another account, chain, server or purpose than the one meant: a
    /// server in between could otherwise have its victim sign what another server asked for.
    pub fn expect(&self, address: &Address, chain_id: &str, origin: &str, purpose: &str) -> Result<(), ChallengeError> {
        let own = self.address.to_string();
        let pairs = [
            (address.to_string(), own.as_str()),
            (chain_id.to_owned(), self.chain_id.as_str()),
            (origin.to_owned(), self.origin.as_str()),
            (purpose.to_owned(), self.purpose.as_str()),
        ];
        match pairs.into_iter().find(|(expected, found)| expected != found) {
            Some((expected, found)) => Err(ChallengeError::WrongParty {
                expected,
                found: found.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LOCAL_CHAIN_ID, SIGN_IN, number::format};
    use proptest::prelude::*;

    pub(crate) fn example() -> Challenge {
        Challenge {
            address: "0x034057df49bad9d59c98523c4abcf03ea95a17280022ab44259c5a5978fdaff5"
                .parse()
                .unwrap(),
            chain_id: LOCAL_CHAIN_ID.into(),
            origin: "http://127.0.0.1:7070".into(),
            purpose: SIGN_IN.into(),
            nonce: "000102030405060708090a0b0c0d0e0f".into(),
            expires_at: Timestamp(1_800_000_000_999),
        }
    }

    /// Computed by starknet.js 7 from the same typed data.
    #[test]
    fn the_hash_is_the_one_other_wallets_compute() {
        assert_eq!(
            format(&hash(&example()).unwrap()),
            "0x02a58335e56aa4349c77e6b023bd860c7181da977997ca027aaa72c50b9756cc"
        );
    }

    #[test]
    fn every_field_counts() {
        let first = hash(&example()).unwrap();
        let others = [
            Challenge {
                address: "0x1".parse().unwrap(),
                ..example()
            },
            Challenge {
                chain_id: "SN_MAIN".into(),
                ..example()
            },
            Challenge {
                origin: "http://127.0.0.1:7071".into(),
                ..example()
            },
            Challenge {
                purpose: "pay".into(),
                ..example()
            },
            Challenge {
                nonce: "f".repeat(32),
                ..example()
            },
            Challenge {
                expires_at: Timestamp(1_800_000_001_000),
                ..example()
            },
        ];
        for other in others {
            assert_ne!(hash(&other).unwrap(), first, "{other:?}");
        }
    }

    #[test]
    fn a_chain_id_is_a_short_string() {
        for id in [String::new(), "x".repeat(32), "réseau".into()] {
            assert_eq!(
                hash(&Challenge {
                    chain_id: id,
                    ..example()
                }),
                Err(ChallengeError::ChainId)
            );
        }
    }

    #[test]
    fn only_the_known_shape_is_read_back() {
        let challenge = Challenge {
            expires_at: Timestamp(1_800_000_000_000),
            ..example()
        };
        let data = typed_data(&challenge);
        assert_eq!(Challenge::from_typed_data(&data), Ok(challenge));

        let mut extra = data.clone();
        extra["message"]["approve"] = json!("0x1");
        let mut renamed = data.clone();
        renamed["primaryType"] = json!("Transfer");
        let mut padded = data.clone();
        padded["message"]["expires_at"] = json!("01800000000");
        for changed in [extra, renamed, padded, json!({}), json!(null)] {
            assert_eq!(Challenge::from_typed_data(&changed), Err(ChallengeError::NotAChallenge));
        }
    }

    #[test]
    fn a_challenge_of_another_server_is_not_signed() {
        let challenge = example();
        let expect = |origin| challenge.expect(&challenge.address, LOCAL_CHAIN_ID, origin, SIGN_IN);
        assert_eq!(expect("http://127.0.0.1:7070"), Ok(()));
        assert!(matches!(
            expect("https://evil.example"),
            Err(ChallengeError::WrongParty { .. })
        ));
    }

    proptest! {
        #[test]
        fn any_json_is_answered(text in ".{0,40}", seconds: i64) {
            let mut data = typed_data(&example());
            data["message"]["expires_at"] = json!(seconds.to_string());
            data["message"]["address"] = json!(text);
            let _ = Challenge::from_typed_data(&data);
        }
    }
}
