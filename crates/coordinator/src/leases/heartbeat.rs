//! A worker says that it is still at it, and how far. Heartbeats of many workers are served together.

use super::{awake::wake, finish_if_empty, parse, release::requeue};
use crate::{
    app::{App, AppState},
    counter::{self, Asked, Counter},
    error::{ApiError, ApiResult},
    jobs,
    replicas::passing::{self, Passing},
    store::{self, WriteTx, jobs::JobRow, leases::LeaseRow, tasks::TaskRow},
    workers,
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use veriframe_core::{Address, Timestamp};
use veriframe_wire::{
    AddressText, Event, EventData, Time,
    job::{JobStatus, TaskKind},
    lease::{HeartbeatRequest, HeartbeatResponse},
};

/// What is asked of a lease.
#[derive(Clone, Debug)]
pub struct Beat {
    worker: Address,
    job: String,
    fence: u64,
    /// Tasks whose progress it tells.
    begun: BTreeSet<i64>,
}

/// How a lease stands after its heartbeat.
pub struct Beaten {
    response: HeartbeatResponse,
    job: Arc<JobRow>,
    /// What it holds that is not done.
    tasks: Vec<TaskRow>,
}

/// Extends the lease. Of a job that is paused, or that its creator put behind another, what was begun may be finished, and the
/// rest goes back into the queue. For one that has ended it says to stop, and extends nothing.
pub async fn heartbeat(
    app: &AppState,
    caller: Address,
    job: &str,
    request: HeartbeatRequest,
) -> ApiResult<HeartbeatResponse> {
    let beat = Beat {
        worker: caller,
        job: job.to_owned(),
        fence: parse(&request.lease_id, request.fence)?.fence,
        begun: request
            .progress
            .iter()
            .filter_map(|report| store::tasks::parse_id(&report.task))
            .collect(),
    };
    wake(app).await?;
    let Beaten { response, job, tasks } = counter::ask(app, beat).await?;
    for report in &request.progress {
        let task = store::tasks::parse_id(&report.task).and_then(|seq| tasks.iter().find(|task| task.seq == seq));
        if let Some(task) = task {
            tell(app, &job, task, caller, report.progress);
        }
    }
    Ok(response)
}

impl Asked for Beat {
    type Answer = Beaten;

    fn counter(app: &App) -> &Counter<Self> {
        &app.heartbeats
    }

    async fn serve(app: &App, tx: &mut WriteTx, beats: &[Self]) -> ApiResult<Vec<ApiResult<Beaten>>> {
        let known = Known::read(tx, beats).await?;
        let now = tx.now;
        let held: Vec<Option<Held<'_>>> = beats.iter().map(|beat| known.held(beat, now)).collect();
        let running: Vec<&LeaseRow> = held.iter().flatten().filter_map(Held::running).collect();
        if !running.is_empty() {
            let alive: BTreeSet<Address> = running.iter().map(|lease| lease.worker).collect();
            workers::all_alive(app, tx, &alive.into_iter().collect::<Vec<_>>()).await?;
        }
        let mut tasks = tasks_of(tx, &running).await?;
        let mut given_back: HashMap<i64, Vec<String>> = HashMap::new();
        for (beat, held) in beats.iter().zip(&held) {
            let Some(Held { lease, job, .. }) = held else { continue };
            if !gives_back(tx, job, beat.worker).await? {
                continue;
            }
            let held = tasks.remove(&lease.fence).unwrap_or_default();
            let (begun, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|task| beat.begun.contains(&task.seq));
            for task in &others {
                requeue(tx, job, task).await?;
                given_back
                    .entry(lease.fence)
                    .or_default()
                    .push(store::tasks::id_text(task.seq));
            }
            if !begun.is_empty() {
                tasks.insert(lease.fence, begun);
            }
        }
        for lease in running {
            if tasks.get(&lease.fence).is_none_or(Vec::is_empty) {
                finish_if_empty(tx, lease).await?;
            }
        }
        let expires_at = now.plus_seconds(i64::from(app.settings.lease_seconds));
        let mut extended = Vec::new();
        let answers = held.into_iter().map(|held| {
            let Held { lease, job, .. } = held.ok_or_else(ApiError::lease_lost)?;
            let tasks = tasks.get(&lease.fence).cloned().unwrap_or_default();
            let go_on = !tasks.is_empty() && !jobs::has_ended(job.status);
            let mut not_wanted = known.not_wanted.get(&lease.fence).cloned().unwrap_or_default();
            not_wanted.extend(given_back.remove(&lease.fence).unwrap_or_default());
            if go_on {
                extended.push(lease.fence);
            }
            let response = HeartbeatResponse {
                go_on,
                expires_at: Time(if go_on { expires_at } else { lease.expires_at }),
                not_wanted,
            };
            let job = Arc::clone(job);
            Ok(Beaten { response, job, tasks })
        });
        let answers = answers.collect();
        if !extended.is_empty() {
            store::leases::extend(tx.db(), &extended, expires_at).await?;
        }
        Ok(answers)
    }
}

/// Whether what a lease of the job holds and was not begun goes back into the queue: the job is paused, or its creator, whose
/// worker it is, put another one before it.
async fn gives_back(tx: &mut WriteTx, job: &JobRow, worker: Address) -> ApiResult<bool> {
    if job.status == JobStatus::Paused {
        return Ok(true);
    }
    match job.turn.filter(|_| job.is_own(worker)) {
        Some(turn) => Ok(store::jobs::any_before(tx.db(), job.creator, turn).await?),
        None => Ok(false),
    }
}

/// What the leases hold that is not done; one that holds nothing is not in it.
async fn tasks_of(tx: &mut WriteTx, leases: &[&LeaseRow]) -> ApiResult<HashMap<i64, Vec<TaskRow>>> {
    let mut tasks: HashMap<i64, Vec<TaskRow>> = HashMap::new();
    if leases.is_empty() {
        return Ok(tasks);
    }
    let fences: Vec<i64> = leases.iter().map(|lease| lease.fence).collect();
    for task in store::tasks::leased_under(tx.db(), &fences).await? {
        if let Some(fence) = task.lease {
            tasks.entry(fence).or_default().push(task);
        }
    }
    Ok(tasks)
}

/// What several heartbeats are about.
struct Known {
    leases: HashMap<i64, LeaseRow>,
    jobs: HashMap<String, Arc<JobRow>>,
    /// What each lease held and somebody else was first with.
    not_wanted: HashMap<i64, Vec<String>>,
}

impl Known {
    async fn read(tx: &mut WriteTx, beats: &[Beat]) -> ApiResult<Self> {
        let fences: BTreeSet<i64> = beats.iter().map(|beat| beat.fence.cast_signed()).collect();
        let fences: Vec<i64> = fences.into_iter().collect();
        let jobs: BTreeSet<&String> = beats.iter().map(|beat| &beat.job).collect();
        let jobs: Vec<String> = jobs.into_iter().cloned().collect();
        let leases = store::leases::find_all(tx.db(), &fences).await?;
        let jobs = store::jobs::find_all(tx.db(), &jobs).await?;
        let mut not_wanted: HashMap<i64, Vec<String>> = HashMap::new();
        for (fence, task) in store::task_copies::not_wanted(tx.db(), &fences).await? {
            not_wanted.entry(fence).or_default().push(store::tasks::id_text(task));
        }
        Ok(Self {
            leases: leases.into_iter().map(|lease| (lease.fence, lease)).collect(),
            jobs: jobs.into_iter().map(|job| (job.id.clone(), Arc::new(job))).collect(),
            not_wanted,
        })
    }

    /// `None`: it is not of this worker and job, or no longer.
    fn held(&self, beat: &Beat, now: Timestamp) -> Option<Held<'_>> {
        let lease = self.leases.get(&beat.fence.cast_signed())?;
        let job = self.jobs.get(&beat.job)?;
        if lease.worker != beat.worker || lease.job != beat.job {
            return None;
        }
        let has_ended = jobs::has_ended(job.status);
        let is_good = has_ended || lease.holding().admits(beat.fence, now).is_ok();
        is_good.then_some(Held { lease, job, has_ended })
    }
}

/// A lease that a worker may ask about.
struct Held<'k> {
    lease: &'k LeaseRow,
    job: &'k Arc<JobRow>,
    /// The job has: nothing is held of it any more, and nothing is written down.
    has_ended: bool,
}

impl<'k> Held<'k> {
    fn running(&self) -> Option<&'k LeaseRow> {
        (!self.has_ended).then_some(self.lease)
    }
}

/// Progress goes to whoever listens now and is not kept. Of a copy it is nobody's business: the frame has its own.
fn tell(app: &App, job: &JobRow, task: &TaskRow, worker: Address, progress: f32) {
    let fence = task.lease.unwrap_or_default();
    let at = app.clock.now();
    let progress = app.progress.set(task.seq, fence, progress, at);
    if task.kind == TaskKind::Copy {
        return;
    }
    let event = Event {
        seq: None,
        at: Time(at),
        data: EventData::TaskProgress {
            job: job.id.clone(),
            task: store::tasks::id_text(task.seq),
            frame: task.frame,
            progress,
            worker: AddressText(worker),
        },
    };
    let creator = AddressText(job.creator);
    passing::tell(app, Passing { event, creator, fence });
}
