//! Everything a request may need, built once at launch.

use crate::{
    auth::TokenKey, chance::Chance, escrow::Escrow, events::Bus, indexer::Indexer, progress::Progress,
    settings::Settings, store::Store,
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_core::Clock;
use veriframe_ipfs::{BlockStore, content::TieredContent};

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
    pub tokens: TokenKey,
    pub chance: Chance,
    pub progress: Progress,
    /// `None` without a chain.
    pub indexer: Option<Indexer>,
    /// `None` where local credits are paid.
    pub escrow: Option<Escrow>,
    /// Decoding an image takes a core and much memory: only so many at a time.
    pub decoding: Semaphore,
    pub shutdown: CancellationToken,
    /// Sockets, the sweeper and the indexer; awaited at shutdown.
    pub tasks: TaskTracker,
}
