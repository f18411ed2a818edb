//! Signing in with the account's key, and keeping the access token fresh.

use super::{ApiClient, ApiError, call::Call};
use crate::keys::KeyRing;
use async_trait::async_trait;
use reqwest::Method;
use std::{fmt, sync::Arc};
use tokio::sync::Mutex;
use veriframe_chain::{Challenge, LOCAL_CHAIN_ID, LocalKey, SIGN_IN, hash};
use veriframe_core::{Address, Clock, Timestamp};
use veriframe_ipfs::{TokenError, TokenSource};
use veriframe_wire::{
    API_BASE, AddressText,
    auth::{AuthenticateRequest, ChallengeRequest, ChallengeResponse, RefreshRequest, TokenResponse},
    chain::Contracts,
};

/// A token is renewed this long before it runs out, in milliseconds: longer than any request takes.
const RENEW_EARLY_MS: i64 = 60_000;

pub(super) struct Session {
    keys: Arc<KeyRing>,
    /// The chain that this VeriFrame works with; `None`: with none.
    chain: Option<String>,
    clock: Arc<dyn Clock>,
    /// Held while signing in: requests that start together sign in once.
    tokens: Mutex<Option<Tokens>>,
}

/// A session that somebody else will use: whoever has the second token can go on with it for a month.
pub struct SessionTokens {
    pub access: String,
    pub refresh: String,
}

impl fmt::Debug for SessionTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTokens").finish_non_exhaustive()
    }
}

struct Tokens {
    access: String,
    refresh: String,
    renew_at: Timestamp,
}

impl Session {
    pub fn new(keys: Arc<KeyRing>, chain: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            chain,
            clock,
            tokens: Mutex::new(None),
        }
    }

    pub fn address(&self) -> Address {
        self.keys.address()
    }

    pub async fn token(&self, api: &ApiClient) -> Result<String, ApiError> {
        let mut tokens = self.tokens.lock().await;
        let fresh = match tokens.take() {
            Some(held) if self.clock.now() < held.renew_at => held,
            Some(held) => match self.refresh(api, &held.refresh).await {
                Ok(renewed) => renewed,
                // A refresh token that ran out or was revoked costs nothing but a signature.
                Err(ApiError::Refused { status: 401, .. }) => self.sign_in(api).await?,
                Err(error) => {
                    // Keep it: the answer may have been lost on the way, not the token.
                    *tokens = Some(held);
                    return Err(error);
                }
            },
            None => self.sign_in(api).await?,
        };
        Ok(tokens.insert(fresh).access.clone())
    }

    /// Signs in apart from this program's own session.
    pub async fn new_session(&self, api: &ApiClient) -> Result<SessionTokens, ApiError> {
        let Tokens { access, refresh, .. } = self.sign_in(api).await?;
        Ok(SessionTokens { access, refresh })
    }

    /// The coordinator refused this token. A newer one that another request got meanwhile stays.
    pub async fn reject(&self, access: &str) {
        let mut tokens = self.tokens.lock().await;
        if tokens.as_ref().is_some_and(|held| held.access == access) {
            *tokens = None;
        }
    }

    pub async fn forget(&self) {
        *self.tokens.lock().await = None;
    }

    async fn refresh(&self, api: &ApiClient, refresh_token: &str) -> Result<Tokens, ApiError> {
        let body = RefreshRequest {
            refresh_token: refresh_token.to_owned(),
        };
        self.exchange(api, "/auth/refresh", &body).await
    }

    async fn sign_in(&self, api: &ApiClient) -> Result<Tokens, ApiError> {
        let key = self.keys.key()?;
        let address = AddressText(key.address());
        let asked =
            Call::open(Method::POST, format!("{API_BASE}/auth/challenge")).json(&ChallengeRequest { address })?;
        let answer: ChallengeResponse = api.send_unsigned(&asked).await?;
        let challenge = Challenge::from_typed_data(&answer.typed_data).map_err(|error| not_signed(&error))?;
        let chain = self.expected_chain(api, &challenge).await?;
        let signature = sign(&key, &challenge, &chain, &api.origin())?;
        let body = AuthenticateRequest {
            address,
            signature: signature.to_vec(),
            challenge: answer.challenge,
            public_key: Some(key.public_key_hex()),
        };
        self.exchange(api, "/auth/authenticate", &body).await
    }

    /// Which chain the challenge may be for.
    ///
    /// Without a chain of our own every chain is as good as any other, so a coordinator that works with one may name it, as
    /// long as it tells everybody the same. It gains nothing by naming another, such as the main network: what is signed is
    /// a VeriFrame sign-in for this coordinator's origin and nothing else. No contract takes it for a transaction, and no
    /// other server takes it for a sign-in to itself.
    async fn expected_chain(&self, api: &ApiClient, challenge: &Challenge) -> Result<String, ApiError> {
        if let Some(own) = &self.chain {
            return Ok(own.clone());
        }
        if challenge.chain_id == LOCAL_CHAIN_ID {
            return Ok(LOCAL_CHAIN_ID.to_owned());
        }
        let told: Contracts = api
            .send_unsigned(&Call::open(Method::GET, format!("{API_BASE}/contracts")))
            .await?;
        Ok(told.chain_id.unwrap_or_else(|| LOCAL_CHAIN_ID.to_owned()))
    }

    async fn exchange<B: serde::Serialize>(&self, api: &ApiClient, path: &str, body: &B) -> Result<Tokens, ApiError> {
        let call = Call::open(Method::POST, format!("{API_BASE}{path}")).json(body)?;
        let answer: TokenResponse = api.send_unsigned(&call).await?;
        let life = i64::from(answer.expires_in) * 1000;
        // A short-lived token is renewed at half its life instead.
        let usable = (life - RENEW_EARLY_MS).max(life / 2);
        Ok(Tokens {
            access: answer.access_token,
            refresh: answer.refresh_token,
            renew_at: Timestamp(self.clock.now().0.saturating_add(usable)),
        })
    }
}

