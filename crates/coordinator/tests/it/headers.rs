//! What answers tell a browser.

use crate::support::World;
use reqwest::{Method, Response};

async fn ask(world: &World, method: Method, path: &str, origin: &str) -> Response {
    let url = format!("{}{path}", world.running.url());
    let request = reqwest::Client::new().request(method, url).header("origin", origin);
    request
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_is_safe_to_open_in_a_browser() {
    let world = World::start().await;
    for path in ["/", "/health", "/docs", "/api/v1/jobs", "/nowhere", "/ipfs/rubbish"] {
        let answer = ask(&world, Method::GET, path, "https://elsewhere.test").await;
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer", "{path}");
        assert!(
            header(&answer, "content-security-policy").starts_with("default-src 'none'"),
            "{path}"
        );
        assert_eq!(header(&answer, "server"), "", "{path}");
        // Reached without TLS, a promise of TLS would lock people out.
        assert_eq!(header(&answer, "strict-transport-security"), "", "{path}");
    }
    let world = World::start_with(|settings| settings.origin = Some("https://farm.test".to_owned())).await;
    let answer = ask(&world, Method::GET, "/", "https://elsewhere.test").await;
    assert!(header(&answer, "strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn only_pages_of_listed_origins_may_use_the_api() {
    let world = World::start().await;
    let answer = ask(&world, Method::GET, "/api/v1/prices/assets", "https://farm.test").await;
    assert_eq!(header(&answer, "access-control-allow-origin"), "");

    let world = World::start_with(|settings| settings.cors_origins = vec!["https://farm.test".to_owned()]).await;
    for method in [Method::GET, Method::OPTIONS] {
        let listed = ask(&world, method.clone(), "/api/v1/jobs", "https://farm.test").await;
        assert_eq!(header(&listed, "access-control-allow-origin"), "https://farm.test");
        assert_eq!(header(&listed, "access-control-allow-credentials"), "");
        let stranger = ask(&world, method, "/api/v1/jobs", "https://elsewhere.test").await;
        assert_eq!(header(&stranger, "access-control-allow-origin"), "");
    }
    // Pinned content is the same for everybody.
    let content = ask(&world, Method::GET, "/ipfs/rubbish", "https://elsewhere.test").await;
    assert_eq!(header(&content, "access-control-allow-origin"), "*");
}
