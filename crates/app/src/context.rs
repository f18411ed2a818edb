//! What every use case is given: built once by the composition root, never global.

use crate::{
    api::{ApiClient, ApiError},
    chain::{self, ChainAccess, ChainChoice},
    create::{Drafts, Timing},
    db::{Db, DbError},
    home::{Home, HomeError},
    jobs::{Live, WhenQueueIsDone},
    keys::{KeyRing, KeysError},
    prices::{self, Prices},
    provide::ProviderHandle,
    settings, status,
    store::{self, SceneKeyError, SceneKeys, SecretStore},
    view::{AppEvent, CommandError},
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::{OnceCell, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_core::{Address, Clock};
use veriframe_ipfs::{BlockStore, content::TieredContent};
use veriframe_wire::Money;

/// Events waiting for a slow window; the window asks anew when it missed some.
const EVENTS_WAITING_AT_MOST: usize = 4096;

/// Where nothing listens: the discard port of this computer.
const NOWHERE: &str = "http://127.0.0.1:9";

/// How to open a home.
pub struct OpenOptions {
    pub home: PathBuf,
    /// Root of the coordinator, such as `http://127.0.0.1:7070`; `None` to do without one.
    pub coordinator_url: Option<String>,
    /// The coordinator runs on this computer and reads the very same block folder, so that nothing is sent over.
    pub shares_blocks: bool,
    /// What was chosen of the chain outside of the home.
    pub chain: ChainChoice,
    pub clock: Arc<dyn Clock>,
    /// Cancelled to end everything.
    pub shutdown: CancellationToken,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the account's key cannot be read: {0}")]
    Key(#[from] KeysError),
    #[error("the content store cannot be opened: {0}")]
    Blocks(#[from] veriframe_ipfs::StoreError),
    #[error("the secret that scenes are sealed with cannot be read: {0}")]
    SceneKeys(#[from] SceneKeyError),
    #[error(transparent)]
    Coordinator(#[from] ApiError),
    #[error("the content store cannot be reached: {0}")]
    Content(#[from] veriframe_ipfs::ContentError),
    #[error("opening was interrupted")]
    Interrupted,
}

pub struct Context {
    pub home: Home,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    /// The account's key, unless it is locked.
    pub keys: Arc<KeyRing>,
    pub address: Address,
    /// `None`: nothing is paid on a chain from here.
    pub chain: Option<Arc<ChainAccess>>,
    /// What the coordinator's jobs are paid in, once it was asked.
    pub(crate) money: OnceCell<Money>,
    /// Why the chain cannot be used although somebody meant it to be.
    pub chain_trouble: Option<CommandError>,
    pub api: ApiClient,
    pub content: TieredContent,
    pub blocks: BlockStore,
    /// For sealing one's own scenes.
    pub scene_keys: SceneKeys,
    /// Tokens of services.
    pub secrets: SecretStore,
    /// What the window is told without asking; sending to nobody is fine.
    pub events: broadcast::Sender<AppEvent>,
    pub shutdown: CancellationToken,
    /// Owns every background task; `shutdown` waits for it.
    pub tasks: TaskTracker,
    pub provider: ProviderHandle,
    /// Drafts that are being posted.
    pub drafts: Drafts,
    /// The small frame that is being rendered for an estimate.
    pub timing: Timing,
    /// What coins cost.
    pub prices: Prices,
    /// What the computer does when the queue is done.
    pub when_done: WhenQueueIsDone,
    /// Frames of the jobs that are being looked at.
    pub live: Live,
    pub(crate) status: status::LastLook,
    /// Whether the coordinator is the one embedded in this app.
    pub is_embedded: bool,
    /// Whether there is any; without one everything that asks it fails.
    pub has_coordinator: bool,
}

/// A coordinator elsewhere has to work with the chain that we work with. The one on this home is our own program, which may
/// have been started without any.
fn sign_in_api(options: &OpenOptions, keys: &Arc<KeyRing>, chain: Option<&ChainAccess>) -> Result<ApiClient, ApiError> {
    let url = options.coordinator_url.as_deref().unwrap_or(NOWHERE);
    let (keys, clock) = (Arc::clone(keys), Arc::clone(&options.clock));
    match chain {
        _ if options.shares_blocks => Ok(ApiClient::new(url, keys, clock)?.of_this_home()),
        Some(chain) => ApiClient::on_chain(url, keys, clock, chain.chain_name()),
        None => ApiClient::new(url, keys, clock),
    }
}

impl Context {
    /// Opens the home, making it on the first start. Nothing is sent to the coordinator yet.
    pub async fn open(options: OpenOptions) -> Result<Arc<Self>, OpenError> {
        tokio::task::spawn_blocking(|| Self::open_now(options).map(Arc::new))
            .await
            .map_err(|_| OpenError::Interrupted)?
    }

    /// Waits for the disk, and perhaps for the keychain.
    fn open_now(options: OpenOptions) -> Result<Self, OpenError> {
        let home = Home::at(&options.home);
        home.create()?;
        let db = Db::open(&home.database())?;
        let blocks = BlockStore::open(home.blocks())?;
        let scene_keys = SceneKeys::load_or_create(&home.scenes_key())?;
        let secrets = SecretStore::new(home.root(), home.secrets());
        let keys = Arc::new(KeyRing::open(home.key(), secrets.clone(), options.clock.clone())?);
        let view = settings::stored_or_defaults(&db)?;
        let (chain, chain_trouble) = match chain::open(&home, &options.chain, &view.starknet_node) {
            Ok(chain) => (chain, None),
            Err(trouble) => {
                tracing::warn!(%trouble.message, "the chain is not used");
                (None, Some(trouble))
            }
        };
        let api = sign_in_api(&options, &keys, chain.as_deref())?;
        blocks.set_limit(store::limit(&view));
        let around = store::Around {
            api: &api,
            coordinator: store::CoordinatorIs::of(options.shares_blocks, options.coordinator_url.as_deref()),
            secrets: &secrets,
        };
        let content = store::open(blocks.clone(), store::initial(&view, &around))?;
        Ok(Self {
            prices: prices::of_environment(options.clock.clone()),
            home,
            db,
            clock: options.clock,
            address: keys.address(),
            keys,
            chain,
            chain_trouble,
            money: OnceCell::new(),
            api,
            content,
            blocks,
            scene_keys,
            secrets,
            events: broadcast::Sender::new(EVENTS_WAITING_AT_MOST),
            shutdown: options.shutdown,
            tasks: TaskTracker::new(),
            provider: ProviderHandle::new(),
            drafts: Drafts::default(),
            timing: Timing::default(),
            when_done: WhenQueueIsDone::default(),
            live: Live::default(),
            status: status::LastLook::default(),
            is_embedded: options.shares_blocks,
            has_coordinator: options.coordinator_url.is_some(),
        })
    }

    /// What jobs are paid in, as far as the coordinator was asked. Nothing is said of money before.
    pub(crate) fn known_money(&self) -> Money {
        self.money.get().copied().unwrap_or(Money::None)
    }

    /// Tells the window; nobody listening is no failure.
    pub fn tell(&self, event: AppEvent) {
        let _ = self.events.send(event);
    }

    /// Ends everything that runs in the background and waits for it: Blender is stopped, leases are given back. The
    /// coordinator should still answer while this runs, so an embedded one is stopped after it.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
