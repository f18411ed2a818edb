//! Opening a home, with a coordinator.

use crate::config::{Config, ConfigError};
use std::{
    fs::{File, TryLockError},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use veriframe_app::{
    Context, Home, OpenError, OpenOptions, chain::CHAIN_VARIABLE, chain::ChainChoice, create, jobs, keys,
    view::CommandError,
};
use veriframe_chain::{
    deployment::{Deployment, DeploymentError},
    prices::{self, PriceVariableError},
};
use veriframe_coordinator::{
    Admits, ChainSettings, ChainSettingsError, EscrowSettings, EscrowSettingsError, LaunchError, Running, Settings,
    chain_heads_address, launch_with_listener,
};
use veriframe_core::{Clock, SystemClock};
use veriframe_ipfs::{BlockStore, StoreError};
use veriframe_wire::Money;

/// What jobs of this computer's coordinator are paid in.
const MONEY_VARIABLE: &str = "VERIFRAME_MONEY";
/// How long a program that came second waits for the first one's coordinator.
const NEIGHBOUR_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often it is looked whether a neighbour's coordinator has to be taken over.
const INHERIT_EVERY: Duration = Duration::from_millis(500);

/// What to open, and what to run in the background.
pub struct Options {
    pub home: Home,
    /// Another coordinator than the one on this home.
    pub coordinator: Option<String>,
    /// Where no coordinator is named, there shall be none.
    pub alone: bool,
    /// The chain that is paid on, as it was chosen outside of the home.
    pub chain: ChainChoice,
    /// Where an embedded coordinator listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// By what others reach the coordinator, when it is not the address it listens on.
    pub origin: Option<String>,
    /// What an operator chose; `None`: nobody is one, and the coordinator is as it is by itself.
    pub config: Option<Config>,
    /// Go on with drafts, and follow the coordinator's events.
    pub background: bool,
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// For one command; nothing runs in the background.
    pub fn command(home: Home, coordinator: Option<String>) -> Self {
        Self {
            home,
            coordinator,
            alone: false,
            chain: ChainChoice::environment(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            origin: None,
            config: None,
            background: false,
            clock: Arc::new(SystemClock),
        }
    }

    /// For one command that needs no coordinator, and uses the one that is named as a content store only.
    pub fn direct(home: Home, coordinator: Option<String>, chain: ChainChoice) -> Self {
        Self {
            alone: true,
            chain,
            ..Self::command(home, coordinator)
        }
    }

    /// For the window: the coordinator chosen in Settings, and everything in the background. Blocks for a moment.
    pub fn desktop(home: Home) -> Self {
        let coordinator = veriframe_app::settings::chosen_coordinator(&home);
        Self {
            background: true,
            ..Self::command(home, coordinator)
        }
    }
}

/// Whose coordinator is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// This program's own.
    Embedded(SocketAddr),
    /// That of another VeriFrame on this home. One that is a program's own is taken over when that program ends.
    Neighbour { url: String, wants_heir: bool },
    /// The one that was named.
    Remote(String),
    /// Nobody's.
    None,
}

#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("the folder {} cannot be used: {source}", path.display())]
    Home { path: PathBuf, source: io::Error },
    #[error("the coordinator cannot listen on {addr}: {source}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("the coordinator did not start: {0}")]
    Launch(#[from] LaunchError),
    #[error("the environment says something of the chain that cannot be used: {0}")]
    Chain(#[from] ChainSettingsError),
    #[error("{0}")]
    Deployment(#[from] DeploymentError),
    #[error("the environment says something of the scheduler that cannot be used: {0}")]
    Escrow(#[from] EscrowSettingsError),
    #[error("VERIFRAME_MONEY says something that cannot be used: {0}")]
    Money(&'static str),
    #[error(transparent)]
    Prices(#[from] PriceVariableError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the content store cannot be opened: {0}")]
    Blocks(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("another VeriFrame uses this home, and its coordinator does not answer")]
    Neighbour,
    #[error("another VeriFrame runs the coordinator of this home at {0}")]
    AlreadyServed(String),
}

impl From<ComposeError> for CommandError {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Open(error) => error.into(),
            ComposeError::Home { ref source, .. } if create::no_space(source) => {
                Self::no_space("The disk that holds VeriFrame's home is full.")
            }
            ComposeError::Home { .. } => Self::new(
                "unreadable",
                format!("{error}."),
                "Make the folder writable, or set VERIFRAME_HOME to another one.",
            ),
            ComposeError::Listen { .. } => Self::new(
                "coordinator_down",
                format!("{error}."),
                "Another program may use the port. Choose another one; port 0 is any free one.",
            ),
            ComposeError::Neighbour => Self::new(
                "coordinator_down",
                "Another VeriFrame uses this home, and its coordinator does not answer.",
                "Nothing was lost. Wait until it has started or close it, or set VERIFRAME_HOME to another folder.",
            ),
            ComposeError::AlreadyServed(_) => Self::new(
                "invalid_state",
                format!("{error}."),
                "Use that one, close it, or set VERIFRAME_HOME to another folder.",
            ),
            ComposeError::Chain(_)
            | ComposeError::Deployment(_)
            | ComposeError::Escrow(_)
            | ComposeError::Launch(LaunchError::Chain(_)) => Self::new(
                "coordinator_down",
                format!("{error}."),
                "Correct the environment, or set ENABLE_EVENT_INDEXING=false to do without the chain.",
            ),
            ComposeError::Config(_) | ComposeError::Money(_) => Self::new(
                "invalid_settings",
                format!("{error}."),
                "docs/coordinator.example.toml has every setting.",
            ),
            ComposeError::Prices(_) => Self::new(
                "coordinator_down",
                format!("{error}."),
                "Correct the environment; without the variable the usual sources are asked.",
            ),
            ComposeError::Launch(LaunchError::Database(_)) => Self::new(
                "coordinator_down",
                format!("{error}."),
                "See that the database runs, and that DATABASE_URL names it with a user who may change its tables.",
            ),
            ComposeError::Launch(_) | ComposeError::Blocks(_) => Self::internal(&error),
        }
    }
}

/// An open home. Close it, or leases and databases are left for the next start to clear up.
pub struct Composed {
    pub context: Arc<Context>,
    pub role: Role,
    coordinator: Option<Embedded>,
    heir: Option<Heir>,
}

/// Takes a neighbour's coordinator over when that program ends, at the same address: nobody notices but for a moment.
struct Heir {
    end: CancellationToken,
    task: JoinHandle<Option<Embedded>>,
}

impl Heir {
    /// `None` for a neighbour that does not want one: an operator's coordinator comes back by itself, as it was set up.
    fn of(role: &Role, options: &Options) -> Option<Self> {
        let Role::Neighbour { url, wants_heir: true } = role else {
            return None;
        };
        let listen = address_in(url)?;
        let (home, clock, end) = (
            options.home.clone(),
            Arc::clone(&options.clock),
            CancellationToken::new(),
        );
        let waits = end.clone();
        let task = tokio::spawn(async move {
            let options = Options {
                listen,
                clock,
                ..Options::command(home, None)
            };
            waits.run_until_cancelled(inherit(&options)).await
        });
        Some(Self { end, task })
    }

    async fn close(self) {
        self.end.cancel();
        if let Ok(Some(embedded)) = self.task.await {
            embedded.close().await;
        }
    }
}

/// Waits until the coordinator's place on the home is free, and takes it.
async fn inherit(options: &Options) -> Embedded {
    loop {
        match claim(&options.home) {
            Ok(Some(lock)) => match launch(options, lock, CancellationToken::new()).await {
                Ok(embedded) => {
                    tracing::info!("the coordinator of this home was taken over");
                    return embedded;
                }
                // The port may be taken for a moment.
                Err(error) => tracing::warn!(%error, "the coordinator of this home could not be taken over"),
            },
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the coordinator of this home could not be looked at"),
        }
        tokio::time::sleep(INHERIT_EVERY).await;
    }
}

/// The coordinator of this program and the lock that makes it the only one on the home.
struct Embedded {
    running: Running,
    origin: String,
    shutdown: CancellationToken,
    url_file: PathBuf,
    _lock: File,
}

impl Composed {
    /// Ends what runs in the background, then the coordinator: the worker can still give back its leases.
    pub async fn close(self) {
        self.context.shutdown().await;
        if let Some(heir) = self.heir {
            heir.close().await;
        }
        if let Some(embedded) = self.coordinator {
            embedded.close().await;
        }
    }
}

impl Embedded {
    async fn close(self) {
        self.shutdown.cancel();
        let _ = std::fs::remove_file(&self.url_file);
        if self.running.join.await.is_err() {
            tracing::error!("the coordinator did not end as it should");
        }
    }
}

/// Opens the home with its coordinator, or with the one that was named. `shutdown` ends everything in the background.
pub async fn open(options: Options, shutdown: CancellationToken) -> Result<Composed, ComposeError> {
    let (role, coordinator) = match &options.coordinator {
        Some(url) => (Role::Remote(url.clone()), None),
        None if options.alone => (Role::None, None),
        None => local(&options).await?,
    };
    let url = match &role {
        Role::Embedded(addr) => Some(url_for_this_computer(*addr)),
        Role::Neighbour { url, .. } | Role::Remote(url) => Some(url.clone()),
        Role::None => None,
    };
    let opened = Context::open(OpenOptions {
        home: options.home.root().to_owned(),
        coordinator_url: url,
        shares_blocks: matches!(role, Role::Embedded(_) | Role::Neighbour { .. }),
        chain: options.chain.clone(),
        clock: Arc::clone(&options.clock),
        shutdown,
    })
    .await;
    let context = match opened {
        Ok(context) => context,
        Err(error) => {
            if let Some(embedded) = coordinator {
                embedded.close().await;
            }
            return Err(error.into());
        }
    };
    tracing::info!(?role, address = %context.address, "the home is open");
    if options.background {
        jobs::follow_events(&context);
        if let Err(error) = create::resume_drafts(&context).await {
            tracing::error!(%error, "drafts of an earlier run were not taken up");
        }
    }
    let heir = Heir::of(&role, &options);
    Ok(Composed {
        context,
        role,
        coordinator,
        heir,
    })
}

/// Only the coordinator, for other computers: `veriframe coordinator serve`. It ends with `shutdown`.
pub async fn serve(options: Options, shutdown: CancellationToken) -> Result<Served, ComposeError> {
    match claim(&options.home)? {
        Some(lock) => Ok(Served(launch(&options, lock, shutdown).await?)),
        None => Err(ComposeError::AlreadyServed(
            std::fs::read_to_string(options.home.coordinator_url()).unwrap_or_default(),
        )),
    }
}

/// A coordinator without an app.
pub struct Served(Embedded);

impl Served {
    pub fn addr(&self) -> SocketAddr {
        self.0.running.addr
    }

    /// By what others reach it.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Returns when it has ended.
    pub async fn ended(self) {
        let embedded = self.0;
        let _ = embedded.running.join.await;
        let _ = std::fs::remove_file(&embedded.url_file);
    }
}

async fn local(options: &Options) -> Result<(Role, Option<Embedded>), ComposeError> {
    match claim(&options.home)? {
        Some(lock) => {
            let embedded = launch(options, lock, CancellationToken::new()).await?;
            Ok((Role::Embedded(embedded.running.addr), Some(embedded)))
        }
        None => match neighbour(options).await? {
            // It ended while we waited: its place is ours.
            Neighbour::Gone(lock) => {
                let embedded = launch(options, lock, CancellationToken::new()).await?;
                Ok((Role::Embedded(embedded.running.addr), Some(embedded)))
            }
            Neighbour::Serves { url, wants_heir } => Ok((Role::Neighbour { url, wants_heir }, None)),
        },
    }
}

/// The right to run the coordinator of this home; `None` when another program has it.
fn claim(home: &Home) -> Result<Option<File>, ComposeError> {
    let failed = |source| ComposeError::Home {
        path: home.root().to_owned(),
        source,
    };
    home.create().map_err(|error| ComposeError::Open(error.into()))?;
    let lock = File::options()
        .create(true)
        .append(true)
        .open(home.coordinator_lock())
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Where the home's coordinator listened last, if it may be anywhere: programs that know it by that address find it again,
/// whoever of them comes first to run it.
async fn listen(options: &Options) -> Result<TcpListener, ComposeError> {
    let wanted = options.listen;
    let last = std::fs::read_to_string(options.home.coordinator_port());
    let last: Option<u16> = last.ok().and_then(|port| port.trim().parse().ok());
    if let Some(port) = last.filter(|_| wanted.port() == 0)
        && let Ok(listener) = TcpListener::bind(SocketAddr::new(wanted.ip(), port)).await
    {
        return Ok(listener);
    }
    TcpListener::bind(wanted)
        .await
        .map_err(|source| ComposeError::Listen { addr: wanted, source })
}

async fn launch(options: &Options, lock: File, shutdown: CancellationToken) -> Result<Embedded, ComposeError> {
    // An old address would send a neighbour to whatever listens there now.
    let url_file = options.home.coordinator_url();
    let _ = std::fs::remove_file(&url_file);
    mark_operators(&options.home, options.config.is_some()).map_err(|source| ComposeError::Home {
        path: options.home.coordinator_of_operator(),
        source,
    })?;
    let listener = listen(options).await?;
    let blocks = BlockStore::open(options.home.blocks())?;
    let mut settings = Settings::new(options.home.coordinator());
    let addr = listener.local_addr().map_err(|source| ComposeError::Listen {
        addr: options.listen,
        source,
    })?;
    write_whole(&options.home.coordinator_port(), &addr.port().to_string()).map_err(|source| ComposeError::Home {
        path: options.home.coordinator_port(),
        source,
    })?;
    let origin = options.origin.clone().unwrap_or_else(|| url_for_this_computer(addr));
    settings.origin = Some(origin.trim_end_matches('/').to_owned());
    if let Some(config) = &options.config {
        config.apply(&mut settings)?;
    } else {
        // The program's own coordinator fetches content from where the program does.
        let chosen = veriframe_app::store::environment();
        settings.kubo = chosen.kubo.flatten();
        settings.gateways = chosen.gateways.unwrap_or_default();
    }
    let variable = |name: &str| match &options.config {
        Some(config) => config.chosen(name),
        None => std::env::var(name).ok(),
    };
    let file = deployment_file(&options.home, variable(CHAIN_VARIABLE))?;
    settings.chain = ChainSettings::from_environment(variable, file.as_ref())?;
    settings.chain_heads = chain_heads_address(variable);
    let chain_id = settings.chain.as_ref().map(|chain| chain.deployment.chain_id);
    settings.escrow = EscrowSettings::from_environment(variable, chain_id)?;
    // Whatever else runs on this computer, and every page in its browser, reaches the loopback, too. Who names an account that
    // settles pays others on purpose.
    if options.config.is_none() && settings.escrow.is_none() {
        let key = options.home.key();
        settings.admits = Some(Admits::only(move |address| keys::address_in(&key) == Some(address)));
    }
    let by_itself = if options.config.is_some() {
        Money::Credits
    } else {
        Money::None
    };
    settings.money = money(
        variable(MONEY_VARIABLE).as_deref(),
        settings.escrow.is_some(),
        by_itself,
    )?;
    // Credits have no price: without a chain nobody out there is asked anything, unless the operator names whom.
    if settings.chain.is_some() || variable(prices::PRICE_VARIABLE).is_some() {
        settings.prices = prices::from_environment(variable)?;
    }
    let running =
        launch_with_listener(settings, listener, blocks, Arc::clone(&options.clock), shutdown.clone()).await?;
    write_whole(&url_file, &url_for_this_computer(running.addr)).map_err(|source| ComposeError::Home {
        path: url_file.clone(),
        source,
    })?;
    Ok(Embedded {
        running,
        origin,
        shutdown,
        url_file,
        _lock: lock,
    })
}

/// What jobs are paid in: what was chosen, unless it does not go with who settles; else `by_itself`. On the own computer that
/// is nothing.
fn money(chosen: Option<&str>, settles: bool, by_itself: Money) -> Result<Money, ComposeError> {
    let chosen = chosen.map(str::trim).filter(|text| !text.is_empty());
    match (chosen, settles) {
        (None | Some("strk"), true) => Ok(Money::Strk),
        (None, false) => Ok(by_itself),
        (Some("none"), false) => Ok(Money::None),
        (Some("credits"), false) => Ok(Money::Credits),
        (Some("strk"), false) => Err(ComposeError::Money(
            "strk needs an account that settles: SCHEDULER_KEYSTORE",
        )),
        (Some("none" | "credits"), true) => Err(ComposeError::Money(
            "an account that settles is named, so jobs are paid in STRK",
        )),
        (Some(_), _) => Err(ComposeError::Money("it is none, credits or strk")),
    }
}

/// What deploying the contracts wrote, if it is there.
pub(crate) fn deployment_file(home: &Home, named: Option<String>) -> Result<Option<Deployment>, DeploymentError> {
    let named = named.filter(|path| !path.is_empty());
    let path = named.map_or_else(|| home.chain_file(), PathBuf::from);
    if path.exists() {
        Ok(Some(Deployment::read(&path)?))
    } else {
        Ok(None)
    }
}

/// An address that listens everywhere is reached here by the loopback.
fn url_for_this_computer(addr: SocketAddr) -> String {
    let ip = if addr.ip().is_unspecified() {
        std::net::Ipv4Addr::LOCALHOST.into()
    } else {
        addr.ip()
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// So that neighbours know whether to take the coordinator over.
fn mark_operators(home: &Home, is_operators: bool) -> io::Result<()> {
    let mark = home.coordinator_of_operator();
    if is_operators {
        return std::fs::write(mark, "");
    }
    match std::fs::remove_file(mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A neighbour that reads in the middle of writing would see half an address.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_extension("url.part");
    std::fs::write(&part, text)?;
    std::fs::rename(part, path)
}

enum Neighbour {
    Serves { url: String, wants_heir: bool },
    Gone(File),
}

async fn neighbour(options: &Options) -> Result<Neighbour, ComposeError> {
    let waiting = async {
        loop {
            if let Ok(url) = std::fs::read_to_string(options.home.coordinator_url())
                && answers(&url).await
            {
                let wants_heir = !options.home.coordinator_of_operator().exists();
                return Ok(Neighbour::Serves { url, wants_heir });
            }
            if let Some(lock) = claim(&options.home)? {
                return Ok(Neighbour::Gone(lock));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(NEIGHBOUR_WITHIN, waiting)
        .await
        .unwrap_or(Err(ComposeError::Neighbour))
}

/// Whether something listens there: the neighbour writes the address only when it serves.
async fn answers(url: &str) -> bool {
    match address_in(url) {
        Some(addr) => tokio::net::TcpStream::connect(addr).await.is_ok(),
        None => false,
    }
}

fn address_in(url: &str) -> Option<SocketAddr> {
    url.strip_prefix("http://")?.trim().parse().ok()
}
