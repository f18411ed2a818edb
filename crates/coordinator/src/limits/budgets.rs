//! Counting requests.

use super::settings::{Budgets, Rate};
use axum::http::{Method, Request};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hash},
    net::IpAddr,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use veriframe_core::Address;
use veriframe_wire::API_BASE;

/// Keys that one limiter remembers: some 20 MB.
const KEYS_AT_MOST: usize = 100_000;
/// What strangers share when there are more.
const SHARED: u64 = 1024;
const FORGET_EVERY: Duration = Duration::from_mins(1);
const FORGET_WHEN_FULL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    SignIn,
    Read,
    Write,
    Content,
}

impl Class {
    pub fn of<B>(request: &Request<B>) -> Self {
        let path = request.uri().path();
        let below = path.strip_prefix(API_BASE).unwrap_or_default();
        if path.starts_with("/ipfs/") || below.starts_with("/content/") {
            Self::Content
        } else if below.starts_with("/auth/") {
            Self::SignIn
        } else if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            Self::Read
        } else {
            Self::Write
        }
    }
}

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    V4([u8; 4]),
    /// The first half of an address.
    V6(u64),
    Account(Address),
    Shared(u64),
}

impl From<IpAddr> for Key {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.octets()),
            IpAddr::V6(ip) => Self::V6((ip.to_bits() >> 64) as u64),
        }
    }
}

/// One for each kind of request.
pub struct Limiters {
    sign_in: Limiter,
    reads: Limiter,
    writes: Limiter,
    content: Limiter,
}

impl Limiters {
    pub fn new(budgets: &Budgets) -> Self {
        Self {
            sign_in: Limiter::new(budgets.sign_in),
            reads: Limiter::new(budgets.reads),
            writes: Limiter::new(budgets.writes),
            content: Limiter::new(budgets.content),
        }
    }

    /// Takes one from the budget, or says how long to wait.
    pub fn take(&self, class: Class, key: Key) -> Result<(), Duration> {
        match class {
            Class::SignIn => &self.sign_in,
            Class::Read => &self.reads,
            Class::Write => &self.writes,
            Class::Content => &self.content,
        }
        .take(key)
    }
}

struct Limiter {
    counts: RateLimiter<Key, DashMapStateStore<Key>, DefaultClock>,
    forgot: Mutex<Instant>,
    hash: RandomState,
}

impl Limiter {
    fn new(rate: Rate) -> Self {
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(at_least_one(rate.per_minute)).allow_burst(at_least_one(rate.burst));
        Self {
            counts: RateLimiter::dashmap(quota),
            forgot: Mutex::new(Instant::now()),
            hash: RandomState::new(),
        }
    }

    fn take(&self, key: Key) -> Result<(), Duration> {
        let full = self.counts.len() >= KEYS_AT_MOST;
        self.forget(if full { FORGET_WHEN_FULL } else { FORGET_EVERY });
        let key = if full {
            Key::Shared(self.hash.hash_one(key) % SHARED)
        } else {
            key
        };
        self.counts
            .check_key(&key)
            .map_err(|until| until.wait_time_from(self.counts.clock().now()))
    }

    /// Drops those whose budget is whole again.
    fn forget(&self, every: Duration) {
        let mut forgot = self.forgot.lock().unwrap_or_else(PoisonError::into_inner);
        if forgot.elapsed() >= every {
            *forgot = Instant::now();
            drop(forgot);
            self.counts.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(burst: u32) -> Limiter {
        Limiter::new(Rate::new(burst, 1))
    }

    #[test]
    fn a_budget_ends_and_says_how_long_to_wait() {
        let limiter = limiter(3);
        let (me, other) = (Key::V4([192, 0, 2, 1]), Key::V4([192, 0, 2, 2]));
        for _ in 0..3 {
            limiter.take(me).unwrap();
        }
        let wait = limiter.take(me).unwrap_err();
        assert!(
            wait > Duration::from_secs(30) && wait <= Duration::from_mins(1),
            "{wait:?}"
        );
        limiter.take(other).unwrap();
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_memory_and_no_more_than_their_share() {
        let limiter = limiter(1);
        let mut let_through = 0;
        for n in 0..(KEYS_AT_MOST as u32 * 2) {
            let_through += usize::from(limiter.take(Key::V4(n.to_be_bytes())).is_ok());
        }
        assert!(limiter.counts.len() <= KEYS_AT_MOST + SHARED as usize);
        assert!(let_through <= KEYS_AT_MOST + SHARED as usize, "{let_through}");
    }

    #[test]
    fn one_customers_addresses_of_ipv6_are_one() {
        let key = |text: &str| Key::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), Key::V4([192, 0, 2, 1]));
    }

    #[test]
    fn requests_are_told_apart() {
        let class =
            |method: &str, path: &str| Class::of(&Request::builder().method(method).uri(path).body(()).unwrap());
        assert_eq!(class("POST", "/api/v1/auth/challenge"), Class::SignIn);
        assert_eq!(class("GET", "/api/v1/jobs"), Class::Read);
        assert_eq!(class("POST", "/api/v1/jobs"), Class::Write);
        assert_eq!(class("POST", "/api/v1/content/have"), Class::Content);
        assert_eq!(class("GET", "/ipfs/bafy"), Class::Content);
        assert_eq!(class("GET", "/"), Class::Read);
    }
}
