//! What every answer tells the browser of whoever reads it, and whose pages may read.

use crate::{app::AppState, error::ApiError};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::{net::IpAddr, time::Duration};
use tower_http::cors::{AllowOrigin, CorsLayer};
use veriframe_wire::ErrorCode;

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

/// Refuses what a browser sends for a page of somebody else's: under a name that only leads here (DNS rebinding), or to
/// change something. Programs send no `Origin`.
pub async fn no_strangers(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let (own, allowed) = (&app.origin, &app.settings.cors_origins);
    let headers = request.headers();
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = named.or_else(|| request.uri().authority().map(Authority::as_str));
    let is_probe = request.uri().path().starts_with("/health") || request.uri().path() == "/metrics";
    if let Some(host) = named
        && !is_probe
        && !is_own_name(name_of(host), own, allowed)
    {
        return ApiError::new(ErrorCode::InvalidRequest, format!("This is not {host}."))
            .hint("Use the address that its operator gave it.")
            .into_response();
    }
    let changes = !request.method().is_safe() || headers.contains_key(header::UPGRADE);
    if let Some(origin) = headers.get(header::ORIGIN).filter(|_| changes) {
        let origin = origin.to_str().unwrap_or_default();
        let is_own = origin == own || named.is_some_and(|host| origin.split_once("://").is_some_and(|of| of.1 == host));
        if !is_own && !allowed.iter().any(|other| other == origin) {
            return ApiError::new(
                ErrorCode::Forbidden,
                format!("Pages of {origin} may change nothing here."),
            )
            .hint("Whoever runs the coordinator lists their origin in browsers.origins.")
            .into_response();
        }
    }
    next.run(request).await
}

/// Addresses cannot be made to lead elsewhere; of names only those that somebody chose for this coordinator.
fn is_own_name(name: &str, own: &str, allowed: &[String]) -> bool {
    name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || std::iter::once(own)
            .chain(allowed.iter().map(String::as_str))
            .filter_map(|origin| Some(name_of(origin.split_once("://")?.1)))
            .any(|other| other.eq_ignore_ascii_case(name))
}

/// Of `name:port`, `[::1]:port` or either alone.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
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
