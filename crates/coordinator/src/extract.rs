//! Reading a request: bodies, queries, paths, and who is asking, each refused in our own shape.

use crate::{app::AppState, error::ApiError, limits::Asking, request_id::Signed};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use veriframe_core::Address;
use veriframe_wire::ErrorCode;

/// A JSON body, in and out.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::invalid(
                "The request needs the header Content-Type: application/json.",
            ));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unread(&rejection))?;
        if has_nul(&bytes) {
            return Err(ApiError::invalid("A text holds the character U+0000."));
        }
        match axum::Json::<T>::from_bytes(&bytes) {
            Ok(axum::Json(value)) => Ok(Self(value)),
            // The text names the field or the place in the JSON.
            Err(rejection) => Err(ApiError::invalid(rejection.body_text())),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = said.unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// PostgreSQL keeps no text with U+0000 in it. JSON can only write it in one way, so most requests are passed at a glance.
fn has_nul(json: &[u8]) -> bool {
    fn in_value(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(in_value),
            Value::Object(fields) => fields
                .iter()
                .any(|(name, value)| name.contains('\0') || in_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    let escaped = json.windows(6).any(|window| window == br"\u0000");
    escaped && serde_json::from_slice::<Value>(json).is_ok_and(|value| in_value(&value))
}

fn unread(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(ErrorCode::TooLarge, "A JSON request may have at most 1 MiB.")
    } else {
        ApiError::invalid(rejection.body_text())
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

const ESCAPED_NUL: &str = "%00";

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if parts.uri.query().is_some_and(|query| query.contains(ESCAPED_NUL)) {
            return Err(ApiError::invalid("The query holds the character U+0000."));
        }
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| ApiError::invalid(rejection.body_text()))
    }
}

/// The parts of the path; one that cannot be read names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if parts.uri.path().contains(ESCAPED_NUL) {
            return Err(ApiError::not_found("path"));
        }
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| ApiError::not_found("path"))
    }
}

/// Whoever signed in: the address in a valid access token.
#[derive(Clone, Copy, Debug)]
pub struct Caller(pub Address);

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        // Asked before, by a layer; it is one request.
        if let Some(&caller) = parts.extensions.get::<Self>() {
            return Ok(caller);
        }
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
            .ok_or_else(|| {
                ApiError::new(ErrorCode::Unauthenticated, "This needs a signed-in account.")
                    .hint("Sign in and send the header Authorization: Bearer TOKEN.")
            })?;
        let caller = app.keys.check(&app.store, token.trim(), app.clock.now()).await?;
        if let Some(asking) = parts.extensions.get::<Asking>() {
            asking.take_as(app, caller)?;
        }
        if let Some(signed) = parts.extensions.get::<Signed>() {
            signed.by(caller);
        }
        parts.extensions.insert(Self(caller));
        Ok(Self(caller))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let asking = parts.extensions.get::<Self>().cloned();
        asking.ok_or_else(|| ApiError::internal("a request passed no limits"))
    }
}

/// A longer key is refused.
const KEY_BYTES: usize = 200;

fn is_key(text: &str) -> bool {
    (1..=KEY_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The optional `Idempotency-Key` of a write.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if is_key(key) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::invalid("Idempotency-Key has 1 to 200 visible characters.")),
    }
}
