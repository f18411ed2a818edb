//! A claim as an operator sees it: refused while the coordinator ends, counted, and timed.

use super::claim::claim;
use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
};
use std::{borrow::Cow, time::Instant};
use veriframe_core::Address;
use veriframe_wire::{
    ErrorCode,
    lease::{AssignRequest, AssignResponse},
};

pub async fn measured_claim(
    app: &AppState,
    caller: Address,
    job: &str,
    request: &AssignRequest,
) -> ApiResult<AssignResponse> {
    let start = Instant::now();
    let result = if app.draining.is_cancelled() {
        Err(draining())
    } else {
        claim(app, caller, job, request).await
    };
    let outcome = match &result {
        Ok(_) => Cow::Borrowed("granted"),
        Err(error) => Cow::Owned(word(error.code)),
    };
    app.metrics.claims.get_or_create(&[("outcome", outcome)]).inc();
    app.metrics.claim_seconds.observe(start.elapsed().as_secs_f64());
    result
}

/// Whoever took work now would have nobody to hand it to for a moment.
fn draining() -> ApiError {
    ApiError::new(
        ErrorCode::Unavailable,
        "The coordinator is shutting down and gives no new work.",
    )
    .hint("Ask again in a moment: another one takes its place, or it starts again.")
}

/// As the wire has it.
fn word(code: ErrorCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}
