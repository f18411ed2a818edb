//! Sending requests.

use super::{ApiError, call::Call, session::Session};
use crate::keys::KeyRing;
use reqwest::{Url, header};
use serde::de::DeserializeOwned;
use std::{fmt, sync::Arc, time::Duration};
use tokio::time::Instant;
use veriframe_core::{Address, Clock};
use veriframe_wire::health::{Health, Root};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest silence in the middle of an answer.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// Long enough for a coordinator to open its database and listen.
const HANDED_ON_WITHIN: Duration = Duration::from_secs(20);
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Lists are paged; no honest answer comes near.
const ANSWER_BYTES_AT_MOST: usize = 64 << 20;

/// A signed-in client of one coordinator. Clones share connections and tokens.
#[derive(Clone)]
pub struct ApiClient {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    http: reqwest::Client,
    session: Session,
    /// How long a coordinator that does not answer is asked again.
    patience: Duration,
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("base", &self.base())
            .finish_non_exhaustive()
    }
}

impl ApiClient {
    /// `base` is the coordinator's root, such as `http://127.0.0.1:7070`. Nothing is sent yet.
    pub fn new(base: &str, keys: Arc<KeyRing>, clock: Arc<dyn Clock>) -> Result<Self, ApiError> {
        Self::open(base, Session::new(keys, None, clock))
    }

    /// Signs in to a coordinator only when it works with this chain, such as `SN_SEPOLIA`.
    pub fn on_chain(base: &str, keys: Arc<KeyRing>, clock: Arc<dyn Clock>, chain: String) -> Result<Self, ApiError> {
        Self::open(base, Session::new(keys, Some(chain), clock))
    }

    fn open(base: &str, session: Session) -> Result<Self, ApiError> {
        let base = parse_base(base)?;
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(IDLE_TIMEOUT)
            // Nothing in the contract redirects, and a token must not be carried elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("veriframe/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&base) {
            // The proxy of a company network knows nothing about this computer.
            http = http.no_proxy();
        }
        Ok(Self {
            inner: Arc::new(Inner {
                base,
                http: http.build()?,
                session,
                patience: Duration::ZERO,
            }),
        })
    }

    /// For the coordinator of this home: when the program that runs it ends, another takes it over at the same address. A
    /// request that meets the moment in between is made again, if it cannot have been heard or may be heard twice.
    #[must_use]
    pub fn of_this_home(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.patience = HANDED_ON_WITHIN;
        }
        self
    }

    /// The coordinator's root without a slash at its end.
    pub fn base(&self) -> &str {
        self.inner.base.as_str().trim_end_matches('/')
    }

    /// Scheme, host and port: what a sign-in is bound to.
    pub fn origin(&self) -> String {
        self.inner.base.origin().ascii_serialization()
    }

    /// Host and port, for people.
    pub fn host(&self) -> String {
        let host = self.inner.base.host_str().unwrap_or_default();
        self.inner
            .base
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Who signs in.
    pub fn address(&self) -> Address {
        self.inner.session.address()
    }

    /// A session of its own, to be handed to another program such as a browser.
    pub async fn new_session(&self) -> Result<super::SessionTokens, ApiError> {
        self.session().new_session(self).await
    }

    /// An access token that is good for a while; signs in when needed.
    pub async fn token(&self) -> Result<String, ApiError> {
        self.inner.session.token(self).await
    }

    /// Forgets the tokens, so that the next request signs in anew.
    pub(crate) async fn sign_out(&self) {
        self.inner.session.forget().await;
    }

    /// `GET /`.
    pub async fn root(&self) -> Result<Root, ApiError> {
        self.send(Call::open(reqwest::Method::GET, "/")).await
    }

    /// `GET /health`; also when a component is down.
    pub async fn health(&self) -> Result<Health, ApiError> {
        let (_, body) = self
            .exchange(&Call::open(reqwest::Method::GET, "/health"), None)
            .await?;
        decode(&body)
    }

    pub(super) fn session(&self) -> &Session {
        &self.inner.session
    }

    /// Sends the call; signs in again once when the token turns out to be no good.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<T, ApiError> {
        if !call.signed_in {
            return self.send_unsigned(&call).await;
        }
        let token = self.token().await?;
        match self.send_with(&call, Some(&token)).await {
            Err(error) if error.asks_to_sign_in() => {
                self.inner.session.reject(&token).await;
                let token = self.token().await?;
                self.send_with(&call, Some(&token)).await
            }
            answer => answer,
        }
    }

    /// Apart from [`Self::send`], because signing in needs it.
    pub(super) async fn send_unsigned<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiError> {
        self.send_with(call, None).await
    }

    async fn send_with<T: DeserializeOwned>(&self, call: &Call, token: Option<&str>) -> Result<T, ApiError> {
        let (status, body) = self.exchange(call, token).await?;
        if !(200..300).contains(&status) {
            return Err(ApiError::from_answer(status, &body));
        }
        // `()` and the like are decoded from an empty answer, too.
        decode(if body.is_empty() { b"null" } else { &body })
    }

    async fn exchange(&self, call: &Call, token: Option<&str>) -> Result<(u16, Vec<u8>), ApiError> {
        let url = format!("{}{}", self.base(), call.path);
        let mut request = self.inner.http.request(call.method.clone(), url).query(&call.query);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let mut answer = self.send_patiently(request, call).await?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > ANSWER_BYTES_AT_MOST {
                return Err(ApiError::Protocol {
                    detail: "it is far too long".to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, body))
    }

    async fn send_patiently(
        &self,
        request: reqwest::RequestBuilder,
        call: &Call,
    ) -> Result<reqwest::Response, reqwest::Error> {
        // Most coordinators are asked once, and their requests are not copied for it.
        if self.inner.patience.is_zero() {
            return request.send().await;
        }
        let began = Instant::now();
        let may_be_heard_twice = call.method.is_safe() || call.idempotency_key.is_some();
        loop {
            let Some(again) = request.try_clone() else {
                return request.send().await;
            };
            let answer = again.send().await;
            let is_away = match &answer {
                Err(error) => error.is_connect() || (may_be_heard_twice && !error.is_timeout()),
                // It is ending.
                Ok(answer) => may_be_heard_twice && matches!(answer.status().as_u16(), 502..=504),
            };
            if !is_away || began.elapsed() >= self.inner.patience {
                return answer;
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::Protocol {
        detail: error.to_string(),
    })
}

fn parse_base(text: &str) -> Result<Url, ApiError> {
    let bad = |detail: &str| ApiError::Protocol {
        detail: format!("“{text}” is not the address of a coordinator: {detail}"),
    };
    let url = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("it begins with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("only scheme, host, port and a path belong there"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_coordinators_are_taken() {
        assert!(parse_base("http://127.0.0.1:7070").is_ok());
        assert!(parse_base("https://example.org/vf/").is_ok());
        for bad in ["", "127.0.0.1:7070", "ftp://x", "http://u:p@x", "http://x?y=1"] {
            assert!(parse_base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (url, expected) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
