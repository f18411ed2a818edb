//! The pools, and the one way to write.

use super::{events, migrator};
use crate::events::{Bus, Logged, Topics};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::task::TaskTracker;
use veriframe_core::{Clock, Timestamp};
use veriframe_wire::EventData;

const READERS: u32 = 4;

pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Whoever holds it may write; it is held until the events of a commit were handed on, so that
    /// readers of the live stream see them in the order of the log.
    turn: Arc<Mutex<()>>,
    clock: Arc<dyn Clock>,
    bus: Bus,
    commits: TaskTracker,
}

impl Store {
    /// Opens or makes the database and brings it to the newest version.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>, bus: Bus) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrator().run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self {
            writer,
            readers,
            turn: Arc::default(),
            clock,
            bus,
            commits: TaskTracker::new(),
        })
    }

    /// A connection that sees the last committed state and cannot change it.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Waits for its turn and begins a write transaction. Dropping it undoes everything.
    pub async fn write(&self) -> Result<WriteTx, sqlx::Error> {
        self.begin("PRAGMA synchronous = NORMAL").await
    }

    /// As [`Self::write`]; what is committed survives a power cut from then on, for the price of a wait for the disk.
    pub async fn write_durably(&self) -> Result<WriteTx, sqlx::Error> {
        self.begin("PRAGMA synchronous = FULL").await
    }

    async fn begin(&self, durability: &'static str) -> Result<WriteTx, sqlx::Error> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // The pool has one connection, and the turn is ours: nobody comes between.
        sqlx::query(durability).execute(&self.writer).await?;
        let tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(WriteTx {
            tx,
            now: self.clock.now(),
            pending: Vec::new(),
            bus: self.bus.clone(),
            commits: self.commits.clone(),
            turn,
        })
    }

    /// Waits for commits that are under way and closes the files.
    pub async fn close(&self) {
        self.commits.close();
        self.commits.wait().await;
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A write transaction and the events it will tell of.
pub struct WriteTx {
    tx: Transaction<'static, Sqlite>,
    /// One moment for everything in the transaction.
    pub now: Timestamp,
    pending: Vec<Arc<Logged>>,
    bus: Bus,
    commits: TaskTracker,
    turn: OwnedMutexGuard<()>,
}

impl WriteTx {
    pub fn db(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }

    /// Writes the event into the log; readers hear of it after the commit.
    pub async fn emit(&mut self, topics: Topics, data: EventData) -> Result<(), sqlx::Error> {
        let logged = events::insert(&mut self.tx, self.now, topics, data).await?;
        self.pending.push(Arc::new(logged));
        Ok(())
    }

    /// Commits and tells. Runs to its end even when the caller goes away in the middle, so that no event
    /// that is in the log is missing from the live stream.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        let Self {
            tx,
            pending,
            bus,
            commits,
            turn,
            ..
        } = self;
        let work = commits.spawn(async move {
            tx.commit().await?;
            for event in pending {
                bus.send(event);
            }
            drop(turn);
            Ok(())
        });
        work.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}
