//! From what was chosen to the stores that are used.

use super::SecretStore;
use crate::{
    Context, Home, OpenError,
    api::ApiClient,
    db::Db,
    keys::KeyRing,
    settings,
    view::{CommandError, KuboChoice, SettingsView},
};
use std::sync::Arc;
use veriframe_core::Clock;
use veriframe_ipfs::{
    BlockStore, ContentError,
    content::{CoordinatorTier, KuboTier, OwnStore, PinningTier, TierSettings, TierUse, TieredContent},
};

/// Where a Kubo node on this computer answers unless somebody changed it.
const KUBO_HERE: &str = "http://127.0.0.1:5001";

/// What counts instead of the settings, for programs without a window and for tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// `VERIFRAME_KUBO`: the address of a node's RPC, or `off`.
    pub kubo: Option<Option<String>>,
    /// `VERIFRAME_GATEWAYS`: addresses with commas between them, or `off`.
    pub gateways: Option<Vec<String>>,
    /// `VERIFRAME_COORDINATOR_STORE`: `on`, `off`, or `write` for who reads elsewhere.
    pub coordinator: Option<CoordinatorUse>,
}

/// What a coordinator elsewhere is used for as a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordinatorUse {
    On,
    WriteOnly,
    Off,
}

/// The choice that the environment makes.
pub fn environment() -> Chosen {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let is_off = |value: &str| value.eq_ignore_ascii_case("off");
    Chosen {
        kubo: set("VERIFRAME_KUBO").map(|value| (!is_off(&value)).then_some(value)),
        gateways: set("VERIFRAME_GATEWAYS").map(|value| {
            let addresses = value.split(',').map(str::trim).filter(|address| !address.is_empty());
            addresses
                .filter(|address| !is_off(address))
                .map(str::to_owned)
                .collect()
        }),
        coordinator: set("VERIFRAME_COORDINATOR_STORE").map(|value| match value.to_ascii_lowercase().as_str() {
            "off" => CoordinatorUse::Off,
            "write" => CoordinatorUse::WriteOnly,
            _ => CoordinatorUse::On,
        }),
    }
}

/// Whose coordinator it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoordinatorIs {
    /// It runs in this program and reads the same block folder.
    Here,
    Elsewhere,
    /// There is none.
    Nowhere,
}

impl CoordinatorIs {
    pub fn of(shares_blocks: bool, url: Option<&str>) -> Self {
        match (shares_blocks, url) {
            (true, _) => Self::Here,
            (false, Some(_)) => Self::Elsewhere,
            (false, None) => Self::Nowhere,
        }
    }
}

/// What the stores depend on besides what was chosen.
pub(crate) struct Around<'a> {
    pub api: &'a ApiClient,
    pub coordinator: CoordinatorIs,
    pub secrets: &'a SecretStore,
}

/// The address of the node that is to be used, if any.
pub(crate) fn kubo_url(view: &SettingsView, chosen: &Chosen, is_embedded: bool) -> Option<String> {
    if let Some(kubo) = &chosen.kubo {
        return kubo.clone();
    }
    let url = if view.kubo_url.is_empty() {
        KUBO_HERE
    } else {
        &view.kubo_url
    };
    let used = match view.kubo {
        // With the coordinator in this program everything stays on this computer.
        KuboChoice::Automatic => !is_embedded,
        KuboChoice::Always => true,
        KuboChoice::Never => false,
    };
    used.then(|| url.to_owned())
}

