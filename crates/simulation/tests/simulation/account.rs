//! People: a key, and the tokens that its signature got.

use serde_json::{Value, json};
use veriframe_chain::{Challenge, LocalKey, hash};

/// Who takes part.
pub const CREATORS: std::ops::Range<usize> = 0..4;
pub const WORKERS: std::ops::Range<usize> = 4..12;
pub const ACCOUNTS: usize = 12;
/// Those whose events are read: an account hears what is on the market, and what is its own.
pub const READERS: [usize; 2] = [CREATORS.start, WORKERS.start];

#[derive(Clone, Debug, Default)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    pub fn read(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

/// The key of account `number`, always the same.
pub fn key(number: usize) -> LocalKey {
    LocalKey::from_hex(&format!("0x{:x}", 0x5eed_0000 + number)).unwrap()
}

/// The answer to a challenge.
pub fn signed(key: &LocalKey, challenge: &Value) -> Value {
    let asked = Challenge::from_typed_data(&challenge["typed_data"]).unwrap();
    let signature = key.sign(&hash(&asked).unwrap()).unwrap();
    json!({
        "address": key.address().to_string(), "signature": signature, "challenge": challenge["challenge"],
        "public_key": key.public_key_hex(),
    })
}
