//! What Settings show of the stores, and what can be done there.

use super::{SecretsError, Where, tiers};
use crate::{
    Context, settings,
    view::{CommandError, KuboState, KuboView, PinningView, SettingsView, StorageView},
};
use std::{sync::Arc, time::Duration};
use veriframe_ipfs::{
    Collection, ContentError,
    content::{PinningTier, Secret, kubo},
};

const KUBO_ANSWERS_WITHIN: Duration = Duration::from_secs(3);
const CLEAN_WITHIN: Duration = Duration::from_secs(10);

impl From<SecretsError> for CommandError {
    fn from(error: SecretsError) -> Self {
        Self::new(
            "keychain",
            format!("{error}."),
            "Unlock the keychain of this computer, then try again.",
        )
    }
}

/// Everything the page shows; what is down is part of it, not an error.
pub async fn storage(ctx: &Arc<Context>) -> Result<StorageView, CommandError> {
    let view = settings::present(ctx).await?;
    let (kubo, local) = tokio::join!(kubo_view(ctx, &view), local_view(ctx, &view));
    let (usage, pinning) = local?;
    Ok(StorageView {
        kubo,
        bytes: usage.bytes.to_string(),
        kept_bytes: usage.kept_bytes.to_string(),
        blocks: usage.blocks.to_string(),
        pinning,
    })
}

async fn local_view(
    ctx: &Arc<Context>,
    view: &SettingsView,
) -> Result<(veriframe_ipfs::Usage, Vec<PinningView>), CommandError> {
    let (ctx, services) = (Arc::clone(ctx), view.pinning.clone());
    tokio::task::spawn_blocking(move || {
        let mut pinning = Vec::with_capacity(services.len());
        for service in services {
            let token = ctx.secrets.get(&tiers::pinning_secret(&service.url))?;
            pinning.push(PinningView {
                name: service.name,
                url: service.url,
                has_token: token.is_some(),
            });
        }
        Ok((ctx.blocks.usage().map_err(ContentError::from)?, pinning))
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
}

async fn kubo_view(ctx: &Context, view: &SettingsView) -> KuboView {
    // Shown even where it is not used, so that one knows before one chooses.
    let chosen = tiers::environment();
    let used = tiers::kubo_url(view, &chosen, ctx.is_embedded);
    let is_used = used.is_some();
    let always = SettingsView {
        kubo: crate::view::KuboChoice::Always,
        ..view.clone()
    };
    let Some(url) = used.or_else(|| tiers::kubo_url(&always, &chosen, ctx.is_embedded)) else {
        return KuboView::absent(String::new(), String::new());
    };
    match kubo::probe(&url, None, KUBO_ANSWERS_WITHIN).await {
        Ok(status) => KuboView {
            state: if status.is_old {
                KuboState::Old
            } else {
                KuboState::Found
            },
            url,
            is_used,
            version: status.version,
            agent: status.agent,
            peers: u32::try_from(status.peers).unwrap_or(u32::MAX),
            repo_bytes: status.repo_bytes.to_string(),
            storage_max: status.storage_max.to_string(),
            message: String::new(),
        },
        Err(error @ (ContentError::Network(_) | ContentError::Stalled)) => {
            tracing::debug!(url, %error, "no Kubo node answers");
            KuboView::absent(url, String::new())
        }
        Err(error) => KuboView::absent(url, error.to_string()),
    }
}

/// Lets go of every block that nothing keeps; the number of bytes that were freed, as text.
pub async fn clean_storage(ctx: &Arc<Context>) -> Result<String, CommandError> {
    let blocks = ctx.blocks.clone();
    let collection = Collection {
        wait: CLEAN_WITHIN,
        ..Collection::default()
    };
    let collected = tokio::task::spawn_blocking(move || blocks.collect(&collection))
        .await
        .map_err(|error| CommandError::internal(&error))?;
    match collected {
        Ok(collected) => Ok(collected.bytes.to_string()),
        Err(veriframe_ipfs::StoreError::Busy) => Err(CommandError::new(
            "busy",
            "Content is being added right now.",
            "Clean up again when the transfers are done. Nothing was deleted.",
        )),
        Err(error) => Err(ContentError::from(error).into()),
    }
}

/// Keeps the token of a service; says whether it lies in the keychain.
pub async fn set_pinning_token(ctx: &Arc<Context>, url: String, token: String) -> Result<bool, CommandError> {
    let context = Arc::clone(ctx);
    let token = Secret::new(token);
    let place = tokio::task::spawn_blocking(move || context.secrets.set(&tiers::pinning_secret(&url), &token))
        .await
        .map_err(|error| CommandError::internal(&error))??;
    tiers::apply(ctx).await?;
    Ok(place == Where::Keychain)
}

pub async fn forget_pinning_token(ctx: &Arc<Context>, url: String) -> Result<(), CommandError> {
    let context = Arc::clone(ctx);
    tokio::task::spawn_blocking(move || context.secrets.remove(&tiers::pinning_secret(&url)))
        .await
        .map_err(|error| CommandError::internal(&error))??;
    tiers::apply(ctx).await
}

/// Asks a service whether it answers to its token.
pub async fn test_pinning(ctx: &Arc<Context>, url: String) -> Result<(), CommandError> {
    let name = {
        let services = settings::present(ctx).await?.pinning;
        let service = services.into_iter().find(|service| service.url == url);
        service.map_or_else(|| url.clone(), |service| service.name)
    };
    let (context, address) = (Arc::clone(ctx), url.clone());
    let token = tokio::task::spawn_blocking(move || context.secrets.get(&tiers::pinning_secret(&address)))
        .await
        .map_err(|error| CommandError::internal(&error))??;
    let Some(token) = token else {
        return Err(CommandError::new(
            "no_token",
            format!("{name} has no token yet."),
            "Paste the token that the service gave you.",
        ));
    };
    let tier = PinningTier { name, url, token };
    tier.test().await.map_err(|error| {
        CommandError::new(
            "pinning_failed",
            format!("{} does not accept this: {error}.", tier.name),
            "Check the address and the token.",
        )
    })
}
