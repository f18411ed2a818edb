//! How things stand.

use crate::{
    app::App,
    error::ApiResult,
    scheduler,
    store::{self, overview as counts},
};
use veriframe_wire::{
    AddressText, AmountText, Time,
    admin::{Overview, QueuedJob},
};

const HOUR: i64 = 3600;

pub async fn overview(app: &App) -> ApiResult<Overview> {
    let now = app.clock.now();
    let mut db = app.store.read().await?;
    let mut workers = counts::workers_by_status(&mut db, scheduler::online_since(app)).await?;
    let suspended = store::suspensions::all(&mut db).await?.len();
    workers.insert("suspended".to_owned(), u32::try_from(suspended).unwrap_or(u32::MAX));
    Ok(Overview {
        at: Time(now),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: app.settings.network.clone(),
        jobs: counts::jobs_by_status(&mut db).await?,
        tasks: counts::tasks_by_status(&mut db).await?,
        workers,
        active_leases: counts::active_leases(&mut db).await?,
        failures_last_hour: store::failures::count_since(&mut db, now.plus_seconds(-HOUR)).await?,
        work: counts::work_by_state(&mut db).await?,
        last_event: store::events::newest(&mut db).await?,
    })
}

/// Jobs with work that nobody has, oldest first, each with how many could take it.
pub async fn queue(app: &App, limit: u32) -> ApiResult<Vec<QueuedJob>> {
    let mut db = app.store.read().await?;
    let jobs = store::jobs::with_queued_tasks(&mut db, limit).await?;
    let ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    let counts = store::task_counts::of_jobs(&mut db, &ids).await?;
    let census = app.census.look(app, &mut db).await?;
    let queued = jobs.into_iter().map(|job| {
        let counts = counts.get(&job.id).copied().unwrap_or_default();
        let able = census.able(&job).addresses.len();
        QueuedJob {
            id: job.id,
            name: job.request.name,
            creator: AddressText(job.creator),
            price_per_frame: AmountText(job.price),
            queued: counts.queued(),
            leased: counts.frames.leased + counts.audits.leased,
            able_workers: u32::try_from(able).unwrap_or(u32::MAX),
            created_at: Time(job.created_at),
            deadline: job.deadline.map(Time),
        }
    });
    Ok(queued.collect())
}
