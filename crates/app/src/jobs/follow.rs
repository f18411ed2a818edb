//! From the coordinator's events to what the window is told, at a pace that a window can show.

use super::{clean::scene_is_needed_no_more, live, tell_job};
use crate::{
    Context,
    api::events::{EventStream, StreamItem},
    db::measurements::{self, MeasurementRow, Source},
    view::{AppEvent, FrameCell, FrameStateView},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::broadcast::{self, error::RecvError};
use veriframe_core::Amount;
use veriframe_wire::{
    Event, EventData, Money,
    job::{TaskKind, TaskStatus},
};

/// Ten messages a second a job.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// A job's figures change with every frame; so often are they asked for.
const JOB_EVERY: u32 = 3;

/// What happened since the window was told last.
#[derive(Default)]
struct Pending {
    jobs: HashSet<String>,
    cells: HashMap<String, BTreeMap<i32, FrameCell>>,
    /// Frames whose picture or state has to be asked for.
    ask: HashMap<String, BTreeSet<i32>>,
    wallet: bool,
    earnings: bool,
    ended: Vec<Ending>,
}

struct Ending {
    job: String,
    tone: &'static str,
    what: &'static str,
    detail: String,
}

/// Follows this account's jobs until the program shuts down, as a task of the context.
pub fn follow_events(ctx: &Arc<Context>) {
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let stop = ctx.shutdown.clone();
        Box::pin(stop.run_until_cancelled(follow(&ctx))).await;
    });
}

