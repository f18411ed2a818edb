//! What an operator decides about them.

use ipnet::IpNet;
use std::{str::FromStr, time::Duration};

/// The defaults leave room for 500 workers of one farm behind one address.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Of one address on the network; of IPv6 of one /64, which is what one customer gets.
    pub address: Budgets,
    /// Of one signed-in account, from wherever it asks.
    pub account: Budgets,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpNet>,
    /// Programs of this computer have no budgets, unless this is set. Behind a proxy on this computer nobody counts as one,
    /// if the proxy is named above.
    pub limit_loopback: bool,
    /// Open connections, WebSockets among them. Further ones wait.
    pub connections: usize,
    /// Further ones are closed at once.
    pub connections_per_address: usize,
    pub sockets_per_account: usize,
    /// A connection that did not send its first request's head within this time is closed.
    pub first_head_within: Duration,
    /// The same for the next request, which is also how long a connection may wait for one. Longer than clients keep
    /// connections (90 seconds is usual), so that no request meets one that is being closed.
    pub next_head_within: Duration,
    /// A body that brings nothing for this long ends its request, an answer that nobody takes for this long its connection.
    pub stalled_within: Duration,
    /// Until a request is answered; content takes as long as it takes.
    pub answer_within: Duration,
}

/// One for each kind of request.
#[derive(Clone, Debug)]
pub struct Budgets {
    pub sign_in: Rate,
    pub reads: Rate,
    pub writes: Rate,
    /// Scenes and frames: uploads, and the gateway.
    pub content: Rate,
}

/// So many at once, and then so many a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub burst: u32,
    pub per_minute: u32,
}

impl Rate {
    pub const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, per_minute }
    }
}

/// A text that is no [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is two whole numbers above 0: so many at once / so many a minute, such as 100/600")]
pub struct RateError;

/// As an operator writes it: `100/600`.
impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (burst, per_minute) = text.split_once('/').ok_or(RateError)?;
        let number = |text: &str| match text.trim().parse::<u32>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(RateError),
        };
        Ok(Self::new(number(burst)?, number(per_minute)?))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address: Budgets {
                // Two requests each, when a whole farm starts at once.
                sign_in: Rate::new(2_000, 3_000),
                reads: Rate::new(10_000, 60_000),
                writes: Rate::new(10_000, 60_000),
                content: Rate::new(20_000, 120_000),
            },
            account: Budgets {
                sign_in: Rate::new(500, 600),
                reads: Rate::new(2_000, 12_000),
                writes: Rate::new(2_000, 12_000),
                content: Rate::new(10_000, 60_000),
            },
            proxies: Vec::new(),
            limit_loopback: false,
            connections: 20_000,
            connections_per_address: 2_000,
            sockets_per_account: 1_000,
            first_head_within: Duration::from_secs(10),
            next_head_within: Duration::from_mins(2),
            stalled_within: Duration::from_mins(1),
            answer_within: Duration::from_mins(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_two_numbers_above_nothing() {
        assert_eq!("100/600".parse(), Ok(Rate::new(100, 600)));
        assert_eq!(" 1 / 2 ".parse(), Ok(Rate::new(1, 2)));
        for wrong in ["", "100", "0/1", "1/0", "1/2/3", "-1/2", "many/few", "4294967296/1"] {
            assert_eq!(wrong.parse::<Rate>(), Err(RateError), "{wrong}");
        }
    }
}
