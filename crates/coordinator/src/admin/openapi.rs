//! The OpenAPI 3.1 document of the operators' listener.

use crate::{
    extract::Json,
    handlers::admin::{audit, failures, keys, money, overview, queue, suspend, transfers, work, workers},
    openapi::{self, Token},
};
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(title = "VeriFrame coordinator, for operators", description = "How things stand, and what an operator may do about it."),
    modifiers(&Token),
    paths(
        overview::overview,
        queue::queue,
        failures::failures,
        money::money,
        transfers::transfers,
        workers::list,
        workers::show,
        suspend::suspend,
        suspend::lift,
        work::list,
        work::retry,
        keys::list,
        keys::rotate,
        audit::audit,
    )
)]
struct Document;

/// The contract as it is in this binary.
pub fn document() -> Value {
    openapi::finished(&Document::openapi())
}

pub async fn serve() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
    Json(&DOCUMENT)
}
