//! A coordinator without a listener and without tasks of its own: for simulations, in which time passes only as they say.

use crate::{app::App, launch, launch::LaunchError, router, settings::Settings, sweeper};
use axum::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use veriframe_core::Clock;
use veriframe_ipfs::BlockStore;

/// Dropping it is like killing the process: nothing is closed and nobody is told.
pub struct Stepped(Arc<App>);

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Stepped {
    pub async fn open(settings: Settings, blocks: BlockStore, clock: Arc<dyn Clock>) -> Result<Self, LaunchError> {
        let app = launch::open(settings, "http://simulated", blocks, clock, CancellationToken::new()).await?;
        Ok(Self(Arc::new(app)))
    }

    /// All paths, as they are served.
    pub fn router(&self) -> Router {
        router::build(Arc::clone(&self.0))
    }

    /// What the sweeper does at each of its ticks.
    pub async fn sweep(&self) -> Result<(), Failure> {
        Ok(sweeper::sweep(&self.0).await?)
    }

    /// What the sweeper does now and then.
    pub async fn tidy(&self) -> Result<(), Failure> {
        Ok(sweeper::tidy(&self.0).await?)
    }
}

impl Drop for Stepped {
    /// Sockets hold the application; they end with it.
    fn drop(&mut self) {
        self.0.shutdown.cancel();
    }
}
