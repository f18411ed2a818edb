//! An open home for one command.

use crate::{args::Network, exit::Failure};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use veriframe_app::{Context, Home, api::ApiError, view::CommandError, wallet};
use veriframe_cli::compose::{self, Composed, Options, Role};

/// Of the wallet, where it has one.
pub const PASSWORD: &str = "VERIFRAME_PASSWORD";

/// Opens the home, runs `work` with it, and closes it whatever came out.
pub async fn with<T>(
    home: Home,
    network: Network,
    work: impl AsyncFnOnce(&Arc<Context>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let composed = open(home, network).await?;
    let done = work(&composed.context).await;
    composed.close().await;
    done
}

/// As `with`, for what cannot wait until the coordinator is back.
pub async fn with_coordinator<T>(
    home: Home,
    network: Network,
    work: impl AsyncFnOnce(&Arc<Context>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let composed = open(home, network).await?;
    let done = match answers(&composed).await {
        Ok(()) => work(&composed.context).await,
        Err(failure) => Err(failure),
    };
    composed.close().await;
    done
}

/// Opens a home that needs no coordinator.
pub async fn directly<T>(
    options: Options,
    work: impl AsyncFnOnce(&Arc<Context>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let composed = open_with(options).await?;
    let done = work(&composed.context).await;
    composed.close().await;
    done
}

pub async fn open(home: Home, network: Network) -> Result<Composed, Failure> {
    let options = Options::command(
        home,
        network.coordinator.map(|url| url.trim_end_matches('/').to_owned()),
    );
    open_with(options).await
}

async fn open_with(options: Options) -> Result<Composed, Failure> {
    let composed = compose::open(options, CancellationToken::new())
        .await
        .map_err(CommandError::from)?;
    match unlock(&composed.context).await {
        Ok(()) => Ok(composed),
        Err(error) => {
            composed.close().await;
            Err(error.into())
        }
    }
}

/// Without the password, what needs no signature still works.
async fn unlock(ctx: &Context) -> Result<(), CommandError> {
    match std::env::var(PASSWORD) {
        Ok(password) if ctx.keys.is_locked() => wallet::unlock_for_run(ctx, password).await,
        _ => Ok(()),
    }
}

/// A coordinator that was named and does not answer is said at once, by name, before Blender is asked or a scene is read.
async fn answers(composed: &Composed) -> Result<(), Failure> {
    let Role::Remote(url) = &composed.role else {
        return Ok(());
    };
    match composed.context.api.root().await {
        Err(ApiError::Unreachable { .. }) => Err(CommandError::new(
            "coordinator_down",
            format!("The coordinator at {url} does not answer."),
            "Nothing was sent and nothing was paid. Check the address and the network, then try again.",
        )
        .into()),
        _ => Ok(()),
    }
}
