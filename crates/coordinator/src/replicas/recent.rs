//! Answers that may be a second old, shared by the replicas where there is a Redis.

use crate::{app::App, error::ApiResult};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// Nobody makes a decision by what is told of so many.
const AT_MOST: Duration = Duration::from_secs(1);

/// What any replica made under this name within the last second, or what `make` makes now.
pub async fn recent<T: Serialize + DeserializeOwned>(
    app: &App,
    name: &str,
    make: impl Future<Output = ApiResult<T>>,
) -> ApiResult<T> {
    let Some(redis) = &app.redis else { return make.await };
    if let Some(kept) = redis.get(name).await {
        return Ok(kept);
    }
    let made = make.await?;
    redis.put(name, &made, AT_MOST).await;
    Ok(made)
}
