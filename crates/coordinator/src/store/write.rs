//! The one way to write.

use super::{
    chain_column::ROWS,
    database::{Database, DatabaseError, Pools},
    events, locks,
    timings::StoreTimings,
};
use crate::events::{Bus, Logged, Topics};
use sqlx::{Any, AnyConnection, AnyPool, Transaction, pool::PoolConnection};
use std::{sync::Arc, time::Instant};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::task::TaskTracker;
use veriframe_core::{Clock, Timestamp};
use veriframe_wire::EventData;

pub struct Store {
    kind: Kind,
    /// The address of a server, which may hold a password.
    server: Option<String>,
    pools: Pools,
    /// Whoever holds it may write; it is held until the events of a commit were handed on, so that
    /// readers of the live stream see them in the order of the log.
    turn: Arc<Mutex<()>>,
    clock: Arc<dyn Clock>,
    bus: Bus,
    commits: TaskTracker,
    timings: StoreTimings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Store {
    /// Opens or makes the database and brings it to the newest version.
    pub async fn open(database: &Database, clock: Arc<dyn Clock>, bus: Bus) -> Result<Self, DatabaseError> {
        Ok(Self {
            kind: match database {
                Database::Sqlite(_) => Kind::Sqlite,
                Database::Postgres(_) => Kind::Postgres,
            },
            server: match database {
                Database::Sqlite(_) => None,
                Database::Postgres(server) => Some(server.clone()),
            },
            pools: Pools::open(database).await?,
            turn: Arc::default(),
            clock,
            bus,
            commits: TaskTracker::new(),
            timings: StoreTimings::default(),
        })
    }

    /// Whether other coordinators may write the same tables.
    pub fn is_shared(&self) -> bool {
        self.kind == Kind::Postgres
    }

    /// The address of the database's server; `None`: it is a file.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// A connection that sees the last committed state and cannot change it.
    pub async fn read(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        let start = Instant::now();
        let connection = self.pools.readers.acquire().await;
        self.timings.took("read", start);
        connection
    }

    /// Waits for its turn and begins a write transaction. Dropping it undoes everything.
    pub async fn write(&self) -> Result<WriteTx, sqlx::Error> {
        self.begin("PRAGMA synchronous = NORMAL").await
    }

    /// As [`Self::write`]; what is committed survives a power cut from then on, for the price of a wait for the disk.
    /// A server's database does that with every transaction.
    pub async fn write_durably(&self) -> Result<WriteTx, sqlx::Error> {
        self.begin("PRAGMA synchronous = FULL").await
    }

    async fn begin(&self, durability: &'static str) -> Result<WriteTx, sqlx::Error> {
        let start = Instant::now();
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let tx = match self.kind {
            Kind::Sqlite => {
                // The pool has one connection, and the turn is ours: nobody comes between.
                sqlx::query(durability).execute(&self.pools.writers).await?;
                self.pools.writers.begin_with("BEGIN IMMEDIATE").await?
            }
            Kind::Postgres => {
                let mut tx = self.pools.writers.begin().await?;
                // The other replicas have turns of their own.
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(locks::TURN)
                    .execute(&mut *tx)
                    .await?;
                tx
            }
        };
        self.timings.took("turn", start);
        Ok(WriteTx {
            timings: self.timings.clone(),
            tx,
            kind: self.kind,
            now: self.clock.now(),
            told: Vec::new(),
            pending: Vec::new(),
            bus: self.bus.clone(),
            commits: self.commits.clone(),
            turn,
        })
    }

    /// What it takes, for whoever looks after the coordinator.
    pub fn timings(&self) -> &StoreTimings {
        &self.timings
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        }
    }

    /// Each pool with its connections, and how many of them nobody uses.
    pub fn connections(&self) -> [(&'static str, u32, i64); 2] {
        let idle = |pool: &AnyPool| i64::try_from(pool.num_idle()).unwrap_or(i64::MAX);
        let Pools { readers, writers } = &self.pools;
        [
            ("readers", readers.size(), idle(readers)),
            ("writers", writers.size(), idle(writers)),
        ]
    }

    /// What makes a `SELECT … FOR UPDATE` pass over rows that another transaction is taking. SQLite has one writer, and no need.
    pub fn skip_locked(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite => "",
            Kind::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Waits for commits that are under way and closes the connections.
    pub async fn close(&self) {
        self.commits.close();
        self.commits.wait().await;
        self.pools.readers.close().await;
        self.pools.writers.close().await;
    }
}

/// A write transaction and the events it will tell of.
pub struct WriteTx {
    tx: Transaction<'static, Any>,
    kind: Kind,
    /// One moment for everything in the transaction.
    pub now: Timestamp,
    /// Events that are not in the log yet.
    told: Vec<(Topics, EventData)>,
    /// Events that are, and go out with the commit.
    pending: Vec<Arc<Logged>>,
    bus: Bus,
    commits: TaskTracker,
    timings: StoreTimings,
    turn: OwnedMutexGuard<()>,
}

impl WriteTx {
    pub fn db(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }

    /// Writes the event into the log, together with others of this transaction; readers hear of it after the commit.
    pub async fn emit(&mut self, topics: Topics, data: EventData) -> Result<(), sqlx::Error> {
        self.told.push((topics, data));
        if self.told.len() == ROWS {
            self.write_down().await?;
        }
        Ok(())
    }

    async fn write_down(&mut self) -> Result<(), sqlx::Error> {
        if self.told.is_empty() {
            return Ok(());
        }
        let told = std::mem::take(&mut self.told);
        let logged = events::insert(&mut self.tx, self.now, told).await?;
        self.pending.extend(logged.into_iter().map(Arc::new));
        Ok(())
    }

    /// Commits and tells. Runs to its end even when the caller goes away in the middle, so that no event
    /// that is in the log is missing from the live stream. On a server the log itself is told from, because
    /// other replicas write it too (`replicas::relay`); the database rings their bell with the commit.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.write_down().await?;
        let Self {
            tx,
            kind,
            pending,
            bus,
            commits,
            timings,
            turn,
            ..
        } = self;
        let work = commits.spawn(async move {
            let start = Instant::now();
            tx.commit().await?;
            timings.took("commit", start);
            match kind {
                Kind::Sqlite => pending.into_iter().for_each(|event| bus.send(&event)),
                Kind::Postgres if pending.is_empty() => {}
                Kind::Postgres => bus.committed(),
            }
            drop(turn);
            Ok(())
        });
        work.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_core::SystemClock;

    /// As SQLite does by itself when the disk is full.
    #[tokio::test]
    async fn a_transaction_that_the_database_ended_stands_in_nobody_s_way() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("coordinator.db"));
        let store = Store::open(&database, Arc::new(SystemClock), Bus::default())
            .await
            .unwrap();
        let mut tx = store.write().await.unwrap();
        sqlx::query("ROLLBACK").execute(tx.db()).await.unwrap();
        drop(tx);
        for _ in 0..2 {
            let tx = store.write().await.expect("the next may write");
            tx.commit().await.unwrap();
        }
        store.close().await;
    }
}
