//! Access tokens: JWT, HS256, signed with a secret of this coordinator.

use crate::error::{ApiError, ApiResult};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::ErrorCode;

/// Seconds an access token is good for.
pub const ACCESS_SECONDS: u32 = 15 * 60;
const SECRET_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The account's address.
    sub: String,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
}

pub struct TokenKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey { .. }")
    }
}

impl TokenKey {
    /// Reads the secret, or makes one that only this user can read.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        let secret = match fs::read(path) {
            Ok(secret) if secret.len() == SECRET_BYTES => secret,
            // A file that was cut short by a crash: nobody holds a token of it yet, or they sign in again.
            Ok(_) => create(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path)?,
            Err(error) => return Err(error),
        };
        Ok(Self {
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
        })
    }

    pub fn issue(&self, address: Address, now: Timestamp) -> ApiResult<String> {
        let iat = now.0.div_euclid(1000);
        let claims = Claims {
            sub: address.to_string(),
            iat,
            exp: iat + i64::from(ACCESS_SECONDS),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(ApiError::internal)
    }

    /// Whose token this is.
    pub fn check(&self, token: &str, now: Timestamp) -> ApiResult<Address> {
        let mut rules = Validation::new(Algorithm::HS256);
        // The time is ours, so that tests own it.
        rules.validate_exp = false;
        let unknown = || ApiError::new(ErrorCode::Unauthenticated, "The token was never valid here.").hint("Sign in.");
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

fn create(path: &Path) -> io::Result<Vec<u8>> {
    let mut secret = vec![0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let part = path.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    fs::rename(part, path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_outlive_a_restart_but_not_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.key");
        let me: Address = "0x1".parse().unwrap();
        let now = Timestamp(1_700_000_000_000);
        let token = TokenKey::load_or_create(&path).unwrap().issue(me, now).unwrap();
        let again = TokenKey::load_or_create(&path).unwrap();
        assert_eq!(again.check(&token, now).unwrap(), me);
        let late = again.check(&token, now.plus_seconds(i64::from(ACCESS_SECONDS)));
        assert_eq!(late.unwrap_err().code, ErrorCode::TokenExpired);
        let stranger = TokenKey::load_or_create(&folder.path().join("other.key")).unwrap();
        assert_eq!(
            stranger.check(&token, now).unwrap_err().code,
            ErrorCode::Unauthenticated
        );
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let key = TokenKey::load_or_create(&folder.path().join("token.key")).unwrap();
        // {"alg":"none"} and {"sub":"0x1","iat":0,"exp":99999999999}
        let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIweDEiLCJpYXQiOjAsImV4cCI6OTk5OTk5OTk5OTl9.";
        assert_eq!(
            key.check(forged, Timestamp(0)).unwrap_err().code,
            ErrorCode::Unauthenticated
        );
    }
}
