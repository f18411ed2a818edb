//! All tiers as one store of content. Which ones there are can be changed while it is used.

use super::{
    ContentError, ContentStore, Limits, ProgressSink, Secret, TokenSource,
    coordinator::Coordinator,
    fetch::fetch,
    gateway::GatewaySource,
    kubo::{KuboRpc, KuboSource, RpcAuth},
    local,
    net::Http,
    no_progress,
    pinning::PinningService,
    publish::{Published, Sinks, publish},
    source::{Source, Sources},
};
use crate::{BlockStore, Imported, Keeping, SealKey, parse_cid};
use async_trait::async_trait;
use cid::Cid;
use std::{
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

/// Which stores are used besides our own, in the order of their names here.
#[derive(Debug, Clone, Default)]
pub struct TierSettings {
    pub kubo: Option<KuboTier>,
    pub coordinator: Option<CoordinatorTier>,
    /// Roots of public gateways, such as `https://trustless-gateway.link`.
    pub gateways: Vec<String>,
    pub pinning: Vec<PinningTier>,
    pub own: OwnStore,
}

/// Whose our own store is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnStore {
    #[default]
    OursAlone,
    /// The coordinator runs here on the same folder: what is stored is with it at once.
    SharedWithCoordinator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KuboTier {
    /// Address of the RPC, such as `http://127.0.0.1:5001`.
    pub api_url: String,
    pub auth: Option<RpcAuth>,
}

#[derive(Clone)]
pub struct CoordinatorTier {
    /// Its root, such as `http://127.0.0.1:7070`.
    pub base: String,
    pub tokens: Arc<dyn TokenSource>,
    pub read: TierUse,
    pub write: TierUse,
}

impl fmt::Debug for CoordinatorTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoordinatorTier")
            .field("base", &self.base)
            .field("read", &self.read)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierUse {
    On,
    Off,
}

/// A remote pinning service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinningTier {
    pub name: String,
    /// The API's root, below which `/pins` is.
    pub url: String,
    pub token: Secret,
}

impl PinningTier {
    /// Whether the service answers to the token.
    pub async fn test(&self) -> Result<(), ContentError> {
        let http = Http::new(Limits::default())?;
        PinningService::new(http, &self.name, &self.url, self.token.clone())?
            .test()
            .await
    }
}

/// Our own store first, then the others. Clones share the tiers.
#[derive(Clone)]
pub struct TieredContent {
    own: BlockStore,
    limits: Limits,
    tiers: Arc<RwLock<Arc<Tiers>>>,
}

struct Tiers {
    sources: Sources,
    sinks: Sinks,
}

impl Tiers {
    fn new(settings: &TierSettings, limits: Limits) -> Result<Self, ContentError> {
        let http = Http::new(limits)?;
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        let mut sinks = Sinks {
            is_shared: settings.own == OwnStore::SharedWithCoordinator,
            ..Sinks::default()
        };
        if let Some(KuboTier { api_url, auth }) = &settings.kubo {
            let rpc = KuboRpc::over(http.clone(), api_url, auth.clone())?;
            sources.push(Box::new(KuboSource(rpc.clone())));
            sinks.kubo = Some(rpc);
        }
        if let Some(tier) = &settings.coordinator {
            let tokens = || Arc::clone(&tier.tokens);
            if tier.read == TierUse::On {
                let source = GatewaySource::coordinator(http.clone(), &tier.base, tokens())?;
                sources.push(Box::new(source));
            }
            if tier.write == TierUse::On {
                sinks.coordinator = Some(Coordinator::new(http.clone(), &tier.base, tokens())?);
            }
        }
        for url in &settings.gateways {
            sources.push(Box::new(GatewaySource::public(http.clone(), url)?));
        }
        for PinningTier { name, url, token } in &settings.pinning {
            let service = PinningService::new(http.clone(), name, url, token.clone())?;
            sinks.pinning.push(service);
        }
        Ok(Self {
            sources: Sources::new(sources, &http),
            sinks,
        })
    }
}

