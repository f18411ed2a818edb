//! The closed list of error codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every way a request can fail. The HTTP status follows from the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request is malformed, or a value is not acceptable.
    InvalidRequest,
    /// 401: no token, or one that was never valid here.
    Unauthenticated,
    /// 401: the token ran out; refresh it or sign in again.
    TokenExpired,
    /// 401: the signature does not belong to the address and the challenge.
    InvalidSignature,
    /// 401: the challenge is unknown, used or ran out.
    InvalidChallenge,
    /// 403: signed in, but this is somebody else's.
    Forbidden,
    /// 404.
    NotFound,
    /// 405: this path does not take that method.
    MethodNotAllowed,
    /// 406: nothing was asked for that this path gives.
    NotAcceptable,
    /// 409: another worker was faster, or no task is left.
    AlreadyAssigned,
    /// 409: this worker cannot take the job; the message says why.
    NotEligible,
    /// 409: the lease ran out or was given to another worker. Nothing of the request was kept.
    LeaseLost,
    /// 409: the job's or the task's state does not allow this.
    InvalidState,
    /// 409: the same idempotency key came with a different request.
    IdempotencyConflict,
    /// 402: the balance does not cover the cap.
    InsufficientFunds,
    /// 413.
    TooLarge,
    /// 422: the content is not here, is incomplete, or does not hash to its name.
    ContentMissing,
    ContentCorrupt,
    /// 429.
    RateLimited,
    /// 500: our fault; the request id finds it in the log.
    Internal,
    /// 503: shutting down or the database is busy; try again.
    Unavailable,
    /// 503: the chain node did not answer.
    ChainUnavailable,
    /// 503: no source of prices answers. Nothing else needs one.
    PriceUnavailable,
    /// 507: the coordinator's disk is full.
    NoSpace,
}

impl ErrorCode {
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthenticated | Self::TokenExpired | Self::InvalidSignature | Self::InvalidChallenge => 401,
            Self::InsufficientFunds => 402,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::AlreadyAssigned
            | Self::NotEligible
            | Self::LeaseLost
            | Self::InvalidState
            | Self::IdempotencyConflict => 409,
            Self::TooLarge => 413,
            Self::ContentMissing | Self::ContentCorrupt => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unavailable | Self::ChainUnavailable | Self::PriceUnavailable => 503,
            Self::NoSpace => 507,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub code: ErrorCode,
    /// What happened, for a person.
    pub message: String,
    /// What to do about it; empty when there is nothing.
    #[serde(default)]
    pub hint: String,
    #[serde(default)]
    pub request_id: String,
}

/// `{"error": {...}}`, the body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    pub error: ErrorBody,
}
