//! Every answer carries a request id; every refusal has the one shape.

use crate::{app::AppState, error::ApiError};
use axum::{
    Json,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    any::Any,
    sync::{Arc, OnceLock},
    time::Instant,
};
use tracing::Instrument;
use veriframe_core::Address;
use veriframe_wire::{ErrorBody, ErrorCode, ErrorEnvelope};

pub const HEADER: &str = "x-request-id";
/// Under which name each request is logged, one line when it was answered.
const LOG: &str = "veriframe_coordinator::requests";

/// Stands in the extensions of a request.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

/// Bytes of an id that a caller made.
const ID_BYTES: usize = 64;
/// What a request counts as that no route matched.
const NO_ROUTE: &str = "none";

/// Whoever signed the request, once that is known; the log says it.
#[derive(Clone, Debug, Default)]
pub struct Signed(Arc<OnceLock<Address>>);

impl Signed {
    pub fn by(&self, address: Address) {
        let _ = self.0.set(address);
    }
}

/// Gives the request an id, writes the body of a refusal, and counts and logs what came of it.
pub async fn attach(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let signed = Signed::default();
    request.extensions_mut().insert(signed.clone());
    let span = tracing::info_span!("request", %id, %method, route);
    app.metrics.requests.open.inc();
    let open = Open(&app);
    let mut response = answer(request, next, &id).instrument(span).await;
    drop(open);
    if app.draining.is_cancelled() {
        // The next request shall go to another replica.
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let took = start.elapsed();
    app.metrics.requests.answered(&method, route, response.status(), took);
    tracing::debug!(
        target: LOG,
        %id,
        %method,
        route,
        status = response.status().as_u16(),
        latency_ms = took.as_secs_f64() * 1000.0,
        account = signed.0.get().map(ToString::to_string),
        "answered"
    );
    response
}

/// Counts down also when the caller goes away in the middle.
struct Open<'a>(&'a AppState);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.metrics.requests.open.dec();
    }
}

/// The caller's own, when it is one word of a sane length; otherwise a new one.
fn id(headers: &HeaderMap) -> String {
    let fits = |text: &&str| {
        (1..=ID_BYTES).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(fits);
    given.map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned)
}

async fn answer(mut request: Request, next: Next, id: &str) -> Response {
    request.extensions_mut().insert(RequestId(id.to_owned()));
    let mut response = next.run(request).await;
    if let Some(body) = refusal(&mut response) {
        // The status follows from the code, for the framework's refusals too.
        let status = StatusCode::from_u16(body.code.http_status()).unwrap_or(response.status());
        let envelope = ErrorEnvelope {
            error: ErrorBody {
                request_id: id.to_owned(),
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
    if let Ok(value) = HeaderValue::from_str(id) {
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
        StatusCode::METHOD_NOT_ALLOWED => (ErrorCode::MethodNotAllowed, "This path does not take that method."),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_caller_is_taken_over_when_it_is_one() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            id(&headers)
        };
        assert_eq!(with("abc-1_2.3"), "abc-1_2.3");
        for bad in ["", "a b", "a\"b", "é"] {
            assert_eq!(with(bad).len(), 32, "{bad}");
        }
        assert_ne!(id(&HeaderMap::new()), id(&HeaderMap::new()));
    }
}
