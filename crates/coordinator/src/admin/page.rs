//! The operators' page, inside the binary when the UI was built before it.

use axum::{
    http::{HeaderValue, Uri, header},
    response::{Html, IntoResponse, Response},
};
use rust_embed::RustEmbed;
use veriframe_wire::API_BASE;

#[derive(RustEmbed)]
#[folder = "../../ui/dist-operator"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";
/// Its own scripts, styles and fonts, its own API, and nothing from anywhere else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>VeriFrame</title>\
    <p>The operators' page is not part of this program: it was built without it. Build the page first \
    (<code>./dev build</code> does), then the program. The API is here: <a href=\"/openapi.json\">/openapi.json</a>.";

pub async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if uri.path().starts_with(API_BASE) {
        return crate::error::ApiError::not_found("path").into_response();
    }
    let path = if path.is_empty() { INDEX } else { path };
    let mut response = match Files::get(path) {
        Some(file) => {
            let kind = file.metadata.mimetype().to_owned();
            ([(header::CONTENT_TYPE, kind)], file.data).into_response()
        }
        None if path == INDEX => Html(NOT_BUILT).into_response(),
        None => return crate::error::ApiError::not_found("page").into_response(),
    };
    // The names of all files but the first say what is in them.
    let keep = if path == INDEX {
        "no-cache"
    } else {
        "max-age=31536000, immutable"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_page_that_is_built_is_inside() {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist-operator/index.html");
        assert_eq!(Files::get(INDEX).is_some(), built.is_file());
    }
}
