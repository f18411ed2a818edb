//! What is killed, and what must be true afterwards.

use crate::{
    chance::Chance,
    child::Coordinator,
    load::{Acknowledged, Writer},
    reader::Reader,
    support::{Client, picture, put},
};
use serde_json::Value;
use sqlx::{AnyConnection, Connection as _, any::install_default_drivers};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use veriframe_core::Amount;
use veriframe_ipfs::BlockStore;
use veriframe_peers::{Postgres, Redis};

const WRITERS: usize = 3;
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    CoordinatorOnSqlite,
    CoordinatorOnPostgres,
    PostgresItself,
    OneOfTwoReplicas,
}

impl Scenario {
    pub const ALL: [Self; 4] = [
        Self::CoordinatorOnSqlite,
        Self::CoordinatorOnPostgres,
        Self::PostgresItself,
        Self::OneOfTwoReplicas,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::CoordinatorOnSqlite => "a_killed_coordinator_on_sqlite_loses_nothing",
            Self::CoordinatorOnPostgres => "a_killed_coordinator_on_postgresql_loses_nothing",
            Self::PostgresItself => "a_killed_postgresql_loses_nothing",
            Self::OneOfTwoReplicas => "one_of_two_replicas_can_be_stopped_or_killed",
        }
    }

    fn share_of(self, kills: u32) -> u32 {
        match self {
            Self::CoordinatorOnSqlite => kills.div_ceil(2),
            Self::CoordinatorOnPostgres | Self::PostgresItself => kills.div_ceil(4),
            Self::OneOfTwoReplicas => kills.div_ceil(10),
        }
    }

    pub async fn run(self, kills: u32) {
        let rounds = self.share_of(kills);
        let mut postgres = None;
        let mut redis = None;
        if self != Self::CoordinatorOnSqlite {
            let Some(server) = Postgres::start() else { return };
            postgres = Some(server);
        }
        if self == Self::OneOfTwoReplicas {
            // Without Redis the replicas hear of each other by the database alone.
            redis = Redis::start();
        }
        let mut environment = Vec::new();
        environment.extend(postgres.as_ref().map(|server| ("DATABASE_URL", server.url())));
        environment.extend(redis.as_ref().map(|server| ("REDIS_URL", server.url())));
        let mut site = Site::start(self, environment).await;
        let mut chance = Chance::new();
        for round in 0..rounds {
            site.is_used().await;
            tokio::time::sleep(chance.millis(50, 700)).await;
            let before = site.acknowledged();
            match (self, &mut postgres) {
                (Self::PostgresItself, Some(server)) => {
                    server.kill();
                    tokio::time::sleep(chance.millis(0, 300)).await;
                    server.start_again();
                    site.coordinators[0].answers().await;
                }
                (Self::OneOfTwoReplicas, _) => {
                    let one = &mut site.coordinators[chance.below(2) as usize];
                    if round % 2 == 0 {
                        one.stop().await;
                    } else {
                        one.kill();
                    }
                    tokio::time::sleep(chance.millis(0, 300)).await;
                    one.start_again().await;
                }
                _ => {
                    site.coordinators[0].kill();
                    site.coordinators[0].start_again().await;
                }
            }
            site.has_what_was_acknowledged(before).await;
        }
        site.end(self, rounds).await;
    }
}

/// Coordinators on one database, and who uses them.
struct Site {
    folder: TempDir,
    database: String,
    coordinators: Vec<Coordinator>,
    me: Client,
    sink: Client,
    accounts: Vec<Client>,
    told: Arc<Mutex<Acknowledged>>,
    seen: Vec<Arc<Mutex<Vec<u64>>>>,
    writers: Vec<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
    no_more_writes: CancellationToken,
    no_more_reads: CancellationToken,
    /// How much of what was acknowledged was looked for already.
    checked: (usize, usize),
}

