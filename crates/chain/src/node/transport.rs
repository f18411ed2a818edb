//! JSON-RPC over HTTP with bounds: the library's own transport reads answers of any length, for any time.

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use starknet::providers::{
    ProviderRequestData, Url,
    jsonrpc::{JsonRpcMethod, JsonRpcResponse, JsonRpcTransport},
};
use std::time::Duration;

/// A block with receipts of a busy network has a few megabytes.
const MAX_ANSWER: usize = 64 << 20;
const CONNECT: Duration = Duration::from_secs(10);
/// For all of an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    url: Url,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("HTTP status {0}")]
    Status(u16),
    #[error("too long")]
    TooMuch,
    /// The node does not answer several questions at once, or not all of them.
    #[error("not an answer to each question")]
    Batch,
}

#[derive(Serialize)]
struct Request<P> {
    jsonrpc: &'static str,
    id: u64,
    method: JsonRpcMethod,
    params: P,
}

/// One answer of several; what is neither number nor null as an id is no answer to us.
#[derive(Deserialize)]
struct Answer<R> {
    id: Option<u64>,
    result: Option<R>,
}

impl Transport {
    pub(super) fn new(url: Url) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("veriframe/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, url })
    }

    /// The same method with several parameters in one request, which costs a node far less than as many requests; in
    /// order. `None` for a question that was answered by an error.
    pub(super) async fn ask_together<P, R>(
        &self,
        method: JsonRpcMethod,
        params: &[P],
    ) -> Result<Vec<Option<R>>, TransportError>
    where
        P: Serialize + Sync,
        R: DeserializeOwned,
    {
        let requests: Vec<_> = (0_u64..)
            .zip(params)
            .map(|(id, params)| Request {
                jsonrpc: "2.0",
                id,
                method,
                params,
            })
            .collect();
        let body = self.answer(serde_json::to_string(&requests)?).await?;
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return Err(TransportError::Batch);
        }
        let told: Vec<Answer<R>> = serde_json::from_slice(&body)?;
        let mut answers: Vec<Option<R>> = params.iter().map(|_| None).collect();
        for answer in told {
            let place = answer.id.and_then(|id| usize::try_from(id).ok());
            let place = place.and_then(|place| answers.get_mut(place));
            *place.ok_or(TransportError::Batch)? = answer.result;
        }
        Ok(answers)
    }

    pub(super) async fn answer(&self, body: String) -> Result<Vec<u8>, TransportError> {
        let request = self.http.post(self.url.clone());
        let mut answer = request
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > MAX_ANSWER {
                return Err(TransportError::TooMuch);
            }
            body.extend_from_slice(&piece);
        }
        // Some nodes give a JSON-RPC error with a status of its own; what is no JSON is told by its status.
        if status.is_success() || matches!(body.first(), Some(b'{' | b'[')) {
            Ok(body)
        } else {
            Err(TransportError::Status(status.as_u16()))
        }
    }
}

#[async_trait]
impl JsonRpcTransport for Transport {
    type Error = TransportError;

    async fn send_request<P, R>(&self, method: JsonRpcMethod, params: P) -> Result<JsonRpcResponse<R>, Self::Error>
    where
        P: Serialize + Send + Sync,
        R: DeserializeOwned + Send,
    {
        let request = Request {
            jsonrpc: "2.0",
            id: 1,
            method,
            params,
        };
        let body = self.answer(serde_json::to_string(&request)?).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn send_requests<R>(&self, _requests: R) -> Result<Vec<JsonRpcResponse<serde_json::Value>>, Self::Error>
    where
        R: AsRef<[ProviderRequestData]> + Send + Sync,
    {
        Err(TransportError::Batch)
    }
}
