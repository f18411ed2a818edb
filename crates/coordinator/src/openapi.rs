//! The OpenAPI 3.1 document, made from the handlers.

mod formats;
mod statuses;
mod writes;

use crate::{
    extract::Json,
    handlers::{auth, content, contracts, events, health, jobs, ledger, prices, root, webhooks, workers, ws},
};
use axum::http::Method;
use serde_json::Value;
use statuses::Refusals;
use std::{collections::HashMap, sync::LazyLock};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, HttpMethod,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use veriframe_wire::{Event, event::ClientMessage, event::ServerMessage};
use writes::OnceByKey;

#[derive(OpenApi)]
#[openapi(
    info(title = "VeriFrame coordinator", description = "Matches render jobs to workers, holds the escrow, checks frames."),
    modifiers(&Token, &OnceByKey, &Refusals),
    components(schemas(Event, ClientMessage, ServerMessage)),
    paths(
        root::root,
        health::health,
        health::live,
        health::ready,
        auth::challenge::challenge,
        auth::authenticate::authenticate,
        auth::refresh::refresh,
        workers::list::list,
        workers::register::register,
        workers::status::status,
        workers::overview::overview,
        workers::show::show,
        workers::earnings::earnings,
        workers::reputation_history::reputation_history,
        jobs::list::list,
        jobs::post::post,
        jobs::available::available,
        jobs::order::order,
        jobs::show::show,
        jobs::assign::assign,
        jobs::heartbeat::heartbeat,
        jobs::complete::complete,
        jobs::fail::fail,
        jobs::pause::pause,
        jobs::resume::resume,
        jobs::cancel::cancel,
        jobs::tasks::tasks,
        jobs::log::log,
        jobs::explain::explain,
        jobs::accept::accept,
        jobs::rerender::rerender,
        jobs::dispute::dispute,
        ledger::account::account,
        ledger::entries::entries,
        ledger::faucet::faucet,
        ledger::transfer::transfer,
        content::car::car,
        content::have::have,
        content::pins::pins,
        content::gateway::gateway,
        content::gateway::below,
        events::list::list,
        events::unprocessed::unprocessed,
        events::stats::stats,
        events::differences::differences,
        contracts::contracts,
        prices::assets::assets,
        prices::show::show,
        webhooks::list::list,
        webhooks::create::create,
        webhooks::delete::delete,
        webhooks::replay::replay,
        webhooks::deliveries::deliveries,
        ws::ws,
    )
)]
struct Document;

/// How a caller shows who it is.
pub struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The contract as it is in this binary.
pub fn document() -> Value {
    finished(&Document::openapi())
}

/// As it is told.
pub fn finished(document: &openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(document).expect("a document of OpenAPI is JSON");
    formats::name(&mut document);
    document
}

/// Whether this is an action of the contract that changes something; `path` as the router has it.
pub fn is_write(method: &Method, path: &str) -> bool {
    static WRITES: LazyLock<HashMap<String, Vec<Method>>> = LazyLock::new(|| {
        let mut writes: HashMap<String, Vec<Method>> = HashMap::new();
        for (path, method, _) in statuses::operations(&mut Document::openapi()) {
            let method = match method {
                HttpMethod::Post => Method::POST,
                HttpMethod::Put => Method::PUT,
                HttpMethod::Delete => Method::DELETE,
                _ => continue,
            };
            writes.entry(path.to_owned()).or_default().push(method);
        }
        writes
    });
    WRITES.get(path).is_some_and(|methods| methods.contains(method))
}

pub async fn serve() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
    Json(&DOCUMENT)
}
