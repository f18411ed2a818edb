//! Every answer carries a request id; every refusal has the one shape.

use crate::error::ApiError;
use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::any::Any;
use tracing::Instrument;
use veriframe_wire::{ErrorBody, ErrorCode, ErrorEnvelope};

pub const HEADER: &str = "x-request-id";

/// Gives the request an id, and writes the body of a refusal.
pub async fn attach(request: Request, next: Next) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let span = tracing::debug_span!("request", %id, method = %request.method(), path = %request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    if let Some(body) = refusal(&mut response) {
        // The status follows from the code, for the framework's refusals too.
        let status = StatusCode::from_u16(body.code.http_status()).unwrap_or(response.status());
        let envelope = ErrorEnvelope {
            error: ErrorBody {
                request_id: id.clone(),
                ..body
            },
        };
        let headers = std::mem::take(response.headers_mut());
        response = (status, Json(envelope)).into_response();
        for (name, value) in headers {
            if let Some(name) = name.filter(|name| *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Our own refusals carry their body as an extension; those of the framework get one here.
fn refusal(response: &mut Response) -> Option<ErrorBody> {
    if let Some(body) = response.extensions_mut().remove::<ErrorBody>() {
        return Some(body);
    }
    let (code, message) = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => (ErrorCode::InvalidRequest, "This path does not take that method."),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::TooLarge, "The request is too large."),
        _ => return None,
    };
    Some(ErrorBody {
        code,
        message: message.to_owned(),
        hint: String::new(),
        request_id: String::new(),
    })
}

/// What a path answers that is none.
pub async fn no_such_path(method: Method, uri: axum::http::Uri) -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        format!("There is nothing at {method} {}.", uri.path()),
    )
    .hint("The paths are listed at /openapi.json.")
}

/// A panic in a handler is our fault and ends that request only.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the panic layer calls")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> axum::http::Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    ApiError::internal(text.to_owned()).into_response()
}
