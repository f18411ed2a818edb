//! What a setting may be, and how it is written in an environment.

use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use veriframe_coordinator::Rate;
use veriframe_core::{Address, Amount};

/// The kinds of settings. Each is kept as the text that its environment variable would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// An address with one of these in front.
    Url(&'static [&'static str]),
    /// Such an address, or `off`.
    UrlOrOff,
    /// An IP address to listen on.
    Ip,
    /// An IP address and a port to listen on, or `off`.
    Listen,
    /// A whole number between these two.
    Whole(u64, u64),
    /// Seconds between these two, which may have a fraction.
    Seconds(u32, u32),
    Switch,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Such, with commas between them.
    List(Item),
    /// So many at once, and so many a minute after that: `100/600`.
    Rate,
    /// The address of a contract or an account.
    Account,
    /// Whole tokens, such as `2.5`.
    Tokens,
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Text,
    Account,
    /// The scheme, the host and the port of a page, as a browser says them.
    Origin,
    /// `10.0.0.0/8`.
    Network,
}

impl Item {
    fn accepts(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Account => is_account(text),
            Self::Origin => is_origin(text),
            Self::Network => text.parse::<IpNet>().is_ok(),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Text => "texts",
            Self::Account => "addresses of accounts, 0x and hex digits",
            Self::Origin => "origins, such as https://farm.example.org, without a path",
            Self::Network => "networks, such as 10.0.0.0/8",
        }
    }
}

impl Kind {
    /// Whether `text` is one; empty means that nothing was chosen and is always fine.
    pub fn accepts(self, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() {
            return true;
        }
        match self {
            Self::Text => true,
            Self::List(item) => words(text).all(|word| item.accepts(word)),
            Self::Rate => text.parse::<Rate>().is_ok(),
            Self::Url(schemes) => schemes.iter().any(|scheme| has_scheme(text, scheme)),
            Self::UrlOrOff => {
                text.eq_ignore_ascii_case("off") || has_scheme(text, "http://") || has_scheme(text, "https://")
            }
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Listen => text.eq_ignore_ascii_case("off") || text.parse::<SocketAddr>().is_ok(),
            Self::Whole(least, most) => text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number)),
            Self::Seconds(least, most) => text
                .parse::<f64>()
                .is_ok_and(|seconds| (f64::from(least)..=f64::from(most)).contains(&seconds)),
            Self::Switch => switch(text).is_some(),
            Self::Word(words) => words.contains(&text),
            Self::Account => is_account(text),
            Self::Tokens => Amount::parse_credits(text).is_ok(),
        }
    }

    /// For a person, after "is not".
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Url(schemes) => format!("an address that begins with {}", schemes.join(" or ")),
            Self::UrlOrOff => "an address that begins with http:// or https://, or off".to_owned(),
            Self::Ip => "an IP address, such as 127.0.0.1 or ::".to_owned(),
            Self::Listen => "an address with a port, such as 127.0.0.1:9464, or off".to_owned(),
            Self::Whole(least, most) => format!("a whole number, {least} to {most}"),
            Self::Seconds(least, most) => format!("a number of seconds, {least} to {most}"),
            Self::Switch => "true or false".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::List(item) => format!("a list of {}", item.expected()),
            Self::Rate => "two whole numbers, so many at once / so many a minute, such as 100/600".to_owned(),
            Self::Account => "the address of a contract or an account, 0x and hex digits".to_owned(),
            Self::Tokens => "an amount in whole tokens, such as 2.5".to_owned(),
        }
    }

    /// Whether a file writes it without quotation marks.
    pub fn is_bare(self) -> bool {
        matches!(self, Self::Whole(..) | Self::Seconds(..) | Self::Switch)
    }
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())
}

fn is_account(text: &str) -> bool {
    let parsed = text.parse::<Address>();
    parsed.is_ok_and(|address| address.as_bytes() != &[0; 32])
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| {
        let of_a_host = |c: char| c.is_ascii_alphanumeric() || "-.:[]_".contains(c);
        !host.is_empty() && host.chars().all(of_a_host)
    })
}

/// The words of a list.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The ways in which people say yes and no.
pub fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
