//! Listening: a job came up, a frame was paid, the only job has ended.

use super::{numbers, shift::Shift};
use crate::{api::events::{EventStream, StreamItem}, view::AppEvent};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use veriframe_wire::{EventData, job::JobStatus};

/// Listens until `end`. Without a connection the slots poll.
pub(super) async fn listen(shift: Arc<Shift>, end: CancellationToken) {
    let ctx = shift.ctx.clone();
    let mut topics = vec!["market".to_owned(), format!("worker:{}", ctx.address)];
    topics.extend(shift.options.only_job.iter().map(|job| format!("job:{job}")));
    let mut stream = EventStream::open(ctx.api.clone(), topics, None, &ctx.tasks, &end);
    let counting = numbers::Refresher::start(&ctx, &end);
    counting.refresh();
    while let Some(item) = stream.next().await {
        match item {
            // Something may have come up while nobody listened.
            StreamItem::Connected => shift.announce(None),
            StreamItem::Lost => tracing::debug!("nothing is pushed: polling"),
            StreamItem::Event(event) => take(&shift, &counting, event.data),
        }
    }
}

fn take(shift: &Shift, counting: &numbers::Refresher, event: EventData) {
    let me = shift.ctx.address;
    match event {
        EventData::JobAvailable { job, .. } => {
            if shift.options.only_job.as_ref().is_none_or(|only| *only == job) {
                shift.announce(Some(job));
            }
        }
        EventData::JobCompleted { job, .. } | EventData::JobFailed { job, .. } | EventData::JobCancelled { job, .. } => {
            if shift.options.only_job.as_deref() == Some(&*job) {
                shift.only_job_ended();
            }
        }
        EventData::JobUpdated { job, status, .. } => {
            if shift.options.only_job.as_deref() == Some(&*job) && status == JobStatus::Expired {
                shift.only_job_ended();
            }
        }
        EventData::Payout { worker, .. } if worker.0 == me => {
            counting.refresh();
            shift.ctx.tell(AppEvent::Earnings);
            shift.ctx.tell(AppEvent::Wallet);
        }
        EventData::TaskRejected { worker, frame, reason, .. } if worker.0 == me => {
            shift.ctx.provider.update(|activity| {
                activity.last_trouble = format!("Frame {frame} was not accepted: {reason}");
            });
            counting.refresh();
            shift.ctx.tell(AppEvent::Earnings);
        }
        EventData::TaskSubmitted { worker, .. } | EventData::TaskVerified { worker, .. } if worker.0 == me => {
            counting.refresh();
        }
        EventData::ReputationUpdated { worker, .. } if worker.0 == me => counting.refresh(),
        EventData::Payout { .. }
        | EventData::TaskRejected { .. }
        | EventData::TaskSubmitted { .. }
        | EventData::TaskVerified { .. }
        | EventData::ReputationUpdated { .. }
        | EventData::WorkerRegistered { .. }
        | EventData::WorkerVerified { .. }
        | EventData::WorkerStatus { .. }
        | EventData::JobCreated { .. }
        | EventData::JobAssigned { .. }
        | EventData::TaskProgress { .. }
        | EventData::TaskUpdated { .. }
        | EventData::BalanceChanged { .. } => {}
    }
}
