//! What an operator says in the environment about who may do what.

use crate::settings::Settings;
use std::{net::SocketAddr, str::FromStr};
use veriframe_core::Address;

#[derive(Debug, thiserror::Error)]
#[error("{variable} holds “{text}”, which is no {wanted}")]
pub struct OperatingError {
    variable: &'static str,
    text: String,
    wanted: &'static str,
}

impl Settings {
    /// `OPERATORS`, `CORS_ORIGINS` and `TRUSTED_PROXIES` are lists with commas; `ADMIN_LISTEN` is an address and a port.
    pub fn read_environment(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), OperatingError> {
        self.operators = list::<Address>(&variable, "OPERATORS", "account's address")?;
        self.limits.proxies = list(&variable, "TRUSTED_PROXIES", "network such as 10.0.0.0/8")?;
        self.cors_origins = list(&variable, "CORS_ORIGINS", "origin")?;
        self.admin_listen = list::<SocketAddr>(&variable, "ADMIN_LISTEN", "address with a port")?.pop();
        Ok(())
    }
}

fn list<T: FromStr>(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
    wanted: &'static str,
) -> Result<Vec<T>, OperatingError> {
    let text = variable(name).unwrap_or_default();
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            part.parse().map_err(|_| OperatingError {
                variable: name,
                text: part.to_owned(),
                wanted,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_mistakes_are_named() {
        let mut settings = Settings::default();
        let say = |name: &str| match name {
            "OPERATORS" => Some("0x1, 0x2,".to_owned()),
            "ADMIN_LISTEN" => Some("127.0.0.1:8090".to_owned()),
            "TRUSTED_PROXIES" => Some("10.0.0.0/8".to_owned()),
            _ => None,
        };
        settings.read_environment(say).unwrap();
        assert_eq!(settings.operators.len(), 2);
        assert_eq!(settings.admin_listen, Some(SocketAddr::from(([127, 0, 0, 1], 8090))));
        assert_eq!(settings.limits.proxies.len(), 1);
        let wrong = settings.read_environment(|_| Some("me".to_owned())).unwrap_err();
        assert!(wrong.to_string().contains("OPERATORS"), "{wrong}");
    }
}
