//! The contract for people to read: Swagger UI and ReDoc, each one page that loads nothing but the document itself.

use aide::{redoc::Redoc, swagger::Swagger};
use axum::{
    http::header,
    response::{Html, IntoResponse},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

const DOCUMENT: &str = "/openapi.json";
const TITLE: &str = "VeriFrame coordinator";
/// The page's own scripts, by their digests, and nothing from anywhere else. ReDoc searches in a worker that it makes itself;
/// both set styles from their scripts.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src 'self' data:; font-src data:; worker-src blob:; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src";

struct Page {
    html: String,
    policy: String,
}

static SWAGGER: LazyLock<Page> = LazyLock::new(|| page(&Swagger::new(DOCUMENT).with_title(TITLE).html()));
static REDOC: LazyLock<Page> = LazyLock::new(|| page(&Redoc::new(DOCUMENT).with_title(TITLE).html()));

/// ReDoc shows its maker's logo from its maker's host.
const FOREIGN_LOGO: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const NO_LOGO: &str = "data:image/svg+xml,%3Csvg xmlns='http:%2F%2Fwww.w3.org%2F2000%2Fsvg'%2F%3E";
/// Without it a browser asks for /favicon.ico.
const NO_ICON: &str = r#"<link rel="icon" href="data:,">"#;

fn page(html: &str) -> Page {
    let html = html
        .replace(FOREIGN_LOGO, NO_LOGO)
        .replacen("<head>", &format!("<head>{NO_ICON}"), 1);
    let mut policy = POLICY.to_owned();
    for script in scripts(&html) {
        policy.push_str(" 'sha256-");
        policy.push_str(&BASE64_STANDARD.encode(Sha256::digest(script)));
        policy.push('\'');
    }
    Page { html, policy }
}

/// What stands between `<script>` and `</script>`, as a browser sees it.
fn scripts(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once("<script>")?;
        let (script, after) = after.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}

pub async fn swagger() -> impl IntoResponse {
    serve(&SWAGGER)
}

pub async fn redoc() -> impl IntoResponse {
    serve(&REDOC)
}

fn serve(page: &'static Page) -> impl IntoResponse {
    (
        [(header::CONTENT_SECURITY_POLICY, page.policy.as_str())],
        Html(page.html.as_str()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_no_other_host_and_every_script_of_it_may_run() {
        for (page, name) in [(&*SWAGGER, "SwaggerUIBundle({"), (&*REDOC, "Redoc.init(")] {
            let scripts: Vec<&str> = scripts(&page.html).collect();
            assert_eq!(page.policy.matches("'sha256-").count(), scripts.len());
            assert!(
                scripts.iter().map(|script| script.len()).sum::<usize>() > 500_000,
                "the program is in the page"
            );
            assert!(
                scripts
                    .last()
                    .is_some_and(|script| script.contains(name) && script.contains(DOCUMENT))
            );
            // What a browser reads as the page, without what is run or drawn from it.
            assert!(
                page.html.contains(NO_ICON) && !page.html.contains(FOREIGN_LOGO),
                "{name}"
            );
            let mut frame = page.html.replacen(NO_ICON, "", 1);
            for script in scripts {
                frame = frame.replacen(script, "", 1);
            }
            if let (Some(from), Some(to)) = (frame.find("<style>"), frame.find("</style>")) {
                let style = &frame[from..to];
                // A style may draw what it holds, and load nothing.
                assert!(
                    style
                        .split("url(")
                        .skip(1)
                        .all(|url| url.trim_start_matches(['"', '\'']).starts_with("data:"))
                );
                frame.replace_range(from..to, "");
            }
            for loads in ["src=", "href=", "//"] {
                assert!(!frame.contains(loads), "{loads} in {frame}");
            }
            assert!(!page.policy.contains("http") && !page.policy.contains('*'));
        }
    }
}
