//! Everything a request may need, built once at launch.

use crate::{
    auth::KeyRing,
    chance::Chance,
    counter::Counter,
    escrow::Escrow,
    events::Bus,
    health::Outside,
    indexer::Indexer,
    leases::{Awake, Beat},
    limits::{Connections, Limiters, Sockets},
    metrics::Metrics,
    prices::Prices,
    progress::Progress,
    replicas::{leader::Leader, passing::Outbound, redis::Redis},
    scheduler::{Board, Census, Claim},
    settings::Settings,
    store::Store,
    webhooks::Post,
    workers::Status,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_chain::{LOCAL_CHAIN_ID, number::short_text};
use veriframe_core::{Address, Clock};
use veriframe_ipfs::{BlockStore, content::TieredContent};
use veriframe_wire::{AddressText, Money};

pub type AppState = Arc<App>;

pub struct App {
    pub settings: Settings,
    /// The origin that sign-in signatures are bound to.
    pub origin: String,
    pub store: Store,
    pub blocks: BlockStore,
    /// Where content is fetched from that was not sent here; `None`: nowhere.
    pub elsewhere: Option<TieredContent>,
    pub clock: Arc<dyn Clock>,
    pub bus: Bus,
    pub keys: KeyRing,
    /// Budgets of addresses on the network, and of accounts.
    pub addresses: Limiters,
    pub accounts: Limiters,
    pub connections: Connections,
    pub sockets: Sockets,
    pub chance: Chance,
    pub progress: Progress,
    /// Claims of workers that wait for their turn.
    pub claims: Counter<Claim>,
    pub heartbeats: Counter<Beat>,
    /// What workers say of themselves, waiting as well.
    pub statuses: Counter<Status>,
    pub census: Census,
    pub board: Board,
    /// Whether this process was at work all the time.
    pub awake: Awake,
    /// Progress on its way to the other replicas.
    pub passing: Outbound,
    pub leader: Leader,
    /// `None`: nothing is shared but the database.
    pub redis: Option<Arc<Redis>>,
    pub prices: Prices,
    /// Sends events to webhooks.
    pub post: Post,
    /// `None` without a chain.
    pub indexer: Option<Indexer>,
    /// `None` where jobs are not settled on a chain.
    pub escrow: Option<Escrow>,
    /// Decoding an image takes a core and much memory: only so many at a time.
    pub decoding: Semaphore,
    /// Megabytes that pictures may take while they are looked at.
    pub picture_memory: Semaphore,
    pub metrics: Metrics,
    /// How the parts are that others run.
    pub outside: Outside,
    /// Cancelled when the end begins: no new leases, and sockets are sent away.
    pub draining: CancellationToken,
    /// Cancelled when requests have ended and everything else has to.
    pub shutdown: CancellationToken,
    /// Sockets, the sweeper and the indexer; awaited at shutdown.
    pub tasks: TaskTracker,
}

impl App {
    pub fn is_operator(&self, account: Address) -> bool {
        self.settings.operators.contains(&account)
    }

    /// The accounts that belong together with this one, but for itself.
    pub fn house_of(&self, account: Address) -> Vec<AddressText> {
        let house = &self.settings.house;
        let others = house.iter().filter(|&&other| other != account);
        if house.contains(&account) {
            others.copied().map(AddressText).collect()
        } else {
            Vec::new()
        }
    }

    /// What jobs are paid in.
    pub fn money(&self) -> Money {
        if self.escrow.is_some() {
            Money::Strk
        } else {
            self.settings.money
        }
    }

    /// Whether new accounts get credits of this coordinator's own.
    pub fn gives_credits(&self) -> bool {
        self.money() == Money::Credits && self.settings.network == "local"
    }

    /// The chain that a sign-in is bound to: the one this coordinator works with, whose contracts then say who an account
    /// belongs to. Without one the key alone says so, and the signature must be good for no network.
    pub fn sign_in_chain(&self) -> String {
        self.settings.chain.as_ref().map_or_else(
            || LOCAL_CHAIN_ID.to_owned(),
            |chain| short_text(&chain.deployment.chain_id),
        )
    }
}
