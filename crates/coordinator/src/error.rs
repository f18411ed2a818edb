//! What a request can fail with.
//!
//! Which one to use where: a handler refuses with [`ApiError::new`] and a code from the closed list in `veriframe_wire`;
//! anything that is our own fault becomes `Internal` through `From`, is logged once where it is answered, and tells the
//! caller nothing but a request id.

use crate::store::{self, Trouble};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use veriframe_wire::{ErrorBody, ErrorCode};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub code: ErrorCode,
    /// For a person.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: &'static str,
    /// Seconds until the same may come again.
    retry_after: Option<u32>,
    /// What really happened, for the log only.
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: "",
            retry_after: None,
            source: None,
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Our fault: the cause goes to the log, not to the caller.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(ErrorCode::Internal, "Something went wrong in the coordinator.")
                .hint("Try again; if it stays, give the request id to whoever runs this coordinator.")
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
    }

    pub fn state(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidState, message)
    }

    pub fn lease_lost() -> Self {
        Self::new(
            ErrorCode::LeaseLost,
            "The lease ran out or was given to another worker.",
        )
        .hint("Nothing of this request was kept. Take a new lease.")
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        let (code, message) = match store::trouble(&error) {
            Trouble::Full => (ErrorCode::NoSpace, "The coordinator's disk is full."),
            Trouble::Busy => (ErrorCode::Unavailable, "The database is busy or shutting down."),
            Trouble::Gone => (ErrorCode::Unavailable, "The database does not answer."),
            Trouble::Other => return Self::internal(error),
        };
        Self {
            source: Some(Box::new(error)),
            ..Self::new(code, message).hint("Try again in a moment.")
        }
    }
}

impl From<serde_json::Error> for ApiError {
    /// For shapes of our own that are written to or read from the database; a caller's JSON never comes here.
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<tokio::task::JoinError> for ApiError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for ApiError {
    /// The body is written by [`crate::request_id::attach`], which knows the request's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            let cause = self.source.as_deref().map(ToString::to_string).unwrap_or_default();
            tracing::error!(code = ?self.code, message = %self.message, cause, "request failed");
        }
        let body = ErrorBody {
            code: self.code,
            message: self.message,
            hint: self.hint.to_owned(),
            request_id: String::new(),
        };
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        } else if self.code == ErrorCode::Unavailable {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response.extensions_mut().insert(body);
        response
    }
}
