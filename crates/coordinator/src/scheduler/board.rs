//! What there is to do, looked at once for everybody who asks.

use super::{
    eligibility::{offer, wants},
    hands::{self, Hands},
    online_since,
    standings::standings,
};
use crate::{
    app::App,
    error::ApiResult,
    store::{self, jobs::JobRow, task_counts::Counts, workers::WorkerRow},
};
use sqlx::AnyConnection;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use veriframe_core::{
    Address, Timestamp,
    schedule::{JobFacts, Wants},
};

/// Jobs that are looked at, oldest first.
const LOOKED_AT: u32 = 5000;
/// Jobs without anything queued that are looked at for frames worth a copy, oldest first.
const IN_HANDS: u32 = 200;
/// A board of so few jobs is read anew for each change; a longer one at most once a second.
const SHORT: usize = 100;
const LONG_SECONDS: i64 = 1;
/// Scenes that a worker is taken to have still.
const SCENES: usize = 8;

#[derive(Default)]
pub struct Board {
    /// Held while it is looked at: whoever asks meanwhile gets the same answer.
    seen: tokio::sync::Mutex<Option<Arc<Seen>>>,
    /// What each worker fetched last. Not kept: it is a hint.
    scenes: Mutex<HashMap<Address, VecDeque<String>>>,
}

/// The board at one moment.
pub struct Seen {
    /// The newest event: as long as there is no newer one, nothing has changed.
    event: u64,
    at: Timestamp,
    pub jobs: Vec<Posted>,
    pub in_hands: Vec<Shared>,
    pub market: super::standings::MarketSeen,
}

/// One job that has something queued.
pub struct Posted {
    pub job: JobRow,
    /// `None`: its requirements cannot be read.
    pub wants: Option<Wants>,
    pub counts: Counts,
    /// Of now, but for its age and the time to its deadline.
    pub facts: JobFacts,
}

/// One job of which nothing is queued, and whose frames are in workers' hands.
pub struct Shared {
    pub job: JobRow,
    /// `None`: its requirements cannot be read.
    pub wants: Option<Wants>,
    pub hands: Hands,
}

impl Board {
    pub async fn look(&self, app: &App) -> ApiResult<Arc<Seen>> {
        let mut seen = self.seen.lock().await;
        let mut db = app.store.read().await?;
        let event = store::events::newest(&mut db).await?;
        let now = app.clock.now();
        if let Some(last) = seen.as_ref().filter(|last| last.is_good(event, now)) {
            return Ok(Arc::clone(last));
        }
        let jobs = store::jobs::with_queued_tasks(&mut db, LOOKED_AT).await?;
        let mut counts = store::task_counts::of_open_jobs(&mut db).await?;
        let workers = store::workers::online(&mut db, online_since(app)).await?;
        let at_work = store::leases::at_work(&mut db).await?;
        let in_hands = in_hands(&mut db).await?;
        drop(db);
        let jobs = jobs
            .into_iter()
            .map(|job| (wants(&job), counts.remove(&job.id).unwrap_or_default(), job))
            .collect();
        let market = seen.as_ref().map(|last| last.market.clone());
        let (jobs, market) = standings(jobs, workers, at_work, market, now).await?;
        let fresh = Arc::new(Seen {
            event,
            at: now,
            jobs,
            in_hands,
            market,
        });
        *seen = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Whether another job had something queued for the worker when somebody last looked. Says no while somebody looks:
    /// nobody waits here.
    pub fn has_work_besides(&self, worker: &WorkerRow, job: &str) -> bool {
        let Ok(seen) = self.seen.try_lock() else {
            return false;
        };
        let Some(seen) = seen.as_ref() else {
            return false;
        };
        let offer = offer(worker);
        let mut others = seen.jobs.iter().filter(|posted| posted.job.id != job);
        others.any(|Posted { job, wants, .. }| {
            let own = job.is_own(worker.address);
            wants.as_ref().is_some_and(|wants| wants.check(&offer, own).is_ok())
        })
    }

    fn scenes(&self) -> MutexGuard<'_, HashMap<Address, VecDeque<String>>> {
        self.scenes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker fetches the scene now.
    pub fn fetches(&self, worker: Address, scene: &str) {
        let mut all = self.scenes();
        let its = all.entry(worker).or_default();
        its.retain(|other| other != scene);
        its.push_front(scene.to_owned());
        its.truncate(SCENES);
    }

    /// What the worker is taken to have.
    pub fn has(&self, worker: Address) -> VecDeque<String> {
        self.scenes().get(&worker).cloned().unwrap_or_default()
    }
}

async fn in_hands(db: &mut AnyConnection) -> Result<Vec<Shared>, sqlx::Error> {
    let jobs = store::jobs::only_in_hands(db, IN_HANDS).await?;
    let mut hands = hands::read(db, &jobs).await?;
    let shared = jobs.into_iter().filter_map(|job| {
        Some(Shared {
            hands: hands.remove(&job.id)?,
            wants: wants(&job),
            job,
        })
    });
    Ok(shared.collect())
}

impl Seen {
    fn is_good(&self, event: u64, now: Timestamp) -> bool {
        let just_now =
            self.jobs.len() + self.in_hands.len() > SHORT && self.at < now && now < self.at.plus_seconds(LONG_SECONDS);
        self.event == event || just_now
    }
}
