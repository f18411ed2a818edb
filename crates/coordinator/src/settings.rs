//! What an operator decides about a coordinator.

use crate::{
    escrow::EscrowSettings, indexer::ChainSettings, limits::Limits, replicas::redis::RedisAddress, store::Database,
};
use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use veriframe_chain::prices::PriceSource;
use veriframe_core::{Address, Amount};
use veriframe_wire::Money;

/// Start from [`Settings::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the database. Created when missing.
    pub data_dir: PathBuf,
    /// `None`: a SQLite file in that folder.
    pub database: Option<Database>,
    /// What several coordinators on one server may share besides; everything works without it.
    pub redis: Option<RedisAddress>,
    /// `local`: a new account gets its first credits, where jobs are paid in credits. Otherwise a chain's name.
    pub network: String,
    /// The origin that signatures are bound to; `None`: `http://` and the address that is listened on.
    pub origin: Option<String>,
    /// How long a worker may be silent before its tasks go to somebody else.
    pub lease_seconds: u32,
    /// A worker that was not heard of for this long counts as offline.
    pub worker_timeout_seconds: u32,
    /// What jobs are paid in unless somebody settles them on a chain: credits, or nothing.
    pub money: Money,
    /// Accounts whose computers belong together, as those of a studio: what one renders for another is not paid.
    pub house: Vec<Address>,
    /// Who may sign in; `None`: everybody.
    pub admits: Option<Admits>,
    /// Local credits of a new account, and what the faucet fills up to.
    pub faucet: Amount,
    /// How often leases and deadlines are looked at.
    pub sweep_interval: Duration,
    /// How often what the contracts answer is compared with what is kept of their events.
    pub reconcile_interval: Duration,
    /// RPC address of a Kubo node that content is fetched from when it was not sent here.
    pub kubo: Option<String>,
    /// Gateways for the same.
    pub gateways: Vec<String>,
    /// Where metrics and health are served beside the public address; `None`: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Serves the metrics at the public address, too.
    pub metrics_public: bool,
    /// How long the coordinator goes on serving after it was told to end: not ready, without new leases, and
    /// sending its sockets away one after the other.
    pub drain: Duration,
    /// How long requests that are under way after that may take.
    pub drain_limit: Duration,
    /// Makes the draw of audits repeatable; `None`: the operating system's randomness.
    pub seed: Option<u64>,
    /// The contracts whose events are indexed; `None`: local mode.
    pub chain: Option<ChainSettings>,
    /// Who settles jobs on that chain; `None`: `money` says what they are paid in.
    pub escrow: Option<EscrowSettings>,
    /// WebSocket address at which the chain's node tells of new blocks; `None`: the indexer goes by its clock alone.
    pub chain_heads: Option<String>,
    /// Whether webhooks may lead into private networks, and over plain HTTP. For tests, and where every account is trusted.
    pub webhooks_anywhere: bool,
    /// Who is asked what coins cost, in this order; nobody: no price is told.
    pub prices: Vec<Arc<dyn PriceSource>>,
    /// How much one side may ask for.
    pub limits: Limits,
    /// Origins whose pages may use the API, such as `https://farm.example`; the gateway of content is open to all.
    pub cors_origins: Vec<String>,
    /// Days until another key signs access tokens.
    pub token_key_days: u32,
    /// Accounts that may use the admin listener.
    pub operators: Vec<Address>,
    /// Where operators' endpoints and their page are served; nowhere else. `None`: not at all.
    pub admin_listen: Option<SocketAddr>,
}

/// Says of an account whether it may sign in. It is asked each time: a home's key may change.
#[derive(Clone)]
pub struct Admits(Arc<dyn Fn(Address) -> bool + Send + Sync>);

impl Admits {
    pub fn only(may: impl Fn(Address) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(may))
    }

    pub(crate) fn allow(&self, address: Address) -> bool {
        (self.0)(address)
    }
}

impl fmt::Debug for Admits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admits(…)")
    }
}

impl Settings {
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            ..Self::default()
        }
    }

    /// The one that was chosen, or the file in the folder.
    pub fn the_database(&self) -> Database {
        let chosen = self.database.clone();
        chosen.unwrap_or_else(|| Database::Sqlite(self.data_dir.join("coordinator.db")))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("coordinator"),
            database: None,
            redis: None,
            network: "local".to_owned(),
            origin: None,
            lease_seconds: 90,
            worker_timeout_seconds: 90,
            money: Money::Credits,
            house: Vec::new(),
            admits: None,
            faucet: Amount::credits(100),
            sweep_interval: Duration::from_secs(1),
            reconcile_interval: Duration::from_mins(1),
            kubo: None,
            gateways: Vec::new(),
            metrics_listen: None,
            metrics_public: false,
            drain: Duration::ZERO,
            drain_limit: Duration::from_secs(5),
            seed: None,
            chain: None,
            escrow: None,
            chain_heads: None,
            webhooks_anywhere: false,
            prices: Vec::new(),
            limits: Limits::default(),
            cors_origins: Vec::new(),
            token_key_days: 30,
            operators: Vec::new(),
            admin_listen: None,
        }
    }
}