impl Site {
    async fn start(scenario: Scenario, environment: Vec<(&'static str, String)>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let content = folder.path().join("blocks");
        let blocks = BlockStore::open(&content).expect("the blocks");
        let home = |number: u32| folder.path().join(format!("coordinator-{number}"));
        let mut coordinators = vec![Coordinator::start(home(0), content.clone(), environment.clone()).await];
        if scenario == Scenario::OneOfTwoReplicas {
            coordinators.push(Coordinator::start(home(1), content, environment.clone()).await);
        }
        let urls: Vec<String> = coordinators.iter().map(Coordinator::url).collect();
        let database = environment
            .iter()
            .find(|(name, _)| *name == "DATABASE_URL")
            .map(|(_, url)| url.clone());
        let sqlite = home(0).join("coordinator/coordinator.db");
        let mut site = Self {
            database: database.unwrap_or_else(|| format!("sqlite://{}", sqlite.display())),
            me: Client::sign_in(&urls[0]).await,
            sink: Client::sign_in(&urls[0]).await,
            accounts: Vec::new(),
            told: Arc::default(),
            seen: Vec::new(),
            writers: Vec::new(),
            readers: Vec::new(),
            no_more_writes: CancellationToken::new(),
            no_more_reads: CancellationToken::new(),
            checked: (0, 0),
            coordinators,
            folder,
        };
        let scene = put(&blocks, b"BLENDER-v304 a scene, as far as a coordinator can tell");
        let picture = picture(&blocks, 1);
        for number in 0..WRITERS {
            let client = Client::sign_in(&urls[0]).await;
            client.register("run-1").await;
            let seen = Arc::default();
            let reader = Reader {
                client: client.clone(),
                urls: urls.clone(),
                seen: Arc::clone(&seen),
                stop: site.no_more_reads.clone(),
            };
            let writer = Writer {
                client: client.clone(),
                urls: urls.clone(),
                scene: scene.clone(),
                picture: picture.clone(),
                sink: site.sink.address().to_string(),
                told: Arc::clone(&site.told),
                stop: site.no_more_writes.clone(),
                asked: number,
            };
            site.seen.push(seen);
            site.accounts.push(client);
            site.readers.push(tokio::spawn(reader.run()));
            site.writers.push(tokio::spawn(writer.run()));
        }
        site
    }

    /// Returns when every writer was answered since the last kill, or nearly: only then is it a kill under load.
    async fn is_used(&self) {
        let count = || {
            let told = self.told.lock().expect("nobody panics with it");
            told.jobs.len() + told.frames.len()
        };
        let (before, deadline) = (count(), Instant::now() + PATIENCE);
        while count() < before + WRITERS {
            assert!(Instant::now() < deadline, "nothing is acknowledged any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Counts of jobs and frames that are acknowledged by now.
    fn acknowledged(&self) -> (usize, usize) {
        let told = self.told.lock().expect("nobody panics with it");
        (told.jobs.len(), told.frames.len())
    }

    /// Asks a coordinator for everything up to `until` that was not asked for yet.
    async fn has_what_was_acknowledged(&mut self, until: (usize, usize)) {
        let mut db = self.connect().await;
        let (jobs, frames) = {
            let told = self.told.lock().expect("nobody panics with it");
            (
                told.jobs[self.checked.0..until.0].to_vec(),
                told.frames[self.checked.1..until.1].to_vec(),
            )
        };
        for job in jobs {
            let sql = "SELECT COUNT(*) FROM jobs WHERE id = $1";
            let there: i64 = sqlx::query_scalar(sql)
                .bind(&job)
                .fetch_one(&mut db)
                .await
                .expect("a count");
            assert_eq!(there, 1, "job {job} was acknowledged and is lost");
        }
        for (job, task) in frames {
            let sql =
                "SELECT COUNT(*) FROM tasks WHERE job = $1 AND seq = $2 AND state IN ('submitted', 'verified', 'paid')";
            let seq: i64 = task[1..].parse().expect("a task's number");
            let asked = sqlx::query_scalar(sql).bind(&job).bind(seq).fetch_one(&mut db).await;
            assert_eq!(
                asked.unwrap_or(0_i64),
                1,
                "frame {task} of {job} was acknowledged and is lost"
            );
        }
        self.checked = until;
    }

    async fn connect(&self) -> AnyConnection {
        install_default_drivers();
        AnyConnection::connect(&self.database).await.expect("the database")
    }

    /// Lets the readers come to the end of the log, and looks at everything.
    async fn end(mut self, scenario: Scenario, rounds: u32) {
        self.no_more_writes.cancel();
        for writer in std::mem::take(&mut self.writers) {
            writer.await.expect("a writer does not fail");
        }
        let all = self.acknowledged();
        self.checked = (0, 0);
        self.has_what_was_acknowledged(all).await;
        let events = self.readers_saw_the_log().await;
        let (transfers, unknown) = {
            let told = self.told.lock().expect("nobody panics with it");
            (u128::from(told.transfers), u128::from(told.unknown))
        };
        let url = self.coordinators[0].url();
        self.sink = self.sink.at(&url);
        self.sink.renew().await;
        let got = self.sink.balance().await.units() - Amount::credits(100).units();
        assert!(
            (transfers..=transfers + unknown).contains(&got),
            "{got} came of {transfers} acknowledged transfers, and {unknown} of which nobody knows"
        );
        self.me = self.me.at(&url);
        self.me.renew().await;
        let health: Value = reqwest::get(format!("{url}/health"))
            .await
            .expect("it answers")
            .json()
            .await
            .expect("JSON");
        assert_ne!(health["status"], "down", "{health}");
        println!(
            "{}: {rounds} kills; {} jobs, {} frames and {transfers} transfers acknowledged and there; \
             {events} events read by {WRITERS} readers, each once and in order",
            scenario.name(),
            all.0,
            all.1
        );
        self.no_more_reads.cancel();
        for reader in std::mem::take(&mut self.readers) {
            reader.await.expect("a reader does not fail");
        }
        for coordinator in &mut self.coordinators {
            coordinator.stop().await;
        }
        drop(self.folder);
    }

    /// Each reader got what the table holds for it: nothing else, nothing twice, in order. How many there were.
    async fn readers_saw_the_log(&self) -> usize {
        let mut db = self.connect().await;
        let mut events = 0;
        for (account, seen) in self.accounts.iter().zip(&self.seen) {
            let sql = "SELECT seq FROM events WHERE market = 1 OR creator = $1 OR worker = $1 ORDER BY seq";
            let deadline = Instant::now() + PATIENCE;
            loop {
                let asked = sqlx::query_scalar(sql).bind(account.address().to_string());
                let log: Vec<i64> = asked.fetch_all(&mut db).await.expect("the log");
                let log: Vec<u64> = log.into_iter().map(i64::cast_unsigned).collect();
                let seen = seen.lock().expect("nobody panics with it").clone();
                if log == seen {
                    events += log.len();
                    break;
                }
                let place = log.iter().zip(&seen).position(|(log, seen)| log != seen);
                assert!(
                    Instant::now() < deadline && place.is_none(),
                    "a reader saw {} events of {}; the first other one: {:?}",
                    seen.len(),
                    log.len(),
                    place.map(|place| (log[place], seen[place]))
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        events
    }
}
