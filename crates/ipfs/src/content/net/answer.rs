//! Answers, read within limits.

use super::{super::ContentError, Limits, pace::Pace};
use bytes::Bytes;
use reqwest::{Response, StatusCode};
use serde::Deserialize;

/// Longest JSON answer that is read.
pub(in super::super) const MAX_JSON: usize = 4 << 20;
/// Longest refusal that is read, and how many characters of it are shown.
const MAX_REFUSAL: usize = 64 << 10;
const MAX_QUOTED: usize = 300;

/// A body on its way.
#[derive(Debug)]
pub(in super::super) struct Download {
    answer: Response,
    pace: Pace,
}

impl Download {
    pub(in super::super) fn new(answer: Response, limits: &Limits) -> Self {
        Self {
            answer,
            pace: Pace::new(limits),
        }
    }

    pub(in super::super) async fn next(&mut self) -> Result<Option<Bytes>, ContentError> {
        let piece = self.pace.wait(self.answer.chunk()).await?.map_err(network)?;
        self.pace.count(piece.as_ref().map_or(0, Bytes::len));
        Ok(piece)
    }

    /// All of it, unless it is longer than `limit`.
    pub(in super::super) async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, ContentError> {
        let mut body = Vec::new();
        while let Some(piece) = self.next().await? {
            if body.len() + piece.len() > limit {
                return Err(ContentError::TooMuch);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    pub(in super::super) fn content_type(&self) -> Option<&str> {
        self.answer.headers().get("content-type")?.to_str().ok()
    }

    /// The body as JSON.
    pub(in super::super) async fn json<T: serde::de::DeserializeOwned>(self) -> Result<T, ContentError> {
        let body = self.bytes(MAX_JSON).await.map_err(|error| match error {
            ContentError::TooMuch => ContentError::Answer,
            error => error,
        })?;
        serde_json::from_slice(&body).map_err(|_| ContentError::Answer)
    }
}

/// The ways in which a coordinator, a Kubo node and a pinning service say what is wrong.
#[derive(Deserialize)]
#[serde(untagged)]
enum Refusal {
    Ours {
        error: Coded,
    },
    Kubo {
        #[serde(rename = "Message")]
        message: String,
    },
    Pinning {
        error: Reasoned,
    },
}

#[derive(Deserialize)]
struct Coded {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Reasoned {
    reason: String,
    #[serde(default)]
    details: String,
}

/// The answer, or why there is none.
pub(in super::super) async fn accepted(answer: Response, limits: &Limits) -> Result<Download, ContentError> {
    let status = answer.status();
    let download = Download::new(answer, limits);
    if status.is_success() {
        return Ok(download);
    }
    if status == StatusCode::INSUFFICIENT_STORAGE {
        return Err(ContentError::RemoteFull);
    }
    // An answer that breaks off still has its status.
    let body = download.bytes(MAX_REFUSAL).await.unwrap_or_default();
    let (code, message) = match serde_json::from_slice::<Refusal>(&body) {
        Ok(Refusal::Ours { error }) => (error.code, error.message),
        Ok(Refusal::Kubo { message }) => (String::new(), message),
        Ok(Refusal::Pinning { error }) => (error.reason, error.details),
        Err(_) => (String::new(), String::from_utf8_lossy(&body).into_owned()),
    };
    Err(ContentError::Refused {
        status: status.as_u16(),
        code,
        message: message.chars().take(MAX_QUOTED).collect(),
    })
}

pub(in super::super) fn network(error: reqwest::Error) -> ContentError {
    // The address may hold what a person put into it for signing in.
    ContentError::Network(error.without_url())
}
