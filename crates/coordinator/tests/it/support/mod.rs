//! A coordinator in a folder of its own, and clients of it.

mod client;
mod database;
pub mod market;
mod pictures;
mod socket;

pub use client::{Client, Refused};
pub use database::TestDatabase;
pub use pictures::{Picture, picture, put};
pub use socket::Socket;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veriframe_coordinator::{Running, Settings, launch_with_listener};
use veriframe_core::{Clock, Timestamp};
use veriframe_ipfs::BlockStore;
use veriframe_peers::folder_in_memory;

/// Stands still unless the test moves it.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub folder: TempDir,
    pub clock: Arc<TestClock>,
    pub blocks: BlockStore,
    pub running: Running,
    pub shutdown: CancellationToken,
    pub database: Option<TestDatabase>,
}

pub fn settings(data_dir: PathBuf) -> Settings {
    let mut settings = Settings::new(data_dir);
    settings.sweep_interval = Duration::from_millis(10);
    settings.seed = Some(1);
    // The origin outlives a restart on another port.
    settings.origin = Some("http://coordinator.test".to_owned());
    settings
}

impl World {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings than most tests need.
    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_at(Timestamp(1_800_000_000_000), change).await
    }

    /// At another time, such as that of a chain.
    pub async fn start_at(now: Timestamp, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = folder_in_memory();
        let clock = Arc::new(TestClock(AtomicI64::new(now.0)));
        let database = TestDatabase::make().await;
        Self::launch(folder, database, clock, change).await
    }

    pub async fn launch(
        folder: TempDir,
        database: Option<TestDatabase>,
        clock: Arc<TestClock>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let blocks = BlockStore::open(folder.path().join("blocks")).unwrap();
        Self::launch_with(blocks, folder, database, clock, change).await
    }

    async fn launch_with(
        blocks: BlockStore,
        folder: TempDir,
        database: Option<TestDatabase>,
        clock: Arc<TestClock>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shutdown = CancellationToken::new();
        let mut settings = settings(folder.path().join("coordinator"));
        settings.database = database.as_ref().map(TestDatabase::database);
        change(&mut settings);
        let running = launch_with_listener(
            settings,
            listener,
            blocks.clone(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            shutdown.clone(),
        )
        .await
        .unwrap();
        Self {
            folder,
            clock,
            blocks,
            running,
            shutdown,
            database,
        }
    }

    /// Another coordinator on the same PostgreSQL, clock and content.
    pub async fn replica(&self) -> Self {
        self.replica_with(|_| {}).await
    }

    pub async fn replica_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = folder_in_memory();
        let database = self.database.as_ref().map(TestDatabase::again);
        let blocks = self.blocks.clone();
        Self::launch_with(blocks, folder, database, Arc::clone(&self.clock), change).await
    }

    /// Stops it and starts it again on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    pub async fn restart_with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let Self {
            folder,
            clock,
            running,
            shutdown,
            database,
            ..
        } = self;
        shutdown.cancel();
        running.join.await.unwrap();
        Self::launch(folder, database, clock, change).await
    }

    /// A signed-in account with a key of its own.
    pub async fn client(&self) -> Client {
        Client::sign_in(&self.running.url()).await
    }

    /// A signed-in worker with one slot.
    pub async fn worker(&self) -> Client {
        let client = self.client().await;
        client.register("run-1").await;
        client
    }

    /// The same client after the coordinator was started again.
    pub fn moved(&self, client: &Client) -> Client {
        client.at(&self.running.url())
    }

    /// The root of a scene that the store holds.
    pub fn scene(&self) -> String {
        put(&self.blocks, b"BLENDER-v304 a scene, as far as a coordinator can tell")
    }
}
