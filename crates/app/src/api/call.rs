//! One request, ready to be sent as often as it takes.

use super::ApiError;
use reqwest::Method;
use serde::Serialize;
use std::fmt::Display;

/// The body is serialised once, so that a repeated request is the same request.
pub(super) struct Call {
    pub method: Method,
    /// From the root of the coordinator: `/api/v1/jobs`.
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
    pub idempotency_key: Option<String>,
    pub signed_in: bool,
}

impl Call {
    /// A request without signing in, anywhere below the root.
    pub fn open(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            idempotency_key: None,
            signed_in: false,
        }
    }

    pub fn get(path: &str) -> Self {
        Self::api(Method::GET, path)
    }

    pub fn post(path: &str) -> Self {
        Self::api(Method::POST, path)
    }

    pub fn put(path: &str) -> Self {
        Self::api(Method::PUT, path)
    }

    fn api(method: Method, path: &str) -> Self {
        Self {
            signed_in: true,
            ..Self::open(method, format!("{}{path}", veriframe_wire::API_BASE))
        }
    }

    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub(crate) fn maybe_query(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub fn json<B: Serialize>(mut self, body: &B) -> Result<Self, ApiError> {
        let bytes = serde_json::to_vec(body).map_err(|error| ApiError::Protocol {
            detail: error.to_string(),
        })?;
        self.body = Some(bytes);
        Ok(self)
    }

    /// The coordinator answers a repeat with the same key as it answered the first time.
    pub fn idempotent(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }
}

/// An identifier as one path segment. Identifiers come from the coordinator, and it is a stranger.
pub(super) fn segment(id: &str) -> String {
    id.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_cannot_leave_its_place() {
        assert_eq!(segment("0199-ab_C"), "0199-ab_C");
        assert_eq!(segment("../x?y"), "%2E%2E%2Fx%3Fy");
    }
}