impl TieredContent {
    pub fn new(own: BlockStore, settings: &TierSettings) -> Result<Self, ContentError> {
        Self::with_limits(own, settings, Limits::default())
    }

    pub fn with_limits(own: BlockStore, settings: &TierSettings, limits: Limits) -> Result<Self, ContentError> {
        let tiers = Tiers::new(settings, limits.clone())?;
        Ok(Self {
            own,
            limits,
            tiers: Arc::new(RwLock::new(Arc::new(tiers))),
        })
    }

    /// Uses other tiers from now on; what is under way goes on with those it began with. Whom nobody trusts any more
    /// gets another chance. An error, and no change, when an address cannot be read.
    pub fn set_tiers(&self, settings: &TierSettings) -> Result<(), ContentError> {
        let tiers = Arc::new(Tiers::new(settings, self.limits.clone())?);
        *self.tiers.write().unwrap_or_else(PoisonError::into_inner) = tiers;
        Ok(())
    }

    pub fn own(&self) -> &BlockStore {
        &self.own
    }

    /// Gives the tree below `root`, all of which is in our own store, to the stores that keep it for others.
    pub async fn publish(&self, root: Cid, progress: ProgressSink) -> Result<Published, ContentError> {
        publish(&self.own, &self.tiers().sinks, root, progress).await
    }

    /// Brings whatever of the tree is not here yet into our own store, every block checked. It is not pinned.
    pub async fn fetch(&self, root: Cid, progress: ProgressSink) -> Result<(), ContentError> {
        if local::missing(&self.own, root, 1).await?.is_empty() {
            return Ok(());
        }
        fetch(&self.own, &self.tiers().sources, root, progress).await
    }

    fn tiers(&self) -> Arc<Tiers> {
        Arc::clone(&self.tiers.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ContentStore for TieredContent {
    /// Where our own store is the coordinator's, the content is copied into it. Otherwise the files themselves serve the
    /// upload, and nothing of it stays in our own store.
    async fn put_path(
        &self,
        path: &Path,
        key: Option<&SealKey>,
        progress: ProgressSink,
    ) -> Result<Imported, ContentError> {
        let sinks = &self.tiers().sinks;
        let sends = sinks.kubo.is_some() || sinks.coordinator.is_some();
        let of_import = if sends { no_progress() } else { Arc::clone(&progress) };
        let keeping = if sinks.is_shared {
            Keeping::Copies
        } else {
            Keeping::References
        };
        let (imported, held) = local::import(&self.own, path, keeping, key, of_import).await?;
        if sends || !sinks.is_shared {
            publish(&self.own, sinks, imported.root, progress).await?;
        }
        drop(held);
        if keeping == Keeping::References {
            local::forget_references(&self.own, imported.root).await?;
        }
        Ok(imported)
    }

    async fn get_tree(
        &self,
        root: &str,
        key: Option<&SealKey>,
        dest: &Path,
        progress: ProgressSink,
    ) -> Result<(), ContentError> {
        let root = parse_cid(root)?;
        let held = local::hold(&self.own).await?;
        self.fetch(root, progress).await?;
        local::export(&self.own, root, key, dest, no_progress()).await?;
        drop(held);
        local::trim(&self.own).await
    }

    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError> {
        let cid = parse_cid(cid)?;
        self.fetch(cid, no_progress()).await?;
        local::read_file(&self.own, cid, max_bytes).await
    }

    /// True if the tree is here as a whole, or the coordinator has its root block (it takes no pin of less than a
    /// whole tree), or the Kubo node has it pinned.
    async fn has_tree(&self, root: &str) -> Result<bool, ContentError> {
        let root = parse_cid(root)?;
        if local::missing(&self.own, root, 1).await?.is_empty() {
            return Ok(true);
        }
        let tiers = self.tiers();
        if let Some(coordinator) = &tiers.sinks.coordinator
            && coordinator.held(&[root.to_string()]).await?.contains(&root)
        {
            return Ok(true);
        }
        match &tiers.sinks.kubo {
            Some(rpc) => rpc.has_pin(&root).await,
            None => Ok(false),
        }
    }
}
