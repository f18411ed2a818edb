//! How a request can fail.

use crate::keys::Locked;
use veriframe_wire::{ErrorCode, ErrorEnvelope};

#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The coordinator understood and said no.
    #[error("{message}")]
    Refused {
        status: u16,
        code: ErrorCode,
        message: String,
        hint: String,
        /// Finds the request in the coordinator's log.
        request_id: String,
    },
    /// No answer, or half of one. Whether the request took effect is not known.
    #[error("the coordinator does not answer: {detail}")]
    Unreachable { detail: String },
    /// An answer that is not of this contract: another program, another version, or a proxy in between.
    #[error("the coordinator's answer was not understood: {detail}")]
    Protocol { detail: String },
    /// The coordinator asked to sign something other than a sign-in of this account to itself.
    #[error("the coordinator asked for a signature that was not given: {detail}")]
    NotSigned { detail: String },
    /// Nothing was signed, and may be once somebody gives the password.
    #[error(transparent)]
    Locked(#[from] Locked),
}

impl ApiError {
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    pub fn is(&self, wanted: ErrorCode) -> bool {
        self.code() == Some(wanted)
    }

    /// Whether the same request may well succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Locked(_) => true,
            Self::Refused { code, .. } => matches!(
                code,
                ErrorCode::Unavailable | ErrorCode::ChainUnavailable | ErrorCode::RateLimited | ErrorCode::Internal
            ),
            Self::Protocol { .. } | Self::NotSigned { .. } => false,
        }
    }

    /// Whether a new sign-in may help.
    pub(super) fn asks_to_sign_in(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::Unauthenticated | ErrorCode::TokenExpired))
    }

    /// From an answer that is not a success.
    pub(super) fn from_answer(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<ErrorEnvelope>(body) {
            Ok(ErrorEnvelope { error }) => Self::Refused {
                status,
                code: error.code,
                message: error.message,
                hint: error.hint,
                request_id: error.request_id,
            },
            // A gateway in front of the coordinator answers for it while it is away.
            Err(_) if matches!(status, 502..=504) => Self::Unreachable {
                detail: format!("HTTP status {status}"),
            },
            Err(_) => Self::Protocol {
                detail: format!("HTTP status {status} without a reason"),
            },
        }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_decode() || error.is_builder() || error.is_redirect() {
            return Self::Protocol {
                detail: innermost(&error),
            };
        }
        Self::Unreachable {
            detail: if error.is_timeout() {
                "it took too long".to_owned()
            } else {
                innermost(&error)
            },
        }
    }
}

/// The cause at the root says what happened (`Connection refused`); the layers above repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_and_words() {
        let body = br#"{"error":{"code":"lease_lost","message":"too late","hint":"","request_id":"r1"}}"#;
        let error = ApiError::from_answer(409, body);
        assert!(error.is(ErrorCode::LeaseLost) && !error.is_temporary());
        assert_eq!(error.to_string(), "too late");
    }

    #[test]
    fn a_proxy_that_answers_is_no_coordinator() {
        assert!(ApiError::from_answer(502, b"<html>").is_temporary());
        assert!(matches!(
            ApiError::from_answer(404, b"<html>"),
            ApiError::Protocol { .. }
        ));
    }
}
