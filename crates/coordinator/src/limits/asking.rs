//! From where a request comes.

use super::{
    budgets::{Class, Key},
    connections::Seat,
    settings::Limits,
};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
};
use axum::http::HeaderMap;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use veriframe_core::Address;
use veriframe_wire::ErrorCode;

/// Stands in the extensions of every request.
#[derive(Clone, Debug)]
pub struct Asking {
    pub ip: IpAddr,
    /// Of this computer: has no budgets.
    pub free: bool,
    pub class: Class,
    pub request_id: String,
    /// Whoever takes the connection over (a WebSocket) keeps its seat.
    _seat: Option<Arc<Seat>>,
}

impl Asking {
    pub fn new(
        limits: &Limits,
        headers: &HeaderMap,
        seat: Option<Arc<Seat>>,
        class: Class,
        request_id: String,
    ) -> Self {
        let peer = seat
            .as_ref()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |seat| seat.peer);
        let ip = client(limits, peer, headers);
        Self {
            ip,
            // Without a connection it was asked from within this program.
            free: seat.is_none() || (ip.is_loopback() && !limits.limit_loopback),
            class,
            request_id,
            _seat: seat,
        }
    }

    /// The network that it comes from, as budgets tell them apart.
    pub fn place(&self) -> String {
        match Key::from(self.ip) {
            Key::V6(network) => format!("{network:x}"),
            _ => self.ip.to_canonical().to_string(),
        }
    }

    /// Takes one from the address's budget.
    pub fn take(&self, app: &App) -> ApiResult<()> {
        if self.free {
            return Ok(());
        }
        app.addresses.take(self.class, Key::from(self.ip)).map_err(too_many)
    }

    /// Takes one from the account's budget, once it is known whose the request is.
    pub fn take_as(&self, app: &App, account: Address) -> ApiResult<()> {
        if self.free {
            return Ok(());
        }
        app.accounts.take(self.class, Key::Account(account)).map_err(too_many)
    }
}

fn too_many(wait: Duration) -> ApiError {
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
    ApiError::new(
        ErrorCode::RateLimited,
        format!("Too many requests; the next is looked at in {seconds} s."),
    )
    .hint("Wait as long as Retry-After says.")
    .retry_after(seconds)
}

/// The nearest address that is no trusted proxy's. What stands left of it in `X-Forwarded-For` anybody may have written.
fn client(limits: &Limits, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = |ip: IpAddr| limits.proxies.iter().any(|network| network.contains(&ip));
    let mut nearest = peer.to_canonical();
    if limits.proxies.is_empty() || !trusted(nearest) {
        return nearest;
    }
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
        nearest = ip.to_canonical();
        if !trusted(nearest) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let limits = Limits {
            proxies: proxies.iter().map(|text| text.parse().unwrap()).collect(),
            ..Limits::default()
        };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client(&limits, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen(&[], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        // The client wrote the first; our proxies added the others.
        let lines = ["127.0.0.1, 198.51.100.7", "10.9.9.9"];
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.2.3", &lines), "198.51.100.7");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(seen(&["10.0.0.0/8"], "10.1.2.3", &["rubbish"]), "10.1.2.3");
        assert_eq!(
            seen(&["127.0.0.1/32"], "::ffff:127.0.0.1", &["2001:db8::1"]),
            "2001:db8::1"
        );
    }
}
