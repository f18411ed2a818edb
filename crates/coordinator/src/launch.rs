//! Starting and stopping a coordinator.

use crate::{
    admin,
    app::App,
    auth::KeyRing,
    chance::Chance,
    counter::Counter,
    escrow,
    escrow::Escrow,
    events::Bus,
    health::Outside,
    indexer,
    leases::Awake,
    limits::{Connections, Limiters, Sockets},
    metrics::{self, Metrics},
    prices::Prices,
    progress::Progress,
    replicas::{
        bell,
        leader::{self, Leader},
        passing::{self, Outbound},
        redis::{self, Redis, RedisAddressError},
        relay,
    },
    router,
    scheduler::{Board, Census},
    serve,
    settings::Settings,
    store::{self, DatabaseError, Store},
    sweeper, verification, webhooks, work,
};
use std::{
    fs::{File, TryLockError},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle, time};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_core::{Clock, SystemClock};
use veriframe_ipfs::{
    BlockStore, ContentError,
    content::{KuboTier, OwnStore, TierSettings, TieredContent},
};

#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("the folder {path} cannot be used: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("another coordinator uses the folder {0}")]
    InUse(PathBuf),
    #[error("the database cannot be opened: {0}")]
    Database(#[from] DatabaseError),
    #[error("the keys that sign tokens cannot be read or made: {0}")]
    TokenKeys(Box<dyn std::error::Error + Send + Sync>),
    #[error("content cannot be fetched from where it should be: {0}")]
    Content(Box<ContentError>),
    #[error("the chain cannot be indexed: {0}")]
    Chain(#[from] indexer::DeploymentError),
    #[error("jobs are to be settled on a chain, and no chain is named")]
    EscrowWithoutChain,
    #[error(transparent)]
    Redis(#[from] RedisAddressError),
    #[error(transparent)]
    Webhooks(#[from] webhooks::PostSettingsError),
    #[error("the listener does not work: {0}")]
    Listener(io::Error),
}

/// A coordinator that serves. Cancel the token it was launched with, then await `join`.
#[derive(Debug)]
pub struct Running {
    pub addr: SocketAddr,
    /// Where metrics are served, when that is an address of its own.
    pub metrics: Option<SocketAddr>,
    /// Where operators are served.
    pub admin: Option<SocketAddr>,
    /// Ends when everything was closed.
    pub join: JoinHandle<()>,
}

impl Running {
    /// Where clients on this computer reach it.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

/// Serves on `listener` until `shutdown` is cancelled, and then as long as the drain takes. `blocks` may be shared with the
/// other side of the same program.
///
/// Whatever the last run left is taken up: leases go on until they expire, jobs go on where they were.
pub async fn launch_with_listener(
    settings: Settings,
    listener: TcpListener,
    blocks: BlockStore,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<Running, LaunchError> {
    let addr = listener.local_addr().map_err(LaunchError::Listener)?;
    let lock = claim(&settings.data_dir)?;
    let metrics = bind(settings.metrics_listen).await?;
    let metrics_addr = metrics.as_ref().map(|(_, addr)| *addr);
    let operators = bind(settings.admin_listen).await?;
    let admin_addr = operators.as_ref().map(|(_, addr)| *addr);
    let app = Arc::new(open(settings, &format!("http://{addr}"), blocks, clock, shutdown).await?);
    // Before anybody can listen, so that nothing falls between what is there and what is told.
    let told = store::events::newest(&mut *app.store.read().await.map_err(DatabaseError::from)?)
        .await
        .map_err(DatabaseError::from)?;
    if let Some((listener, _)) = metrics {
        app.tasks.spawn(metrics::listen(Arc::clone(&app), listener));
    }
    tracing::info!(%addr, origin = %app.origin, "the coordinator serves");
    let join = tokio::spawn(run(app, listener, operators.map(|(listener, _)| listener), told, lock));
    Ok(Running {
        addr,
        metrics: metrics_addr,
        admin: admin_addr,
        join,
    })
}

/// A listener beside the public one, where an address for it is set.
async fn bind(addr: Option<SocketAddr>) -> Result<Option<(TcpListener, SocketAddr)>, LaunchError> {
    match addr {
        Some(addr) => serve::bind(addr).await.map(Some).map_err(LaunchError::Listener),
        None => Ok(None),
    }
}

/// Everything that answers requests, and nothing that does anything by itself.
pub async fn open(
    settings: Settings,
    origin: &str,
    blocks: BlockStore,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> Result<App, LaunchError> {
    let bus = Bus::default();
    let store = Store::open(&settings.the_database(), Arc::clone(&clock), bus.clone()).await?;
    let redis = shared_memory(&settings, &store).await?;
    let keys = KeyRing::open(&store, &settings.data_dir.join("token.key"))
        .await
        .map_err(|error| LaunchError::TokenKeys(error.into()))?;
    let elsewhere = elsewhere(&settings, &blocks)?;
    let indexer = match settings.chain.clone() {
        Some(chain) => Some(indexer::Indexer::prepare(chain, &store).await?),
        None => None,
    };
    let escrow = match (&settings.chain, settings.escrow.clone()) {
        (Some(chain), Some(escrow)) => Some(Escrow::new(escrow, chain)),
        (None, Some(_)) => return Err(LaunchError::EscrowWithoutChain),
        (_, None) => None,
    };
    Ok(App {
        origin: settings.origin.clone().unwrap_or_else(|| origin.to_owned()),
        keys,
        addresses: Limiters::new(&settings.limits.address),
        accounts: Limiters::new(&settings.limits.account),
        connections: Connections::new(&settings.limits),
        sockets: Sockets::default(),
        chance: Chance::new(settings.seed),
        progress: Progress::default(),
        claims: Counter::default(),
        heartbeats: Counter::default(),
        statuses: Counter::default(),
        census: Census::default(),
        board: Board::default(),
        awake: Awake::new(Arc::new(SystemClock)),
        passing: Outbound::default(),
        leader: Leader::new(!store.is_shared()),
        prices: Prices::new(settings.prices.clone(), Arc::clone(&clock), redis.clone()),
        redis,
        post: webhooks::Post::new(settings.webhooks_anywhere)?,
        indexer,
        escrow,
        decoding: Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)),
        picture_memory: Semaphore::new(verification::PICTURE_MEMORY_MB as usize),
        tasks: TaskTracker::new(),
        settings,
        blocks,
        elsewhere,
        metrics: Metrics::new(store.kind(), bus.counters(), store.timings()),
        outside: Outside::default(),
        clock,
        bus,
        store,
        draining: shutdown,
        shutdown: CancellationToken::new(),
    })
}

async fn shared_memory(settings: &Settings, store: &Store) -> Result<Option<Arc<Redis>>, LaunchError> {
    let Some(address) = &settings.redis else {
        return Ok(None);
    };
    let mut db = store.read().await.map_err(DatabaseError::from)?;
    let installation = store::installation::id(&mut db).await.map_err(DatabaseError::from)?;
    Ok(Some(Arc::new(Redis::new(address, &installation)?)))
}

fn elsewhere(settings: &Settings, blocks: &BlockStore) -> Result<Option<TieredContent>, LaunchError> {
    if settings.kubo.is_none() && settings.gateways.is_empty() {
        return Ok(None);
    }
    let tiers = TierSettings {
        kubo: settings.kubo.clone().map(|api_url| KuboTier { api_url, auth: None }),
        gateways: settings.gateways.clone(),
        own: OwnStore::SharedWithCoordinator,
        ..TierSettings::default()
    };
    let content = TieredContent::new(blocks.clone(), &tiers).map_err(|error| LaunchError::Content(Box::new(error)))?;
    Ok(Some(content))
}

/// The folder, for us alone: two writers would not see each other's events.
pub(crate) fn claim(folder: &Path) -> Result<File, LaunchError> {
    let failed = |source| LaunchError::Folder {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LaunchError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

async fn run(app: Arc<App>, listener: TcpListener, operators: Option<TcpListener>, told: u64, lock: File) {
    app.tasks.spawn(sweeper::run(Arc::clone(&app)));
    app.tasks.spawn(relay::run(Arc::clone(&app), told));
    app.tasks.spawn(bell::run(Arc::clone(&app)));
    app.tasks.spawn(passing::run(Arc::clone(&app)));
    app.tasks.spawn(redis::run(Arc::clone(&app)));
    app.tasks.spawn(leader::run(Arc::clone(&app)));
    app.tasks.spawn(work::run(Arc::clone(&app)));
    app.tasks.spawn(webhooks::watch(Arc::clone(&app)));
    app.tasks.spawn(indexer::heads::run(Arc::clone(&app)));
    led(&app, indexer::run);
    led(&app, escrow::run);
    led(&app, indexer::reconcile::run);
    let closing = CancellationToken::new();
    let drain = async {
        app.draining.cancelled().await;
        tracing::info!("no new work is given; the coordinator ends");
        time::sleep(app.settings.drain).await;
        closing.cancel();
    };
    let public = serve::run(&app, listener, router::build(Arc::clone(&app)), &closing);
    let for_operators = async {
        if let Some(listener) = operators {
            serve::run(&app, listener, admin::build(Arc::clone(&app)), &closing).await;
        }
    };
    tokio::join!(drain, public, for_operators);
    // Sockets, the sweeper and the indexer go on until nobody is served any more.
    app.shutdown.cancel();
    app.tasks.close();
    app.tasks.wait().await;
    app.store.close().await;
    drop(lock);
}

/// Runs a loop while this replica leads.
fn led<F: Future<Output = ()> + Send + 'static>(app: &Arc<App>, work: fn(Arc<App>) -> F) {
    let app = Arc::clone(app);
    app.tasks.clone().spawn(async move {
        let only = app.leader.only(|| work(Arc::clone(&app)));
        app.shutdown.run_until_cancelled(only).await;
    });
}
