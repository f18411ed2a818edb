//! Which addresses belong to the open network, and a resolver that gives no others.
//!
//! A gateway on the open network could send us to a machine beside us that trusts whoever can reach it.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// Source: the registries of special-purpose addresses (RFC 6890 and its updates).
pub fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            let translated = address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            let [.., a, b, c, d] = address.octets();
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
                || translated && is_internal_v4(Ipv4Addr::new(a, b, c, d))
                // Tunnels (6to4, Teredo) carry an IPv4 address that is nobody's to choose.
                || first == 0x2002
                || address.segments()[..2] == [0x2001, 0]
        }
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // The last four: shared by the customers of one provider, of the protocol itself, of test networks, reserved.
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || a == 0
        || a == 100 && b & 0xc0 == 64
        || [a, b, c] == [192, 0, 0]
        || a == 198 && b & 0xfe == 18
        || a >= 240
}

/// Resolves names, and leaves out internal addresses.
pub struct OutsideOnly(pub fn(IpAddr) -> bool);

impl Resolve for OutsideOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let is_internal = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let outside: Vec<SocketAddr> = found.filter(|address| !is_internal(address.ip())).collect();
            if outside.is_empty() {
                return Err(io::Error::other("the name leads into a private network").into());
            }
            Ok(Box::new(outside.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        let inside = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "192.0.0.8",
            "198.19.0.1",
            "240.0.0.1",
            "2002:7f00:1::",
            "2001::1",
        ];
        for text in inside {
            assert!(is_internal(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(!is_internal(text.parse().unwrap()), "{text}");
        }
    }
}
