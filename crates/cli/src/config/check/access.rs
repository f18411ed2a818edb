//! The listeners beside the public one, and who is believed.

use super::{Looked, Problem, places::listener};
use crate::config::Config;
use std::net::SocketAddr;

/// Somebody is an operator, and there is where to be one.
pub async fn operators(config: &Config) -> Looked {
    let accounts = config.words("OPERATORS").len();
    let Some(listen) = config.number::<SocketAddr>("ADMIN_LISTEN") else {
        return match accounts {
            0 => Ok(None),
            _ => Err(problem(
                "operators.accounts names somebody, and operators.listen is off",
            )),
        };
    };
    if accounts == 0 {
        return Err(problem("operators.listen is set, and operators.accounts names nobody"));
    }
    apart(config, "operators.listen", listen)?;
    let free = listener(listen).await?.unwrap_or_default();
    let accounts = if accounts == 1 {
        "1 account".to_owned()
    } else {
        format!("{accounts} accounts")
    };
    Ok(Some(format!("{accounts}, {free}")))
}

pub async fn metrics(config: &Config) -> Looked {
    match config.number::<SocketAddr>("VERIFRAME_METRICS_LISTEN") {
        None => Ok(None),
        Some(listen) => {
            apart(config, "metrics.listen", listen)?;
            listener(listen).await
        }
    }
}

/// The coordinator speaks plain HTTP, so an origin with https is a proxy's.
pub fn proxies(config: &Config) -> Looked {
    let believed = config.words("TRUSTED_PROXIES");
    if !believed.is_empty() {
        return Ok(Some(format!("{} is believed", believed.join(", "))));
    }
    let origin = config.chosen("VERIFRAME_ORIGIN").unwrap_or_default();
    if origin.trim().starts_with("https://") {
        let problem = "listen.origin is a proxy's, and limits.trusted_proxies does not name it: \
                       everybody would count as that proxy";
        return Err(Problem(problem.to_owned()));
    }
    Ok(None)
}

/// Free now is not free once the coordinator listens there itself.
fn apart(config: &Config, key: &str, listen: SocketAddr) -> Result<(), Problem> {
    let taken = [
        ("listen", Some(config.listen())),
        ("operators.listen", config.number("ADMIN_LISTEN")),
        ("metrics.listen", config.number("VERIFRAME_METRICS_LISTEN")),
    ];
    let other = taken
        .iter()
        .find(|(name, addr)| *name != key && listen.port() != 0 && *addr == Some(listen));
    match other {
        Some((name, _)) => Err(Problem(format!("{key} and {name} are both {listen}"))),
        None => Ok(()),
    }
}

fn problem(what: &str) -> Problem {
    Problem(what.to_owned())
}
