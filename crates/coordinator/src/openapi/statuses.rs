//! Which refusals an action has. Handlers declare the one shape of them all under `default`; here each gets the statuses that
//! can come, by name, so that one nobody thought of is found by whoever compares answers with the document.

use utoipa::{
    Modify,
    openapi::{self, HttpMethod, path::Operation, path::PathItem},
};

pub struct Refusals;

/// Anything that reads a request may refuse it, any address may ask too often, and the database may be busy.
const ALWAYS: &[&str] = &["400", "429", "503"];
const SIGNED_IN: &[&str] = &["401", "403"];
const OF_SOMETHING: &[&str] = &["404"];
/// Money, states, sizes, content, and the disk.
const WRITES: &[&str] = &["402", "404", "409", "413", "422", "507"];
/// Beyond [`ALWAYS`]: what cannot be given in the form that was asked for, or is not whole.
const GATEWAY: &[&str] = &["404", "406", "422"];
const SIGN_IN: &[&str] = &["401", "413"];

impl Modify for Refusals {
    fn modify(&self, document: &mut openapi::OpenApi) {
        for (path, method, operation) in operations(document) {
            let Some(refusal) = operation.responses.responses.remove("default") else {
                continue;
            };
            let mut statuses = ALWAYS.to_vec();
            if operation.security.is_some() {
                statuses.extend(SIGNED_IN);
            }
            if path.contains('{') {
                statuses.extend(OF_SOMETHING);
            }
            if path.starts_with("/ipfs/") {
                statuses.extend(GATEWAY);
            }
            if path.contains("/auth/") {
                statuses.extend(SIGN_IN);
            } else if !matches!(method, HttpMethod::Get | HttpMethod::Head) {
                statuses.extend(WRITES);
            }
            for status in statuses {
                let declared = &mut operation.responses.responses;
                declared.entry(status.to_owned()).or_insert_with(|| refusal.clone());
            }
        }
    }
}

/// Every action with its path and method.
pub(super) fn operations(document: &mut openapi::OpenApi) -> impl Iterator<Item = (&str, HttpMethod, &mut Operation)> {
    document.paths.paths.iter_mut().flat_map(|(path, item)| {
        let PathItem {
            get,
            head,
            post,
            put,
            delete,
            ..
        } = item;
        let by_method = [
            (HttpMethod::Get, get),
            (HttpMethod::Head, head),
            (HttpMethod::Post, post),
            (HttpMethod::Put, put),
            (HttpMethod::Delete, delete),
        ];
        by_method
            .into_iter()
            .filter_map(move |(method, operation)| Some((path.as_str(), method, operation.as_mut()?)))
    })
}
