//! A Redis beside the database: one more bell, the way for what passes between replicas, and a memory of a second or two
//! that they share. Nothing is kept there, and nothing waits for it: without it everything works, a little slower.

use super::passing::{self, Parcel};
use crate::app::App;
use ::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, aio::MultiplexedConnection, cmd};
use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};
use std::{convert::Infallible, fmt, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{self, timeout},
};
use veriframe_wire::health::{Component, Level};

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// What takes longer is not worth waiting for.
const ANSWER_WITHIN: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// `redis://…`, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisAddress(String);

#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL is no address of a Redis, such as redis://host:6379; rediss:// (TLS) is not supported")]
pub struct RedisAddressError;

impl RedisAddress {
    pub fn parse(url: &str) -> Result<Self, RedisAddressError> {
        Client::open(url).map_err(|_| RedisAddressError)?;
        Ok(Self(url.to_owned()))
    }

    /// Whether something answers there, and takes the password.
    pub async fn check(&self) -> Result<(), RedisError> {
        let client = Client::open(self.0.as_str())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        cmd("PING").query_async(&mut connection).await
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisAddress(…)")
    }
}

pub struct Redis {
    client: Client,
    /// Names of keys and channels begin with it, so that several databases can share one Redis.
    prefix: String,
    connection: watch::Sender<Option<MultiplexedConnection>>,
}

impl Redis {
    /// Connects later, in [`run`]. `installation` names the database.
    pub fn new(address: &RedisAddress, installation: &str) -> Result<Self, RedisAddressError> {
        Ok(Self {
            client: Client::open(address.0.as_str()).map_err(|_| RedisAddressError)?,
            prefix: format!("veriframe:{installation}"),
            connection: watch::Sender::new(None),
        })
    }

    /// What was kept under this name not long ago.
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let text: Option<String> = self.ask(cmd("GET").arg(self.name(name))).await?;
        serde_json::from_str(&text?).ok()
    }

    /// Keeps it for a while, if it can.
    pub async fn put<T: Serialize>(&self, name: &str, value: &T, at_most: Duration) {
        if let Ok(text) = serde_json::to_string(value) {
            let millis = u64::try_from(at_most.as_millis()).unwrap_or(u64::MAX);
            let mut set = cmd("SET");
            set.arg(self.name(name)).arg(text).arg("PX").arg(millis);
            let _: Option<()> = self.ask(&set).await;
        }
    }

    /// Whether it went out.
    pub async fn send(&self, parcel: &Parcel) -> bool {
        self.publish(&self.name("passing"), parcel.text()).await
    }

    /// For whoever looks after the coordinator.
    pub fn component(&self) -> Component {
        let (status, detail) = if self.connection.borrow().is_some() {
            (Level::Ok, "")
        } else {
            (Level::Degraded, "Redis does not answer; everything works without it")
        };
        Component {
            status,
            latency_ms: 0.0,
            detail: detail.to_owned(),
        }
    }

    async fn publish(&self, channel: &str, text: &str) -> bool {
        let heard: Option<u64> = self.ask(cmd("PUBLISH").arg(channel).arg(text)).await;
        heard.is_some()
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection.borrow().clone()?;
        let asked = timeout(ANSWER_WITHIN, command.query_async(&mut connection)).await;
        // Whether Redis is gone, the loop finds out and says.
        asked.ok()?.ok()
    }

    fn name(&self, of: &str) -> String {
        format!("{}:{of}", self.prefix)
    }
}

/// Connects, and connects again, until the coordinator stops.
pub async fn run(app: Arc<App>) {
    let Some(redis) = &app.redis else { return };
    let mut is_new = true;
    loop {
        let Some(Err(error)) = app.shutdown.run_until_cancelled(serve(&app, redis)).await else {
            return;
        };
        if redis.connection.send_replace(None).is_some() || is_new {
            tracing::warn!(%error, "Redis does not answer; everything goes on without it");
        }
        is_new = false;
        if app
            .shutdown
            .run_until_cancelled(time::sleep(LOOK_EVERY))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Until the connection breaks.
async fn serve(app: &App, redis: &Redis) -> Result<Infallible, RedisError> {
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(Some(CONNECT_WITHIN));
    let mut connection = redis
        .client
        .get_multiplexed_async_connection_with_config(&settings)
        .await?;
    let (bell, passing) = (redis.name("events"), redis.name("passing"));
    let mut ears = within(CONNECT_WITHIN, redis.client.get_async_pubsub()).await?;
    within(CONNECT_WITHIN, ears.subscribe(&[bell.as_str(), passing.as_str()])).await?;
    let mut heard = ears.into_on_message();
    tracing::info!("Redis answers");
    redis.connection.send_replace(Some(connection.clone()));
    // Whatever was rung while nobody listened.
    app.bus.log_grew();
    let mut look = time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            message = heard.next() => match message {
                Some(message) if message.get_channel_name() == passing => {
                    passing::receive(app, std::str::from_utf8(message.get_payload_bytes()).unwrap_or_default());
                }
                Some(_) => app.bus.log_grew(),
                None => return Err(gone()),
            },
            () = app.bus.wait_for_commit() => {
                redis.publish(&bell, "").await;
            }
            _ = look.tick() => within(CONNECT_WITHIN, cmd("PING").exec_async(&mut connection)).await?,
        }
    }
}

async fn within<T>(time: Duration, asked: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    timeout(time, asked).await.unwrap_or_else(|_| Err(gone()))
}

fn gone() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let address = RedisAddress::parse("redis://:secret@cache:6379").unwrap();
        assert!(!format!("{address:?}").contains("secret"));
        let refused = RedisAddress::parse("http://:secret@cache").unwrap_err();
        assert!(!refused.to_string().contains("secret"));
    }
}
