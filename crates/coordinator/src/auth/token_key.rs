//! Access tokens: JWT, HS256, signed with a secret that every replica has.

use crate::{
    error::{ApiError, ApiResult},
    store::token_keys::KeyRow,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use veriframe_core::{Address, Timestamp};
use veriframe_wire::ErrorCode;

/// Seconds an access token is good for.
pub const ACCESS_SECONDS: u32 = 15 * 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The account's address.
    sub: String,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
}

pub struct TokenKey {
    pub kid: String,
    pub signs_from: Timestamp,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl From<&KeyRow> for TokenKey {
    fn from(row: &KeyRow) -> Self {
        Self {
            kid: row.kid.clone(),
            signs_from: row.signs_from,
            encoding: EncodingKey::from_secret(&row.secret),
            decoding: DecodingKey::from_secret(&row.secret),
        }
    }
}

/// The name of the key that a token says it was signed with; nothing is proven by it.
pub fn named_key(token: &str) -> ApiResult<Option<String>> {
    decode_header(token).map(|header| header.kid).map_err(|_| unknown())
}

pub fn unknown() -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated, "The token was never valid here.").hint("Sign in.")
}

impl TokenKey {
    pub fn issue(&self, address: Address, now: Timestamp) -> ApiResult<String> {
        let iat = now.0.div_euclid(1000);
        let claims = Claims {
            sub: address.to_string(),
            iat,
            exp: iat + i64::from(ACCESS_SECONDS),
        };
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, &claims, &self.encoding).map_err(ApiError::internal)
    }

    /// Whose token this is.
    pub fn check(&self, token: &str, now: Timestamp) -> ApiResult<Address> {
        let mut rules = Validation::new(Algorithm::HS256);
        // The time is ours, so that tests own it.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &self.decoding, &rules)
            .map_err(|_| unknown())?
            .claims;
        if claims.exp.saturating_mul(1000) <= now.0 {
            return Err(ApiError::new(ErrorCode::TokenExpired, "The token ran out.")
                .hint("Renew it with the refresh token, or sign in again."));
        }
        claims.sub.parse().map_err(|_| unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn key(secret: u8) -> TokenKey {
        TokenKey::from(&KeyRow {
            kid: "first".to_owned(),
            secret: Zeroizing::new(vec![secret; 32]),
            created_at: Timestamp(0),
            signs_from: Timestamp(0),
        })
    }

    #[test]
    fn a_token_is_good_for_its_time_and_its_key() {
        let me: Address = "0x1".parse().unwrap();
        let now = Timestamp(1_700_000_000_000);
        let token = key(1).issue(me, now).unwrap();
        assert_eq!(named_key(&token).unwrap().as_deref(), Some("first"));
        assert_eq!(key(1).check(&token, now).unwrap(), me);
        let late = key(1).check(&token, now.plus_seconds(i64::from(ACCESS_SECONDS)));
        assert_eq!(late.unwrap_err().code, ErrorCode::TokenExpired);
        let stranger = key(2).check(&token, now);
        assert_eq!(stranger.unwrap_err().code, ErrorCode::Unauthenticated);
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        // {"alg":"none"} and {"sub":"0x1","iat":0,"exp":99999999999}
        let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIweDEiLCJpYXQiOjAsImV4cCI6OTk5OTk5OTk5OTl9.";
        let refused = key(1).check(forged, Timestamp(0)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unauthenticated);
        assert!(named_key("rubbish").is_err());
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", key(7)), r#"TokenKey { kid: "first", .. }"#);
    }
}
