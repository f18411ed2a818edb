//! Writes that may come twice: the second time they are answered, not done.
//!
//! [`once`] stands before every write. It knows the caller, the key and the request, and answers a repetition from what was
//! kept. The use case in the middle commits with [`commit`], [`commit_created`] or [`commit_nothing`] instead of with the
//! transaction's own `commit`; these keep the answer in the transaction of the write itself, so there is no moment at which
//! one is there without the other. A refusal is not kept: the same request may be better luck later.
//!
//! What may be done twice without harm (a heartbeat, a pin, frames that are handed in) commits as ever.

use crate::{
    app::AppState,
    error::{ApiError, ApiResult},
    extract::{Caller, idempotency_key},
    openapi,
    store::{
        WriteTx,
        idempotency::{self, Kept},
    },
};
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use veriframe_core::Address;
use veriframe_wire::ErrorCode;

tokio::task_local! {
    /// Of the request that this task answers, when it carries a key.
    static ONCE: Once;
}

/// One request that is to be done once.
#[derive(Clone)]
struct Once {
    caller: Address,
    key: String,
    /// Digest of method, path and body: what tells one request from another.
    request: String,
}

/// The layer before the writes of accounts.
pub async fn once(State(app): State<AppState>, request: Request, next: Next) -> Response {
    answer(&app, request, next)
        .await
        .unwrap_or_else(ApiError::into_response)
}

async fn answer(app: &AppState, request: Request, next: Next) -> ApiResult<Response> {
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>();
    // What has no such action is refused as that, whatever key it carries.
    let is_write = path.is_some_and(|path| openapi::is_write(&parts.method, path.as_str()));
    let key = if is_write {
        idempotency_key(&parts.headers)?
    } else {
        None
    };
    let Some(key) = key else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let Ok(Caller(caller)) = Caller::from_request_parts(&mut parts, app).await else {
        // The handler refuses in its own words.
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, crate::router::JSON_BYTES)
        .await
        .map_err(|_| ApiError::new(ErrorCode::TooLarge, "A JSON request may have at most 1 MiB."))?;
    let mut hash = Sha256::new();
    for part in [parts.method.as_str(), &parts.uri.to_string()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(&body);
    let once = Once {
        caller,
        key,
        request: hex::encode(hash.finalize()),
    };
    if let Some(answer) = earlier(app, &once).await? {
        return Ok(answer);
    }
    let request = Request::from_parts(parts, Body::from(body));
    let response = ONCE.scope(once.clone(), next.run(request)).await;
    if response.status().is_success() {
        return Ok(response);
    }
    // The same request may have come at the same time, and been faster.
    Ok(earlier(app, &once).await?.unwrap_or(response))
}

/// What an earlier request with this key was answered.
async fn earlier(app: &AppState, once: &Once) -> ApiResult<Option<Response>> {
    let mut db = app.store.read().await?;
    let Some(kept) = idempotency::find(&mut db, once.caller, &once.key).await? else {
        return Ok(None);
    };
    if kept.request != once.request {
        return Err(ApiError::new(
            ErrorCode::IdempotencyConflict,
            "This idempotency key came with a different request before.",
        )
        .hint("Use a new key for a new request."));
    }
    let status = StatusCode::from_u16(kept.status).map_err(ApiError::internal)?;
    let mut response = (status, kept.answer).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if status == StatusCode::NO_CONTENT {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    Ok(Some(response))
}

/// Whether the request that is being answered carries a key.
pub fn is_keyed() -> bool {
    ONCE.try_with(|_| ()).is_ok()
}

/// Commits, and keeps the answer when the request carries a key.
pub async fn commit<T: Serialize>(tx: WriteTx, answer: T) -> ApiResult<T> {
    finish(tx, StatusCode::OK, Some(&answer)).await?;
    Ok(answer)
}

/// As [`commit`], for an answer with the status 201.
pub async fn commit_created<T: Serialize>(tx: WriteTx, answer: T) -> ApiResult<T> {
    finish(tx, StatusCode::CREATED, Some(&answer)).await?;
    Ok(answer)
}

/// As [`commit`], for an answer with the status 204.
pub async fn commit_nothing(tx: WriteTx) -> ApiResult<()> {
    finish::<()>(tx, StatusCode::NO_CONTENT, None).await
}

async fn finish<T: Serialize>(mut tx: WriteTx, status: StatusCode, answer: Option<&T>) -> ApiResult<()> {
    if let Ok(once) = ONCE.try_with(Once::clone) {
        let kept = Kept {
            request: once.request,
            status: status.as_u16(),
            answer: answer.map(serde_json::to_string).transpose()?.unwrap_or_default(),
        };
        let now = tx.now;
        if !idempotency::insert(tx.db(), once.caller, &once.key, &kept, now).await? {
            // Nothing of this is kept; the layer answers with what the faster one got.
            return Err(ApiError::new(
                ErrorCode::IdempotencyConflict,
                "Another request came with this idempotency key at the same time.",
            ));
        }
    }
    tx.commit().await?;
    Ok(())
}
