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

/// A page of somebody else's, in the browser of whoever runs the coordinator.
#[tokio::test]
async fn pages_of_strangers_reach_nothing_under_names_of_theirs_and_change_nothing() {
    let world = World::start_with(|settings| settings.cors_origins = vec!["https://farm.test".to_owned()]).await;
    let port = world.running.addr.port();
    let client = reqwest::Client::new();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        ("[::1]".to_owned(), 200),
        ("coordinator.test".to_owned(), 200),
        ("farm.test:443".to_owned(), 200),
        (format!("rebound.test:{port}"), 400),
        ("localhost.rebound.test".to_owned(), 400),
    ] {
        let url = format!("{}/api/v1/contracts", world.running.url());
        let answer = client.get(url).header("host", &host).send().await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
    let probed = client.get(format!("{}/health", world.running.url()));
    assert_eq!(probed.header("host", "pod-7").send().await.unwrap().status(), 200);
    for (origin, status) in [
        ("http://coordinator.test", 200),
        ("https://farm.test", 200),
        ("https://elsewhere.test", 403),
        ("null", 403),
    ] {
        let url = format!("{}/api/v1/auth/challenge", world.running.url());
        let body = serde_json::json!({ "address": format!("0x{:064x}", 7) });
        let asked = client.post(url).header("origin", origin).json(&body);
        assert_eq!(asked.send().await.unwrap().status(), status, "{origin}");
    }
}