fn tiers(view: &SettingsView, chosen: &Chosen, around: &Around<'_>) -> TierSettings {
    let embedded = around.coordinator == CoordinatorIs::Here;
    let in_settings = if view.coordinator_store {
        CoordinatorUse::On
    } else {
        CoordinatorUse::Off
    };
    let (read, write) = match chosen.coordinator.unwrap_or(in_settings) {
        CoordinatorUse::On => (TierUse::On, TierUse::On),
        CoordinatorUse::WriteOnly => (TierUse::Off, TierUse::On),
        CoordinatorUse::Off => (TierUse::Off, TierUse::Off),
    };
    let gateways = match &chosen.gateways {
        Some(gateways) => gateways.clone(),
        // What is missing on one's own computer is in nobody else's store.
        None if embedded => Vec::new(),
        None => view.gateways.clone(),
    };
    let pinning = view.pinning.iter().filter_map(|service| {
        // Waits for the keychain: this runs where that does no harm.
        let token = around
            .secrets
            .get(&pinning_secret(&service.url))
            .unwrap_or_else(|error| {
                tracing::warn!(service = %service.name, %error, "the token of a pinning service cannot be read");
                None
            })?;
        Some(PinningTier {
            name: service.name.clone(),
            url: service.url.clone(),
            token,
        })
    });
    TierSettings {
        kubo: kubo_url(view, chosen, embedded).map(|api_url| KuboTier { api_url, auth: None }),
        coordinator: (around.coordinator == CoordinatorIs::Elsewhere).then(|| CoordinatorTier {
            base: around.api.base().to_owned(),
            tokens: Arc::new(around.api.clone()),
            read,
            write,
        }),
        gateways,
        pinning: pinning.collect(),
        own: if embedded {
            OwnStore::SharedWithCoordinator
        } else {
            OwnStore::OursAlone
        },
    }
}

/// The name of a service's token among the secrets.
pub(super) fn pinning_secret(url: &str) -> String {
    format!("pinning {url}")
}

/// The tiers of a home that is being opened. Blocks.
pub(crate) fn initial(view: &SettingsView, around: &Around<'_>) -> TierSettings {
    tiers(view, &environment(), around)
}

/// Uses what the settings say from now on.
pub(crate) async fn apply(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let view = settings::present(ctx).await?;
    let context = Arc::clone(ctx);
    tokio::task::spawn_blocking(move || {
        context.blocks.set_limit(limit(&view));
        let around = Around {
            api: &context.api,
            coordinator: if context.is_embedded {
                CoordinatorIs::Here
            } else if context.has_coordinator {
                CoordinatorIs::Elsewhere
            } else {
                CoordinatorIs::Nowhere
            },
            secrets: &context.secrets,
        };
        context.content.set_tiers(&initial(&view, &around))
    })
    .await
    .map_err(|error| CommandError::internal(&error))??;
    Ok(())
}

/// Bytes that the block store may take.
pub(crate) fn limit(view: &SettingsView) -> Option<u64> {
    (view.cache_limit_mb > 0).then(|| u64::from(view.cache_limit_mb) * 1_000_000)
}

/// All tiers, or those that can be used: an address that makes no sense must not keep the program from starting.
pub(crate) fn open(blocks: BlockStore, settings: TierSettings) -> Result<TieredContent, ContentError> {
    match TieredContent::new(blocks.clone(), &settings) {
        Err(error @ ContentError::Address(_)) => {
            tracing::warn!(%error, "a store that was chosen is left out");
            let rest = TierSettings {
                kubo: None,
                gateways: Vec::new(),
                pinning: Vec::new(),
                ..settings
            };
            TieredContent::new(blocks, &rest)
        }
        content => content,
    }
}

/// The stores of a home for a single command, without the rest of the program. `coordinator`: one that was named. Blocks.
pub fn for_command(
    home: &Home,
    blocks: BlockStore,
    coordinator: Option<&str>,
    clock: Arc<dyn Clock>,
) -> Result<TieredContent, OpenError> {
    let view = if home.database().exists() {
        settings::stored_or_defaults(&Db::open(&home.database())?)?
    } else {
        settings::defaults()
    };
    let secrets = SecretStore::new(home.root(), home.secrets());
    let keys = KeyRing::open(home.key(), secrets.clone(), clock.clone())?;
    let api = ApiClient::new(coordinator.unwrap_or("http://127.0.0.1"), Arc::new(keys), clock)?;
    let around = Around {
        api: &api,
        coordinator: CoordinatorIs::of(false, coordinator),
        secrets: &secrets,
    };
    Ok(open(blocks, initial(&view, &around))?)
}
