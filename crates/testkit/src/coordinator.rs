use crate::{ManualClock, TempHome};
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_app::{Context, OpenOptions, chain::ChainChoice};
use veriframe_coordinator::{Running, Settings, launch_with_listener};
use veriframe_core::Clock;
use veriframe_ipfs::BlockStore;

/// A coordinator on a real socket, in the test's own process, on a home of its own.
pub struct TestCoordinator {
    pub home: TempHome,
    pub clock: ManualClock,
    pub url: String,
    running: Running,
    shutdown: CancellationToken,
}

impl TestCoordinator {
    pub async fn launch() -> Self {
        Self::launch_on(
            TempHome::new(),
            ManualClock::default(),
            SocketAddr::from(([127, 0, 0, 1], 0)),
        )
        .await
    }

    /// On a home that has been used before, to test what a restart finds. `addr` with port 0: any free port.
    pub async fn launch_on(home: TempHome, clock: ManualClock, addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.expect("a free port");
        let blocks = BlockStore::open(home.home.blocks()).expect("a block store");
        let shutdown = CancellationToken::new();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let settings = Settings::new(home.home.coordinator());
        let running = launch_with_listener(settings, listener, blocks, shared, shutdown.clone())
            .await
            .expect("the coordinator starts");
        Self {
            home,
            clock,
            url: running.url(),
            running,
            shutdown,
        }
    }

    /// An app on the coordinator's own home, sharing its blocks, as the window runs it.
    pub async fn app_beside(&self) -> Arc<Context> {
        self.app(self.home.home.root().to_owned(), true).await
    }

    /// An app on another home, as on another computer.
    pub async fn app_elsewhere(&self, home: &TempHome) -> Arc<Context> {
        self.app(home.home.root().to_owned(), false).await
    }

    async fn app(&self, home: std::path::PathBuf, shares_blocks: bool) -> Arc<Context> {
        Context::open(OpenOptions {
            home,
            coordinator_url: Some(self.url.clone()),
            shares_blocks,
            chain: ChainChoice::default(),
            clock: Arc::new(self.clock.clone()),
            shutdown: self.shutdown.child_token(),
        })
        .await
        .expect("the home opens")
    }

    /// Stops it; the home and its address, for a restart.
    pub async fn stop(self) -> (TempHome, ManualClock, SocketAddr) {
        let addr = self.running.addr;
        self.shutdown.cancel();
        self.running.join.await.expect("the coordinator ends");
        (self.home, self.clock, addr)
    }
}
