//! Whether what an operator set works, without changing anything.

mod access;
mod content;
mod database;
mod places;

use super::{Config, keys, redacted};
use crate::compose::deployment_file;
use serde::Serialize;
use std::time::{Duration, Instant};
use veriframe_app::{Home, chain::CHAIN_VARIABLE};
use veriframe_coordinator::{ChainSettings, RedisAddress, check_chain};

/// What does not answer in this time does not work.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Failed,
    /// Not set, and not needed.
    Off,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Off => "off",
        }
    }
}

/// One thing and whether it works.
#[derive(Debug, Serialize)]
pub struct Found {
    pub name: &'static str,
    pub status: Status,
    pub detail: String,
    pub latency_ms: f64,
}

/// A setting that somebody chose.
#[derive(Debug, Serialize)]
pub struct Setting {
    pub key: String,
    pub variable: &'static str,
    /// Without what is secret.
    pub value: String,
    /// `flag`, `environment` or `file`.
    pub from: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub ok: bool,
    pub settings: Vec<Setting>,
    pub checks: Vec<Found>,
}

/// What one look says: `None` where nothing is set.
type Looked = Result<Option<String>, Problem>;

/// Why something does not work, in words without secrets.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Problem(String);

impl Problem {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

pub async fn run(home: &Home, config: &Config) -> Report {
    let checks = vec![
        found("configuration", async {
            Ok(config.path().map(|path| path.display().to_string()))
        })
        .await,
        found("folders", async { places::folders(home) }).await,
        found("listener", places::listener(config.listen())).await,
        found("operators", access::operators(config)).await,
        found("metrics", access::metrics(config)).await,
        found("proxies", async { access::proxies(config) }).await,
        found("database", database::database(home, config)).await,
        found("chain", chain(home, config)).await,
        found("redis", redis(config)).await,
        found("kubo", content::kubo(config)).await,
    ];
    Report {
        ok: checks.iter().all(|found| found.status != Status::Failed),
        settings: settings(config),
        checks,
    }
}

fn settings(config: &Config) -> Vec<Setting> {
    keys::all()
        .filter_map(|key| {
            let value = config.chosen(key.variable)?;
            Some(Setting {
                key: key.path(),
                variable: key.variable,
                value: if key.secret { redacted(&value) } else { value },
                from: config.from(key).word(),
            })
        })
        .collect()
}

async fn found(name: &'static str, look: impl Future<Output = Looked>) -> Found {
    let start = Instant::now();
    let looked = tokio::time::timeout(ANSWER_WITHIN, look)
        .await
        .unwrap_or_else(|_| Err(Problem(format!("no answer in {} s", ANSWER_WITHIN.as_secs()))));
    let (status, detail) = match looked {
        Ok(Some(detail)) => (Status::Ok, detail),
        Ok(None) => (Status::Off, "not set".to_owned()),
        Err(problem) => (Status::Failed, problem.to_string()),
    };
    Found {
        name,
        status,
        detail,
        latency_ms: start.elapsed().as_secs_f64() * 1000.0,
    }
}

/// It answers, and takes the password.
async fn redis(config: &Config) -> Looked {
    let Some(url) = config.chosen("REDIS_URL") else {
        return Ok(None);
    };
    let name = redacted(url.trim());
    let address = RedisAddress::parse(url.trim()).map_err(Problem::of)?;
    let checked = address.check().await;
    checked.map_err(|error| Problem(format!("{name}: {error}")))?;
    Ok(Some(format!("{name} answers")))
}

/// The node answers, is on that chain, and has the contracts.
async fn chain(home: &Home, config: &Config) -> Looked {
    let file = deployment_file(home, config.chosen(CHAIN_VARIABLE)).map_err(Problem::of)?;
    let chain = ChainSettings::from_environment(|name| config.chosen(name), file.as_ref()).map_err(Problem::of)?;
    let Some(chain) = chain else { return Ok(None) };
    check_chain(&chain).await.map_err(Problem::of)?;
    let url = config.chosen("STARKNET_RPC_URL").unwrap_or_default();
    Ok(Some(format!("{} has the contracts", redacted(&url))))
}
