//! What every request passes first.

use super::{Asking, Seat, budgets::Class};
use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    request_id::RequestId,
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;
use tokio::time;
use veriframe_wire::ErrorCode;

/// Looks at the budget of the address, and ends what takes too long.
pub async fn admit(State(app): State<AppState>, mut request: Request, next: Next) -> ApiResult<Response> {
    let class = Class::of(&request);
    let seat = request.extensions().get::<Arc<Seat>>().cloned();
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let limits = &app.settings.limits;
    let asking = Asking::new(limits, request.headers(), seat, class, id.0);
    asking.take(&app)?;
    request.extensions_mut().insert(asking);
    if class == Class::Content {
        return Ok(next.run(request).await);
    }
    time::timeout(limits.answer_within, next.run(request))
        .await
        .map_err(|_| {
            ApiError::new(ErrorCode::Unavailable, "The request took too long.")
                .hint("Whether it was done is not known. Send the same again, with the same Idempotency-Key.")
        })
}
