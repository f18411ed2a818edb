//! A lease that this worker holds: kept alive by heartbeats until it is dropped, is lost or its job stops.

use crate::{Context, api::ApiError, provide::outage};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use veriframe_wire::{
    ErrorCode,
    lease::{FailReason, FailRequest, HeartbeatRequest, Lease, LeasedTask, TaskProgress},
};

const HEARTBEAT_EVERY: Duration = Duration::from_secs(20);
/// After a heartbeat that did not get through.
const HEARTBEAT_AGAIN: Duration = Duration::from_secs(5);
/// The creator sees a frame grow at most twice a second.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// Progress below this is not worth a request.
const PROGRESS_STEP: f32 = 0.01;
/// Giving work back is a courtesy: the lease ends by itself.
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(3);
const GIVE_BACK_EVERY: Duration = Duration::from_secs(5);
const GIVE_BACK_AGAIN: u32 = 24;
const LOG_BYTES_AT_MOST: usize = 8 << 10;

/// Shared by the slot that renders and the uploads that hand in.
pub(super) struct HeldLease {
    pub lease: Lease,
    shared: Arc<Shared>,
}

struct Shared {
    /// Cancelled when the tasks are not ours any more.
    over: CancellationToken,
    why: Mutex<Option<Over>>,
    /// By task, a child of `over`: cancelled as well when the task is not wanted any more.
    of_tasks: BTreeMap<String, CancellationToken>,
    /// Cancelled when nobody needs the lease.
    let_go: CancellationToken,
    progress: watch::Sender<BTreeMap<String, f32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The job was cancelled or has ended, or it is paused and nothing was begun.
    JobStopped,
    /// The lease ran out, or the tasks went to another worker.
    Lost,
}

impl HeldLease {
    /// Starts the heartbeats, as a task of the context.
    pub fn hold(ctx: &Arc<Context>, lease: Lease) -> Arc<Self> {
        let shared = Arc::new(Shared::of(&lease.tasks));
        ctx.tasks.spawn(beat(
            ctx.clone(),
            shared.clone(),
            lease.job.clone(),
            lease.id.clone(),
            lease.fence,
        ));
        Arc::new(Self { lease, shared })
    }

    /// Cancelled when the task is not ours any more, with the others or alone.
    pub(crate) fn is_over_for(&self, task: &str) -> &CancellationToken {
        self.shared.of_tasks.get(task).unwrap_or(&self.shared.over)
    }

    /// Whether the task is still ours to render: somebody else may have been first.
    pub fn wants(&self, task: &str) -> bool {
        !self.is_over_for(task).is_cancelled()
    }

    pub(crate) fn why_over(&self) -> Option<Over> {
        *self.shared.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The coordinator refused what was said of this task. It may be the task alone that is not ours any more: the next
    /// heartbeat tells, and comes soon.
    pub(crate) fn is_lost_for(&self, task: &str) {
        if self.shared.of_tasks.len() > 1 {
            self.shared.progress.send_modify(|all| {
                all.remove(task);
            });
        } else {
            self.shared.end(Over::Lost);
        }
    }

    /// How far a frame is, 0 to 1; sent with the next heartbeat, which comes soon.
    pub fn report(&self, task: &str, progress: f32) {
        self.shared.progress.send_if_modified(|all| {
            let known = all.get(task).copied();
            let worth_it = known.is_none_or(|known| (progress - known).abs() >= PROGRESS_STEP);
            if worth_it {
                all.insert(task.to_owned(), progress.clamp(0.0, 1.0));
            }
            worth_it
        });
    }

    /// The frame is in: its progress is not reported any more.
    pub(crate) fn is_done(&self, task: &str) {
        self.shared.progress.send_if_modified(|all| {
            all.remove(task);
            false
        });
    }

    /// Gives one task back with the reason. What the coordinator cannot write down now it is told again, beside other work.
    pub async fn fail(&self, ctx: &Context, task: Option<&LeasedTask>, reason: FailReason, message: &str, log: &str) {
        if let Some(task) = task {
            self.is_done(&task.id);
        }
        let why_over = self.why_over();
        let somebody_was_first = why_over.is_none() && task.is_some_and(|task| !self.wants(&task.id));
        if why_over == Some(Over::Lost) || somebody_was_first {
            return;
        }
        let request = FailRequest {
            lease_id: self.lease.id.clone(),
            fence: self.lease.fence,
            task: task.map(|task| task.id.clone()),
            reason,
            message: message.to_owned(),
            log_tail: tail(log, LOG_BYTES_AT_MOST).to_owned(),
        };
        match timeout(GIVE_BACK_WITHIN, ctx.api.fail(&self.lease.job, &request)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                match task {
                    Some(task) if is_gone(&error) => self.is_lost_for(&task.id),
                    None if is_gone(&error) => self.shared.end(Over::Lost),
                    _ => give_back_later(ctx, self.lease.job.clone(), request),
                }
                tracing::debug!(%error, ?reason, "a task could not be given back");
            }
            Err(_) => {
                tracing::debug!(?reason, "a task was given back without an answer");
                give_back_later(ctx, self.lease.job.clone(), request);
            }
        }
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.shared.let_go.cancel();
    }
}

