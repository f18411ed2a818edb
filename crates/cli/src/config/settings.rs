//! From what was chosen to the settings of the coordinator.

use super::{Config, ConfigError};
use veriframe_coordinator::{Database, Limits, RedisAddress, Settings};
use veriframe_core::Amount;

impl Config {
    /// Writes what was chosen into the settings. What the chain says is read where the chain is: in `compose`.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), ConfigError> {
        set(&mut settings.lease_seconds, self.number("VERIFRAME_LEASE_SECONDS"));
        set(
            &mut settings.worker_timeout_seconds,
            self.number("VERIFRAME_WORKER_TIMEOUT_SECONDS"),
        );
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
        settings.metrics_listen = self.number("VERIFRAME_METRICS_LISTEN");
        set(&mut settings.metrics_public, self.switch("VERIFRAME_METRICS_PUBLIC"));
        set(&mut settings.drain, self.seconds("VERIFRAME_DRAIN_SECONDS"));
        set(&mut settings.drain_limit, self.seconds("VERIFRAME_DRAIN_LIMIT_SECONDS"));
        set(
            &mut settings.reconcile_interval,
            self.seconds("VERIFRAME_RECONCILE_SECONDS"),
        );
        set(
            &mut settings.webhooks_anywhere,
            self.switch("VERIFRAME_WEBHOOKS_ANYWHERE"),
        );
        let faucet = self.chosen("VERIFRAME_FAUCET");
        set(
            &mut settings.faucet,
            faucet.and_then(|text| Amount::parse_credits(text.trim()).ok()),
        );
        self.apply_access(settings);
        self.apply_limits(&mut settings.limits);
        Ok(())
    }

    fn apply_access(&self, settings: &mut Settings) {
        settings.operators = self.list("OPERATORS");
        settings.house = self.list("VERIFRAME_HOUSE");
        settings.admin_listen = self.number("ADMIN_LISTEN");
        settings.cors_origins = self.words("CORS_ORIGINS");
        set(&mut settings.token_key_days, self.number("VERIFRAME_TOKEN_KEY_DAYS"));
    }

    fn apply_limits(&self, limits: &mut Limits) {
        limits.proxies = self.list("TRUSTED_PROXIES");
        set(&mut limits.limit_loopback, self.switch("VERIFRAME_LIMIT_LOOPBACK"));
        for (rate, variable) in [
            (&mut limits.address.sign_in, "VERIFRAME_LIMIT_ADDRESS_SIGN_IN"),
            (&mut limits.address.reads, "VERIFRAME_LIMIT_ADDRESS_READS"),
            (&mut limits.address.writes, "VERIFRAME_LIMIT_ADDRESS_WRITES"),
            (&mut limits.address.content, "VERIFRAME_LIMIT_ADDRESS_CONTENT"),
            (&mut limits.account.sign_in, "VERIFRAME_LIMIT_ACCOUNT_SIGN_IN"),
            (&mut limits.account.reads, "VERIFRAME_LIMIT_ACCOUNT_READS"),
            (&mut limits.account.writes, "VERIFRAME_LIMIT_ACCOUNT_WRITES"),
            (&mut limits.account.content, "VERIFRAME_LIMIT_ACCOUNT_CONTENT"),
        ] {
            set(rate, self.number(variable));
        }
        for (count, variable) in [
            (&mut limits.connections, "VERIFRAME_LIMIT_CONNECTIONS"),
            (
                &mut limits.connections_per_address,
                "VERIFRAME_LIMIT_CONNECTIONS_PER_ADDRESS",
            ),
            (&mut limits.sockets_per_account, "VERIFRAME_LIMIT_SOCKETS_PER_ACCOUNT"),
        ] {
            set(count, self.number(variable));
        }
        for (time, variable) in [
            (&mut limits.first_head_within, "VERIFRAME_LIMIT_FIRST_HEAD_SECONDS"),
            (&mut limits.next_head_within, "VERIFRAME_LIMIT_NEXT_HEAD_SECONDS"),
            (&mut limits.stalled_within, "VERIFRAME_LIMIT_STALLED_SECONDS"),
            (&mut limits.answer_within, "VERIFRAME_LIMIT_ANSWER_SECONDS"),
        ] {
            set(time, self.seconds(variable));
        }
    }
}

/// What nobody chose stays as it is by itself.
fn set<T>(setting: &mut T, chosen: Option<T>) {
    if let Some(chosen) = chosen {
        *setting = chosen;
    }
}
