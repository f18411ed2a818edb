//! What is counted in the database when somebody asks, and not more often than that is cheap.

use super::Labels;
use crate::{app::App, error::ApiResult, store, work::Work};
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use sqlx::AnyConnection;
use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

/// Two scrapers, or one in a hurry, see the same numbers for so long.
const COUNT_AGAIN_AFTER: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct Counted {
    at: Option<Instant>,
    jobs: Family<Labels<1>, Gauge>,
    tasks: Family<Labels<2>, Gauge>,
    queue: Gauge,
    workers: Family<Labels<1>, Gauge>,
    leases: Gauge,
    work: Family<Labels<2>, Gauge>,
    work_overdue: Gauge,
    newest_event: Gauge,
    connections: Family<Labels<2>, Gauge>,
    bus_backlog: Gauge,
    indexer_head: Gauge,
    indexer_lag: Gauge,
    indexer_failures: Gauge,
    differences: Gauge,
    draining: Gauge,
    failed: Gauge,
}

impl Counted {
    pub fn register(&self, to: &mut Registry) {
        to.register("jobs", "Jobs by status", self.jobs.clone());
        to.register("tasks", "Frames, audits and copies by state", self.tasks.clone());
        to.register(
            "queue_depth",
            "Frames and audits that wait for a worker",
            self.queue.clone(),
        );
        to.register("workers", "Workers by status", self.workers.clone());
        to.register("leases_active", "Leases that are active", self.leases.clone());
        to.register("work", "Work of the coordinator that is not done", self.work.clone());
        to.register(
            "work_overdue_seconds",
            "How long the oldest work has waited after its time had come",
            self.work_overdue.clone(),
        );
        to.register(
            "event_log_newest",
            "Number of the newest event",
            self.newest_event.clone(),
        );
        to.register(
            "database_connections",
            "Connections by pool and whether they are used",
            self.connections.clone(),
        );
        to.register(
            "event_bus_backlog",
            "Events that the slowest socket has not taken yet",
            self.bus_backlog.clone(),
        );
        to.register(
            "indexer_head_block",
            "Newest block that the node told of",
            self.indexer_head.clone(),
        );
        to.register(
            "indexer_lag_blocks",
            "Blocks that are not indexed yet",
            self.indexer_lag.clone(),
        );
        to.register(
            "indexer_failures",
            "Passes of the indexer that failed in a row",
            self.indexer_failures.clone(),
        );
        to.register(
            "chain_differences",
            "Differences between the contracts and the database",
            self.differences.clone(),
        );
        to.register("draining", "1 while the coordinator ends", self.draining.clone());
        to.register(
            "count_failed",
            "1 when the database could not be counted in",
            self.failed.clone(),
        );
    }

    pub async fn look(&mut self, app: &App) {
        self.look_around(app);
        if self.at.is_some_and(|at| at.elapsed() < COUNT_AGAIN_AFTER) {
            return;
        }
        self.at = Some(Instant::now());
        let failed = self.count(app).await.is_err();
        self.failed.set(i64::from(failed));
    }

    fn look_around(&self, app: &App) {
        for (pool, size, idle) in app.store.connections() {
            for (state, n) in [("used", i64::from(size) - idle), ("idle", idle)] {
                let labels = [("pool", Cow::Borrowed(pool)), ("state", Cow::Borrowed(state))];
                self.connections.get_or_create(&labels).set(n);
            }
        }
        self.bus_backlog.set(app.bus.backlog());
        self.draining.set(i64::from(app.draining.is_cancelled()));
        if let Some(indexer) = &app.indexer {
            let status = indexer.status();
            let lag = status.lag(indexer.settings.deployment.start_block);
            self.indexer_head.set(status.head.unwrap_or(0).cast_signed());
            self.indexer_lag.set(lag.unwrap_or(0).cast_signed());
            self.indexer_failures.set(i64::from(status.failures));
            self.differences.set(status.differences.cast_signed());
        }
    }

    async fn count(&self, app: &App) -> ApiResult<()> {
        let mut db = app.store.read().await?;
        let mut waiting = 0;
        self.tasks.clear();
        for (kind, state, n) in store::task_counts::totals(&mut db).await? {
            if state == "queued" {
                waiting += n;
            }
            let labels = [("kind", Cow::Owned(kind)), ("state", Cow::Owned(state))];
            self.tasks.get_or_create(&labels).set(n);
        }
        self.queue.set(waiting);
        for (family, counts) in [
            (&self.jobs, store::jobs::by_status(&mut db).await?),
            (&self.workers, store::workers::by_status(&mut db).await?),
        ] {
            family.clear();
            for (status, n) in counts {
                family.get_or_create(&[("status", Cow::Owned(status))]).set(n);
            }
        }
        self.count_work(app, &mut db).await?;
        self.leases.set(store::leases::active_in_all(&mut db).await?);
        self.newest_event
            .set(store::events::newest(&mut db).await?.cast_signed());
        Ok(())
    }

    /// Every kind is there from the start, so that an alert sees the first that is given up.
    async fn count_work(&self, app: &App, db: &mut AnyConnection) -> ApiResult<()> {
        self.work.clear();
        for kind in Work::KINDS {
            for state in ["queued", "running", "dead"] {
                let labels = [("kind", Cow::Borrowed(kind)), ("state", Cow::Borrowed(state))];
                self.work.get_or_create(&labels).set(0);
            }
        }
        for (kind, state, n) in store::work::counts(db).await? {
            let labels = [("kind", Cow::Owned(kind)), ("state", Cow::Owned(state))];
            self.work.get_or_create(&labels).set(n);
        }
        let now = app.clock.now();
        let due = store::work::due_since(db, now).await?;
        self.work_overdue.set(due.map_or(0, |due| (now.0 - due.0) / 1000));
        Ok(())
    }
}