impl Shared {
    fn of(tasks: &[LeasedTask]) -> Self {
        let over = CancellationToken::new();
        let of_tasks = tasks.iter().map(|task| (task.id.clone(), over.child_token()));
        Self {
            of_tasks: of_tasks.collect(),
            over,
            why: Mutex::default(),
            let_go: CancellationToken::new(),
            progress: watch::Sender::new(BTreeMap::new()),
        }
    }

    /// Somebody else was first with this task.
    fn is_not_wanted(&self, task: &str) {
        if let Some(over) = self.of_tasks.get(task).filter(|over| !over.is_cancelled()) {
            tracing::info!(task, "another worker was first");
            over.cancel();
        }
        self.progress.send_if_modified(|all| {
            all.remove(task);
            false
        });
    }

    fn end(&self, why: Over) {
        self.why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(why);
        self.over.cancel();
    }
}

/// Whether the coordinator says that the tasks are not this worker's any more.
pub(super) fn is_gone(error: &ApiError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::LeaseLost | ErrorCode::NotFound | ErrorCode::InvalidState | ErrorCode::Forbidden)
    )
}

/// As a task of the context, for as long as the lease may last.
fn give_back_later(ctx: &Context, job: String, request: FailRequest) {
    let api = ctx.api.clone();
    let again = async move {
        for _ in 0..GIVE_BACK_AGAIN {
            tokio::time::sleep(GIVE_BACK_EVERY).await;
            match api.fail(&job, &request).await {
                Err(error) if !is_gone(&error) => {}
                _ => return,
            }
        }
    };
    let end = ctx.shutdown.clone();
    ctx.tasks.spawn(async move { end.run_until_cancelled(again).await });
}

async fn beat(ctx: Arc<Context>, shared: Arc<Shared>, job: String, lease_id: String, fence: u64) {
    let mut progress = shared.progress.subscribe();
    let mut due = Instant::now() + HEARTBEAT_EVERY;
    let mut not_before = Instant::now() + PROGRESS_EVERY;
    loop {
        tokio::select! {
            () = shared.let_go.cancelled() => return,
            () = sleep_until(due) => {}
            _ = progress.changed() => tokio::select! {
                () = shared.let_go.cancelled() => return,
                () = sleep_until(not_before.min(due)) => {}
            },
        }
        let request = HeartbeatRequest {
            lease_id: lease_id.clone(),
            fence,
            progress: progress
                .borrow_and_update()
                .iter()
                .map(|(task, &progress)| TaskProgress {
                    task: task.clone(),
                    progress,
                })
                .collect(),
        };
        let answer = tokio::select! {
            () = shared.let_go.cancelled() => return,
            answer = ctx.api.heartbeat(&job, &request) => answer,
        };
        let now = Instant::now();
        due = now + HEARTBEAT_EVERY;
        not_before = now + PROGRESS_EVERY;
        match answer {
            Ok(answer) => {
                outage::over(&ctx);
                answer.not_wanted.iter().for_each(|task| shared.is_not_wanted(task));
                if !answer.go_on {
                    return shared.end(Over::JobStopped);
                }
            }
            Err(error) if is_gone(&error) => return shared.end(Over::Lost),
            Err(error) => {
                tracing::warn!(%error, job, "a heartbeat did not get through");
                if error.is_temporary() {
                    outage::began(&ctx, HEARTBEAT_AGAIN);
                }
                due = now + HEARTBEAT_AGAIN;
                not_before = due;
            }
        }
    }
}

/// The end of a text, cut between characters.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_wire::job::TaskKind;

    #[test]
    fn a_task_that_somebody_was_first_with_leaves_the_others_alone() {
        let tasks = ["t1", "t2"].map(|id| LeasedTask {
            id: id.to_owned(),
            frame: 1,
            kind: TaskKind::Frame,
        });
        let shared = Shared::of(&tasks);
        shared.progress.send_modify(|all| {
            all.insert("t1".to_owned(), 0.5);
        });
        shared.is_not_wanted("t1");
        shared.is_not_wanted("a stranger's");
        assert!(shared.of_tasks["t1"].is_cancelled() && !shared.of_tasks["t2"].is_cancelled());
        assert!(shared.progress.borrow().is_empty() && !shared.over.is_cancelled());
        shared.end(Over::Lost);
        assert!(shared.of_tasks["t2"].is_cancelled());
    }

    #[test]
    fn a_tail_is_cut_between_characters() {
        assert_eq!(tail("abc", 8), "abc");
        assert_eq!(tail("aéé", 3), "é");
    }
}
