//! What every answer tells the browser of whoever reads it, and whose pages may read.

use crate::app::AppState;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// An answer that is no page needs nothing, and stands in no frame.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Two years.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const PREFLIGHT: Duration = Duration::from_mins(10);

pub async fn secure(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: HeaderValue| {
        // A page has a policy of its own.
        headers.entry(name).or_insert(value);
    };
    say(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    say(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    say(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    say(header::CONTENT_SECURITY_POLICY, NOTHING);
    if app.origin.starts_with("https://") {
        say(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    response
}

/// Lets pages of these origins use the API. Nothing of a browser's own (cookies) signs anybody in, so none is let through.
pub fn for_pages_of(origins: &[String], api: Router<AppState>) -> Router<AppState> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return api;
    }
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
        .max_age(PREFLIGHT);
    api.layer(cors)
}
