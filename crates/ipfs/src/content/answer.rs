//! Requests to the coordinator: authentication, answers, and trying again.

use super::{ContentError, TokenSource};
use bytes::Bytes;
use cid::Cid;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// Tries of one request before its error is told.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Without a byte.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);
/// Longest JSON answer that is read.
const MAX_JSON: usize = 4 << 20;
/// Characters of a foreign answer that are shown.
const MAX_QUOTED: usize = 300;

/// The coordinator, as this crate talks to it.
#[derive(Clone)]
pub(super) struct Coordinator {
    client: Client,
    base: String,
    tokens: Arc<dyn TokenSource>,
    first_pause: Duration,
}

/// What is posted; cheap to send again.
pub(super) enum Body {
    Json(Bytes),
    Car(Bytes),
}

impl Body {
    pub(super) fn json(value: &impl Serialize) -> Result<Self, ContentError> {
        let bytes = serde_json::to_vec(value).map_err(|_| ContentError::Answer)?;
        Ok(Self::Json(bytes.into()))
    }

    fn attach(&self, request: RequestBuilder) -> RequestBuilder {
        let (kind, bytes) = match self {
            Self::Json(bytes) => ("application/json", bytes),
            Self::Car(bytes) => ("application/vnd.ipld.car; version=1", bytes),
        };
        request.header("content-type", kind).body(bytes.clone())
    }
}

/// What the gateway is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Raw,
    Car,
}

/// `{"error": {...}}`, of which only this is of interest here.
#[derive(Deserialize)]
struct ErrorEnvelope {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    message: String,
}

impl Coordinator {
    pub(super) fn new(base: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, ContentError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(IDLE_TIMEOUT)
            .build()
            .map_err(ContentError::Network)?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            tokens,
            first_pause: FIRST_PAUSE,
        })
    }

    /// For tests, which do not wait.
    #[cfg(test)]
    pub(super) fn without_pauses(mut self) -> Self {
        self.first_pause = Duration::ZERO;
        self
    }

    /// Posts, and reads the JSON that comes back.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: Body) -> Result<T, ContentError> {
        let url = format!("{}/api/v1/content/{path}", self.base);
        let request = || body.attach(self.client.post(&url));
        let mut tries = self.tries();
        loop {
            let answer = match self.authorized(&request).await {
                Ok(answer) => bytes_of(answer, MAX_JSON).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return serde_json::from_slice(&answer).map_err(|_| ContentError::Answer),
                Err(error) => tries.pause(error).await?,
            }
        }
    }

    /// A block or a CAR from the gateway, once; the caller decides about trying again.
    pub(super) async fn get(&self, cid: &Cid, format: Format) -> Result<Response, ContentError> {
        let (query, accept) = match format {
            Format::Raw => ("raw", "application/vnd.ipld.raw"),
            Format::Car => ("car", "application/vnd.ipld.car"),
        };
        let url = format!("{}/ipfs/{cid}?format={query}", self.base);
        self.authorized(&|| self.client.get(&url).header("accept", accept))
            .await
    }

    /// Sends with a token; once more with a new one if it was refused.
    async fn authorized(&self, request: &(dyn Fn() -> RequestBuilder + Send + Sync)) -> Result<Response, ContentError> {
        let token = self.tokens.token().await?;
        let answer = request().bearer_auth(&token).send().await.map_err(network)?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return accepted(answer).await;
        }
        self.tokens.refused(&token).await;
        let token = self.tokens.token().await?;
        accepted(request().bearer_auth(&token).send().await.map_err(network)?).await
    }

    pub(super) fn tries(&self) -> Tries {
        Tries {
            left: TRIES - 1,
            pause: self.first_pause,
        }
    }
}

/// Tries again what may succeed later, with growing pauses.
pub(super) struct Tries {
    left: u32,
    pause: Duration,
}

impl Tries {
    /// Waits before the next try, or gives the error back when there is none.
    pub(super) async fn pause(&mut self, error: ContentError) -> Result<(), ContentError> {
        if self.left == 0 || !error.is_transient() {
            return Err(error);
        }
        tracing::debug!(%error, "a request to the coordinator failed and is tried again");
        self.left -= 1;
        tokio::time::sleep(self.pause).await;
        self.pause *= 4;
        Ok(())
    }
}

async fn accepted(answer: Response) -> Result<Response, ContentError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    if status == StatusCode::INSUFFICIENT_STORAGE {
        return Err(ContentError::RemoteFull);
    }
    // An answer that breaks off still has its status.
    let body = bytes_of(answer, MAX_JSON).await.unwrap_or_default();
    let (code, message) = match serde_json::from_slice::<ErrorEnvelope>(&body) {
        Ok(ErrorEnvelope { error }) => (error.code, error.message),
        Err(_) => (String::new(), String::from_utf8_lossy(&body).into_owned()),
    };
    Err(ContentError::Refused {
        status: status.as_u16(),
        code,
        message: message.chars().take(MAX_QUOTED).collect(),
    })
}

/// The body, unless it is longer than `limit`.
pub(super) async fn bytes_of(mut answer: Response, limit: usize) -> Result<Vec<u8>, ContentError> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(network)? {
        if body.len() + piece.len() > limit {
            return Err(ContentError::Answer);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

pub(super) fn network(error: reqwest::Error) -> ContentError {
    if error.is_timeout() && !error.is_connect() {
        ContentError::Stalled
    } else {
        ContentError::Network(error)
    }
}
