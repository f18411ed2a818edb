//! Every setting of a coordinator: its place in the file, its variable, what it may be, and what it is by itself.
//!
//! One table, so that the file, the environment, `--check` and the example cannot say different things.

use super::kind::Kind;

#[derive(Debug)]
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub variable: &'static str,
    pub kind: Kind,
    /// As the environment would have it; `None`: nothing.
    pub default: Option<&'static str>,
    /// What the example shows where there is no default.
    pub example: &'static str,
    /// Never shown.
    pub secret: bool,
    pub about: &'static str,
}

impl Key {
    /// `section.name`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

const fn key(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key {
        section,
        name,
        variable,
        kind,
        default: Some(default),
        example: "",
        secret: false,
        about,
    }
}

const fn optional(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        default: None,
        example,
        ..key(section, name, variable, kind, "", about)
    }
}

/// An address that may hold a password or a key.
const fn secret(
    section: &'static str,
    name: &'static str,
    variable: &'static str,
    kind: Kind,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        secret: true,
        ..optional(section, name, variable, kind, example, about)
    }
}

const HTTP: Kind = Kind::Url(&["http://", "https://"]);
const CONTRACT: &str = "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// In the order of the example.
pub const KEYS: &[Key] = &[
    key(
        "listen",
        "host",
        "API_HOST",
        Kind::Ip,
        "127.0.0.1",
        "IP address to listen on; 0.0.0.0 is every one of this computer, which others can reach.",
    ),
    key(
        "listen",
        "port",
        "API_PORT",
        Kind::Whole(0, 65535),
        "8787",
        "Port to listen on; 0 is any free one.",
    ),
    optional(
        "listen",
        "origin",
        "VERIFRAME_ORIGIN",
        HTTP,
        "https://render.example.org",
        "Address by which others reach the coordinator. Sign-ins are bound to it. Without it: http:// and what is listened on.",
    ),
    secret(
        "database",
        "url",
        "DATABASE_URL",
        Kind::Url(&["postgres://", "postgresql://", "sqlite:"]),
        "postgres://veriframe@db.example.org/veriframe",
        "The database: postgres://USER:PASSWORD@HOST/NAME for a server that several coordinators may share, or sqlite: and a path. Without it: a SQLite file in the home.",
    ),
    secret(
        "cache",
        "url",
        "REDIS_URL",
        Kind::Url(&["redis://"]),
        "redis://127.0.0.1:6379",
        "A Redis that several coordinators share: events go faster between them. Everything works without it.",
    ),
    secret(
        "content",
        "kubo",
        "VERIFRAME_KUBO",
        Kind::UrlOrOff,
        "http://127.0.0.1:5001",
        "RPC address of a Kubo node that content is fetched from when it was not sent here.",
    ),
    optional(
        "content",
        "gateways",
        "VERIFRAME_GATEWAYS",
        Kind::List,
        "https://ipfs.example.org",
        "IPFS gateways for the same.",
    ),
    optional(
        "chain",
        "enabled",
        "ENABLE_EVENT_INDEXING",
        Kind::Switch,
        "true",
        "false: do without the chain. true: do not start without it. Without it: where the contracts are named.",
    ),
    secret(
        "chain",
        "rpc_url",
        "STARKNET_RPC_URL",
        HTTP,
        "https://node.example.org/rpc/v0_10",
        "RPC address of a Starknet node.",
    ),
    secret(
        "chain",
        "ws_url",
        "STARKNET_WS_URL",
        Kind::Url(&["ws://", "wss://"]),
        "wss://node.example.org/rpc/v0_10",
        "Where that node tells of new blocks. Without it: made from rpc_url.",
    ),
    optional(
        "chain",
        "network",
        "NETWORK",
        Kind::Text,
        "sepolia",
        "mainnet, sepolia, devnet, or a chain id.",
    ),
    optional(
        "chain",
        "market",
        "CONTRACT_ADDRESS",
        Kind::Account,
        CONTRACT,
        "The market's contract.",
    ),
    optional(
        "chain",
        "registry",
        "REGISTRY_ADDRESS",
        Kind::Account,
        CONTRACT,
        "The registry's contract.",
    ),
    optional(
        "chain",
        "deployment_file",
        "VERIFRAME_CHAIN",
        Kind::Text,
        "chain.json",
        "File that deploying the contracts wrote, instead of network, market and registry. Without it: chain.json in the home.",
    ),
    key(
        "chain",
        "start_block",
        "START_BLOCK",
        Kind::Whole(0, u64::MAX),
        "0",
        "The first block that can have an event of the contracts.",
    ),
    key(
        "chain",
        "poll_seconds",
        "INDEXER_POLL_INTERVAL",
        Kind::Seconds(0, 3600),
        "2",
        "How often the node is asked for new blocks.",
    ),
    optional(
        "settlement",
        "keystore",
        "SCHEDULER_KEYSTORE",
        Kind::Text,
        "scheduler.json",
        "Keystore of the account that settles jobs on the chain. Its password is in the environment only: SCHEDULER_PASSWORD. Without it: jobs are paid in local credits.",
    ),
    optional(
        "settlement",
        "address",
        "SCHEDULER_ADDRESS",
        Kind::Account,
        CONTRACT,
        "That account's address, where it does not follow from its key.",
    ),
    key(
        "settlement",
        "max_fee",
        "MAX_TRANSACTION_FEE",
        Kind::Tokens,
        "5",
        "The most that one transaction may cost, in STRK.",
    ),
    optional(
        "prices",
        "url",
        "PRICE_API_URL",
        Kind::UrlOrOff,
        "https://prices.example.org/v3",
        "Where prices are asked for, in CoinGecko's form, or off. Without it: CoinGecko, then Coinbase, where there is a chain.",
    ),
    key(
        "leases",
        "seconds",
        "VERIFRAME_LEASE_SECONDS",
        Kind::Whole(1, 3600),
        "90",
        "How long a worker may be silent before its frames go to somebody else.",
    ),
    key(
        "metrics",
        "listen",
        "VERIFRAME_METRICS_LISTEN",
        Kind::Listen,
        "off",
        "Address and port of a listener of its own for /metrics and /health, such as 127.0.0.1:9464.",
    ),
    key(
        "metrics",
        "public",
        "VERIFRAME_METRICS_PUBLIC",
        Kind::Switch,
        "false",
        "true: /metrics is at the public address, too, where anybody can read it.",
    ),
    key(
        "drain",
        "seconds",
        "VERIFRAME_DRAIN_SECONDS",
        Kind::Seconds(0, 600),
        "0",
        "After the signal to end: how long to go on serving, not ready and without new leases, while WebSockets are sent away one after the other. Longer than a load balancer needs to notice.",
    ),
    key(
        "drain",
        "limit_seconds",
        "VERIFRAME_DRAIN_LIMIT_SECONDS",
        Kind::Seconds(0, 600),
        "5",
        "How long requests that are under way may take after that.",
    ),
    key(
        "log",
        "level",
        "LOG_LEVEL",
        Kind::Text,
        "info",
        "error, warn, info, debug or trace; or a filter such as info,veriframe_coordinator=debug.",
    ),
    key(
        "log",
        "format",
        "LOG_FORMAT",
        Kind::Word(&["text", "json"]),
        "text",
        "text, or json: one object a line, for programs that collect logs.",
    ),
    key(
        "log",
        "to",
        "LOG_TO",
        Kind::Word(&["file", "stderr"]),
        "file",
        "file: HOME/logs/coordinator.log. stderr: standard error, as containers want it.",
    ),
    key(
        "log",
        "requests",
        "LOG_REQUESTS",
        Kind::Switch,
        "true",
        "One line for each request: its id, method, route, status, time and account.",
    ),
];

pub fn of_variable(variable: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.variable == variable)
}

pub fn at(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}
