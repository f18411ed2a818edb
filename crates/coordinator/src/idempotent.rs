//! Writes that may come twice: the second time they are answered, not done.

use crate::{
    error::{ApiError, ApiResult},
    store::{
        WriteTx,
        idempotency::{self, Kept},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;
use veriframe_core::Address;
use veriframe_wire::ErrorCode;

/// What tells one request from another: the action and its body.
pub fn digest<T: Serialize>(action: &str, body: &T) -> ApiResult<String> {
    let mut hash = Sha256::new_with_prefix(action.as_bytes());
    hash.update([0]);
    hash.update(serde_json::to_vec(body)?);
    Ok(hex::encode(hash.finalize()))
}

/// The answer that an earlier request with this key got.
pub async fn earlier<T: DeserializeOwned>(
    db: &mut AnyConnection,
    caller: Address,
    key: Option<&str>,
    digest: &str,
) -> ApiResult<Option<T>> {
    let Some(key) = key else { return Ok(None) };
    let Some(kept) = idempotency::find(db, caller, key).await? else {
        return Ok(None);
    };
    if kept.request != digest {
        return Err(ApiError::new(
            ErrorCode::IdempotencyConflict,
            "This idempotency key came with a different request before.",
        )
        .hint("Use a new key for a new request."));
    }
    Ok(Some(serde_json::from_str(&kept.answer)?))
}

/// Keeps the answer, in the transaction of the write itself.
pub async fn keep<T: Serialize>(
    tx: &mut WriteTx,
    caller: Address,
    key: Option<&str>,
    digest: &str,
    answer: &T,
) -> ApiResult<()> {
    let Some(key) = key else { return Ok(()) };
    let kept = Kept {
        request: digest.to_owned(),
        answer: serde_json::to_string(answer)?,
    };
    let now = tx.now;
    idempotency::insert(tx.db(), caller, key, &kept, now).await?;
    Ok(())
}
