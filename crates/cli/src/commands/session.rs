//! An open home for one command.

use crate::{args::Network, exit::Failure};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use veriframe_app::{Context, Home, view::CommandError};
use veriframe_cli::compose::{self, Composed, Options};

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

pub async fn open(home: Home, network: Network) -> Result<Composed, Failure> {
    let options = Options::command(
        home,
        network.coordinator.map(|url| url.trim_end_matches('/').to_owned()),
    );
    compose::open(options, CancellationToken::new())
        .await
        .map_err(|error| CommandError::from(error).into())
}