/// Signs only a sign-in of this account to the coordinator that is being talked to.
fn sign(key: &LocalKey, challenge: &Challenge, chain: &str, origin: &str) -> Result<[String; 2], ApiError> {
    challenge
        .expect(&key.address(), chain, origin, SIGN_IN)
        .map_err(|error| not_signed(&error))?;
    let message = hash(challenge).map_err(|error| not_signed(&error))?;
    key.sign(&message).map_err(|error| not_signed(&error))
}

fn not_signed(why: &dyn std::error::Error) -> ApiError {
    ApiError::NotSigned {
        detail: why.to_string(),
    }
}

#[async_trait]
impl TokenSource for ApiClient {
    async fn token(&self) -> Result<String, TokenError> {
        ApiClient::token(self)
            .await
            .map_err(|error| TokenError(Box::new(error)))
    }

    async fn refused(&self, token: &str) {
        self.session().reject(token).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Home, store::SecretStore};
    use serde_json::json;
    use std::sync::OnceLock;
    use veriframe_chain::typed_data;
    use veriframe_core::SystemClock;
    use veriframe_peers::{Reply, WebServer};

    /// A coordinator that asks to sign for one chain, and tells everybody that it works with another.
    fn coordinator(address: Address, asks: &'static str, tells: Option<&'static str>) -> WebServer {
        let url = Arc::new(OnceLock::<String>::new());
        let origin = Arc::clone(&url);
        let server = WebServer::start(move |path| match path {
            "/api/v1/auth/challenge" => {
                let challenge = Challenge {
                    address,
                    chain_id: asks.to_owned(),
                    origin: origin.get().cloned().unwrap_or_default(),
                    purpose: SIGN_IN.to_owned(),
                    nonce: "0".repeat(32),
                    expires_at: Timestamp(1_800_000_000_000),
                };
                let typed_data = typed_data(&challenge);
                let answer = json!({
                    "challenge": challenge.nonce, "typed_data": typed_data, "expires_at": "2027-01-15T08:00:00Z"
                });
                Reply::Json(answer.to_string())
            }
            "/api/v1/contracts" => Reply::Json(
                json!({
                    "chain_id": tells, "market": null, "market_class_hash": null, "registry": null,
                    "registry_class_hash": null, "start_block": null, "scheduler": null
                })
                .to_string(),
            ),
            "/api/v1/auth/authenticate" => {
                Reply::json(r#"{"access_token": "a", "token_type": "bearer", "expires_in": 900, "refresh_token": "r"}"#)
            }
            other => panic!("{other}"),
        });
        url.set(server.url.clone()).unwrap();
        server
    }

    /// Whether the app signs, and what it says when it does not.
    async fn signs(own: Option<&str>, asks: &'static str, tells: Option<&'static str>) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let clock = Arc::new(SystemClock);
        let secrets = SecretStore::new(home.root(), home.secrets());
        let keys = Arc::new(KeyRing::open(home.key(), secrets, clock.clone()).unwrap());
        let server = coordinator(keys.address(), asks, tells);
        let api = match own {
            Some(chain) => ApiClient::on_chain(&server.url, keys, clock, chain.to_owned()),
            None => ApiClient::new(&server.url, keys, clock),
        };
        match api.unwrap().token().await {
            Ok(_) => Ok(()),
            Err(ApiError::NotSigned { detail }) => Err(detail),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn an_app_on_a_chain_signs_for_that_chain_alone() {
        assert_eq!(signs(Some("SN_SEPOLIA"), "SN_SEPOLIA", None).await, Ok(()));
        for other in ["SN_MAIN", "VF_LOCAL"] {
            let refusal = signs(Some("SN_SEPOLIA"), other, Some("SN_SEPOLIA")).await.unwrap_err();
            assert!(refusal.contains(other) && refusal.contains("SN_SEPOLIA"), "{refusal}");
        }
    }

    #[tokio::test]
    async fn an_app_without_a_chain_signs_for_the_one_that_the_coordinator_tells_everybody() {
        assert_eq!(signs(None, "VF_LOCAL", None).await, Ok(()));
        assert_eq!(signs(None, "SN_SEPOLIA", Some("SN_SEPOLIA")).await, Ok(()));
        let refusal = signs(None, "SN_MAIN", Some("SN_SEPOLIA")).await.unwrap_err();
        assert!(
            refusal.contains("SN_MAIN") && refusal.contains("SN_SEPOLIA"),
            "{refusal}"
        );
        let refusal = signs(None, "SN_MAIN", None).await.unwrap_err();
        assert!(refusal.contains("SN_MAIN") && refusal.contains("VF_LOCAL"), "{refusal}");
    }
}
