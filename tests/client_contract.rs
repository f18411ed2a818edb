//! The app's typed client against the coordinator's OpenAPI document: it asks for no path, method or query that the document
//! lacks. The shapes of bodies need no test: client and document are both made from the types of `veriframe-wire`.

use serde_json::Value;
use std::fs;
use veriframe_tests::root;

const CLIENT: &str = "crates/app/src/api";
/// Kept equal to what a coordinator serves by a test of its own.
const DOCUMENT: &str = "crates/coordinator/tests/it/snapshots/it__contract__the_openapi_document.snap";
const BASE: &str = "/api/v1";
const OPEN: &str = "Call::open(";

/// What the client's source says of one request.
#[derive(Debug)]
struct Asked {
    /// `None`: it stands apart from its path.
    method: Option<String>,
    /// With `{…}` where a value comes in.
    path: String,
    queries: Vec<String>,
    at: String,
}

fn document() -> Value {
    let snapshot = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    // A header between two lines of dashes comes first.
    let json = snapshot.splitn(3, "---\n").nth(2).unwrap();
    serde_json::from_str(json).unwrap()
}

/// Every request of the client: its paths are the texts that begin with `/`, in a statement of its own or in a `Call`.
fn asked() -> Vec<Asked> {
    let mut asked = Vec::new();
    for file in fs::read_dir(root().join(CLIENT)).unwrap() {
        let file = file.unwrap().path();
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for statement in source.split(';') {
            // `API_BASE` is how a path begins that goes to the root.
            let statement = statement.replace("{API_BASE}", BASE).replace("{}", "{value}");
            let Some((before, after)) = statement.split_once("\"/") else {
                continue;
            };
            let path = after.split('"').next().unwrap_or_default();
            // The rest comes from a caller, where it is found as well.
            if path.ends_with("{path}") {
                continue;
            }
            asked.push(Asked {
                method: method(before),
                path: format!("/{path}"),
                queries: queries(after),
                at: file.file_name().unwrap().to_string_lossy().into_owned(),
            });
        }
    }
    asked
}

fn method(before: &str) -> Option<String> {
    if let Some((_, open)) = before.rsplit_once(OPEN) {
        let method = open.split_once("Method::")?.1;
        return Some(method.split(',').next()?.to_lowercase());
    }
    let (_, call) = before.rsplit_once("Call::")?;
    Some(call.split('(').next()?.to_owned())
}

fn queries(after: &str) -> Vec<String> {
    // The last statement of a function has no end of its own.
    let statement = after.split("fn ").next().unwrap_or_default();
    let named = statement.split("query(\"").skip(1);
    named
        .filter_map(|text| text.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn fits(asked: &str, documented: &str) -> bool {
    let (asked, documented): (Vec<_>, Vec<_>) = (asked.split('/').collect(), documented.split('/').collect());
    let is_open = |part: &str| part.starts_with('{');
    asked.len() == documented.len()
        && asked
            .iter()
            .zip(&documented)
            .all(|(asked, documented)| asked == documented || is_open(asked))
}

#[test]
fn the_client_asks_for_nothing_that_the_contract_lacks() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let asked = asked();
    assert!(asked.len() > 20, "the client's requests were found: {asked:?}");
    for request in &asked {
        let under_base = format!("{BASE}{}", request.path);
        let mut actions = paths
            .iter()
            .filter(|(path, _)| fits(&request.path, path) || fits(&under_base, path));
        let known = actions.any(|(_, actions)| match &request.method {
            Some(method) => actions
                .get(method)
                .is_some_and(|action| request.queries.iter().all(|query| takes(action, query))),
            None => true,
        });
        assert!(known, "{}: {request:?} is not in the OpenAPI document", request.at);
    }
}

fn takes(action: &Value, query: &str) -> bool {
    let parameters = action["parameters"].as_array();
    parameters.is_some_and(|parameters| {
        parameters
            .iter()
            .any(|parameter| parameter["name"] == query && parameter["in"] == "query")
    })
}

#[test]
fn a_request_that_is_not_there_would_be_found() {
    assert!(fits("/api/v1/jobs/{value}/tasks", "/api/v1/jobs/{id}/tasks"));
    assert!(fits("/jobs/{value}/{action}", "/jobs/{id}/accept"));
    assert!(!fits("/jobs/{value}/taskz", "/jobs/{id}/tasks"));
    assert!(!fits("/jobs", "/jobs/{id}"));
    assert_eq!(method("self.send(Call::post(&format!("), Some("post".to_owned()));
    assert_eq!(method("Call::open(reqwest::Method::GET, "), Some("get".to_owned()));
    assert_eq!(queries("jobs\").query(\"status\", \"pending\")"), ["status"]);
}
