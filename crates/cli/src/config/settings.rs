//! From what was chosen to the settings of the coordinator.

use super::{Config, ConfigError};
use std::time::Duration;
use veriframe_coordinator::{Database, RedisAddress, Settings};

impl Config {
    /// Writes what was chosen into the settings. What the chain says is read where the chain is: in `compose`.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), ConfigError> {
        if let Some(seconds) = self.number("VERIFRAME_LEASE_SECONDS") {
            settings.lease_seconds = seconds;
        }
        if let Some(url) = self.chosen("DATABASE_URL") {
            let database = Database::parse(url.trim()).map_err(|error| ConfigError::Variable {
                variable: "DATABASE_URL",
                expected: error.to_string(),
            })?;
            settings.database = Some(database);
        }
        if let Some(url) = self.chosen("REDIS_URL") {
            let redis = RedisAddress::parse(url.trim()).map_err(|error| ConfigError::Variable {
                variable: "REDIS_URL",
                expected: error.to_string(),
            })?;
            settings.redis = Some(redis);
        }
        if let Some(kubo) = self.chosen("VERIFRAME_KUBO") {
            settings.kubo = Some(kubo).filter(|kubo| !kubo.trim().eq_ignore_ascii_case("off"));
        }
        if self.chosen("VERIFRAME_GATEWAYS").is_some() {
            settings.gateways = self.words("VERIFRAME_GATEWAYS");
        }
        if let Some(listen) = self.chosen("VERIFRAME_METRICS_LISTEN") {
            settings.metrics_listen = listen.trim().parse().ok();
        }
        if let Some(public) = self.switch("VERIFRAME_METRICS_PUBLIC") {
            settings.metrics_public = public;
        }
        if let Some(seconds) = self.number("VERIFRAME_DRAIN_SECONDS") {
            settings.drain = Duration::from_secs_f64(seconds);
        }
        if let Some(seconds) = self.number("VERIFRAME_DRAIN_LIMIT_SECONDS") {
            settings.drain_limit = Duration::from_secs_f64(seconds);
        }
        Ok(())
    }
}
