//! The OpenAPI 3.1 document, made from the handlers.

mod statuses;
mod writes;

use crate::{
    extract::Json,
    handlers::{auth, content, contracts, events, health, jobs, ledger, prices, root, webhooks, workers, ws},
};
use statuses::Refusals;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
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
pub fn document() -> openapi::OpenApi {
    Document::openapi()
}

pub async fn serve() -> Json<openapi::OpenApi> {
    Json(document())
}