/// Returns when something happened to a job, or may have.
pub(crate) async fn news(events: &mut broadcast::Receiver<AppEvent>) {
    loop {
        match events.recv().await {
            Ok(AppEvent::Job(_)) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn follow(ctx: &Arc<Context>) {
    let topics = vec!["jobs".to_owned(), format!("worker:{}", ctx.address)];
    let mut stream = EventStream::open(ctx.api.clone(), topics, None, &ctx.tasks, &ctx.shutdown);
    let mut pending = Pending::default();
    let mut tick = tokio::time::interval(TELL_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks = 0u32;
    loop {
        tokio::select! {
            item = stream.next() => match item {
                None => return,
                Some(StreamItem::Event(event)) => take(ctx, &mut pending, event),
                Some(StreamItem::Connected) => {
                    pending.wallet = true;
                    // The stream replays what was missed; tasks in progress are not part of it.
                    pending.jobs.extend(ctx.live.distrust_all());
                }
                Some(StreamItem::Lost) => crate::status::tell(ctx).await,
            },
            _ = tick.tick() => {
                ticks = ticks.wrapping_add(1);
                tell(ctx, &mut pending, ticks.is_multiple_of(JOB_EVERY)).await;
            }
        }
    }
}

fn take(ctx: &Context, pending: &mut Pending, event: Event) {
    match event.data {
        EventData::TaskProgress {
            job,
            frame,
            progress,
            worker,
            ..
        } => {
            let here = worker.0 == ctx.address;
            let cell = ctx.live.update(&job, frame, |cell| {
                cell.progress = f64::from(progress);
                cell.on_this_computer = here;
            });
            if let Some(cell) = cell {
                pending.cells.entry(job).or_default().insert(frame, cell);
            }
        }
        EventData::TaskUpdated {
            job,
            frame,
            kind: TaskKind::Frame,
            status,
            ..
        } => {
            match status {
                // Nothing but the state changes: no need to ask.
                TaskStatus::Leased | TaskStatus::Queued | TaskStatus::Cancelled => {
                    let cell = ctx.live.update(&job, frame, |cell| {
                        cell.state = match status {
                            TaskStatus::Leased => FrameStateView::Rendering,
                            TaskStatus::Queued => FrameStateView::Waiting,
                            _ => FrameStateView::Cancelled,
                        };
                        cell.progress = 0.0;
                        cell.on_this_computer = false;
                    });
                    if let Some(cell) = cell {
                        pending.cells.entry(job.clone()).or_default().insert(frame, cell);
                    }
                }
                _ => ask(ctx, pending, &job, frame),
            }
            pending.jobs.insert(job);
        }
        EventData::TaskSubmitted { job, frame, .. }
        | EventData::TaskVerified { job, frame, .. }
        | EventData::TaskRejected { job, frame, .. } => {
            ask(ctx, pending, &job, frame);
            pending.jobs.insert(job);
        }
        EventData::TaskUpdated { job, .. }
        | EventData::JobCreated { job, .. }
        | EventData::JobAvailable { job, .. }
        | EventData::JobAssigned { job, .. }
        | EventData::JobUpdated { job, .. } => {
            pending.jobs.insert(job);
        }
        EventData::JobCompleted { job, spent, refunded } => {
            let detail = match unit(ctx, spent.0, refunded.0) {
                None => String::new(),
                Some(unit) => format!(
                    "{} {unit} spent, {} back.",
                    spent.0.to_credits(),
                    refunded.0.to_credits()
                ),
            };
            pending.ended(job, "ok", "is complete", detail);
        }
        EventData::JobFailed { job, reason, refunded } => {
            let detail = format!("{reason}. {}", came_back(ctx, refunded.0)).trim().to_owned();
            pending.ended(job, "bad", "has failed", detail);
        }
        EventData::JobCancelled { job, refunded } => {
            let detail = came_back(ctx, refunded.0);
            pending.ended(job, "info", "was cancelled", detail);
        }
        EventData::Payout { worker, job, frame, .. } => {
            pending.wallet = true;
            pending.earnings |= worker.0 == ctx.address;
            ask(ctx, pending, &job, frame);
            pending.jobs.insert(job);
        }
        EventData::BalanceChanged { .. } => pending.wallet = true,
        EventData::WorkerRegistered { .. }
        | EventData::WorkerVerified { .. }
        | EventData::WorkerStatus { .. }
        | EventData::ReputationUpdated { .. } => {}
    }
}

/// What the amounts of a job that ended are in; `None` where nobody paid. A job of before may have been paid in credits.
fn unit(ctx: &Context, spent: Amount, refunded: Amount) -> Option<&'static str> {
    match ctx.known_money() {
        Money::None if (spent, refunded) == (Amount::ZERO, Amount::ZERO) => None,
        Money::None => Some(Money::Credits.unit()),
        money => Some(money.unit()),
    }
}

fn came_back(ctx: &Context, refunded: Amount) -> String {
    unit(ctx, Amount::ZERO, refunded).map_or_else(String::new, |unit| {
        format!("{} {unit} came back.", refunded.to_credits())
    })
}

fn ask(ctx: &Context, pending: &mut Pending, job: &str, frame: i32) {
    if ctx.live.watches(job) {
        pending.ask.entry(job.to_owned()).or_default().insert(frame);
    }
}

impl Pending {
    fn ended(&mut self, job: String, tone: &'static str, what: &'static str, detail: String) {
        self.jobs.insert(job.clone());
        self.wallet = true;
        self.ended.push(Ending {
            job,
            tone,
            what,
            detail,
        });
    }
}

/// Tells and empties. `jobs_too`: also what has to be asked for job by job.
async fn tell(ctx: &Arc<Context>, pending: &mut Pending, jobs_too: bool) {
    if jobs_too {
        for (job, frames) in std::mem::take(&mut pending.ask) {
            match live::refresh(ctx, &job, &frames).await {
                Ok(cells) => {
                    pending
                        .cells
                        .entry(job)
                        .or_default()
                        .extend(cells.into_iter().map(|cell| (cell.frame, cell)));
                }
                Err(error) => tracing::debug!(job, %error, "cells were not refreshed"),
            }
        }
    }
    for (job, cells) in std::mem::take(&mut pending.cells) {
        if !cells.is_empty() {
            ctx.tell(AppEvent::Frames {
                job,
                cells: cells.into_values().collect(),
            });
        }
    }
    if !jobs_too {
        return;
    }
    for job in std::mem::take(&mut pending.jobs) {
        tell_job(ctx, &job).await;
    }
    if std::mem::take(&mut pending.wallet) {
        ctx.tell(AppEvent::Wallet);
        crate::status::tell(ctx).await;
    }
    if std::mem::take(&mut pending.earnings) {
        ctx.tell(AppEvent::Earnings);
    }
    for ending in std::mem::take(&mut pending.ended) {
        notify(ctx, ending).await;
    }
}

async fn notify(ctx: &Arc<Context>, ending: Ending) {
    let name = match ctx.api.job(&ending.job).await {
        Ok(job) => {
            measure(ctx, &job).await;
            if let Err(error) = scene_is_needed_no_more(ctx, &job).await {
                tracing::debug!(
                    message = error.message,
                    "the scene of a job that has ended is still kept"
                );
            }
            job.name
        }
        Err(_) => "A job".to_owned(),
    };
    ctx.tell(AppEvent::Notice {
        tone: ending.tone.to_owned(),
        title: format!("{name} {}", ending.what),
        detail: ending.detail,
        job: ending.job,
    });
}

/// Remembers how long a frame of the file took, for the next estimate of it.
async fn measure(ctx: &Arc<Context>, job: &veriframe_wire::job::Job) {
    let id = job.id.clone();
    let draft = ctx
        .db
        .call(move |conn| Ok(crate::db::jobs::find_draft_of_job(conn, &id)?))
        .await;
    let Ok(Some(draft)) = draft else { return };
    let Ok(stored) = crate::create::post::StoredSettings::from_json(&draft.settings) else {
        return;
    };
    if job.render.pieces.is_some() {
        // How long a piece took says nothing of a whole frame.
        return;
    }
    let Ok(tasks) = ctx
        .api
        .frame_tasks(&job.id, veriframe_core::frames::FRAME_MIN, 100)
        .await
    else {
        return;
    };
    let mut seconds: Vec<f64> = tasks
        .iter()
        .filter_map(|task| task.result.as_ref())
        .map(|result| result.seconds)
        .collect();
    if seconds.is_empty() {
        return;
    }
    // The first frame of a warm process and one disturbed frame say nothing about the others.
    seconds.sort_by(f64::total_cmp);
    let row = MeasurementRow {
        pixels: u64::from(job.summary.width) * u64::from(job.summary.height),
        samples: job.summary.samples,
        seconds: seconds[seconds.len() / 2],
        before_sampling: None,
        measured_at_ms: ctx.clock.now().0,
    };
    let (path, scene) = (stored.settings.path, stored.settings.scene);
    let written = ctx
        .db
        .call(move |conn| Ok(measurements::put(conn, &path, &scene, Source::Job, row)?))
        .await;
    if let Err(error) = written {
        tracing::debug!(%error, "a measurement was not kept");
    }
}
