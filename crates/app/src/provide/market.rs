//! Listening: a job came up, a frame was paid, the only job has ended.

use super::{Whose, numbers, shift::Shift};
use crate::{
    api::events::{EventStream, StreamItem},
    settings,
    view::AppEvent,
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use veriframe_core::Amount;
use veriframe_wire::{EventData, job::JobStatus};

/// A stretch of work is over when nothing was paid for this long and no slot is busy.
const PAUSE: Duration = Duration::from_secs(3);

/// Listens until `end`. Without a connection the slots poll.
pub(super) async fn listen(shift: Arc<Shift>, end: CancellationToken) {
    let ctx = shift.ctx.clone();
    // Those that are this account's own, as "jobs".
    let topics = vec![
        "market".to_owned(),
        format!("worker:{}", ctx.address),
        "jobs".to_owned(),
    ];
    let mut stream = EventStream::open(ctx.api.clone(), topics, None, &ctx.tasks, &end);
    let counting = numbers::Refresher::start(&ctx, &end);
    counting.refresh();
    let mut paid = Paid::default();
    loop {
        let item = tokio::select! {
            item = stream.next() => item,
            () = tokio::time::sleep(PAUSE), if paid.frames > 0 => {
                paid.tell_when_idle(&shift).await;
                continue;
            }
        };
        match item {
            // Something may have come up while nobody listened.
            Some(StreamItem::Connected) => {
                shift.own_may_wait.store(true, Ordering::Relaxed);
                shift.announce(None);
            }
            Some(StreamItem::Lost) => tracing::debug!("nothing is pushed: polling"),
            Some(StreamItem::Event(event)) => {
                if let EventData::TaskRejected { worker, .. } = &event.data
                    && worker.0 == ctx.address
                    && let Err(error) = numbers::count_rejected(&ctx).await
                {
                    tracing::debug!(%error, "a rejected frame was not counted");
                }
                take(&shift, &counting, &mut paid, event.data);
            }
            None => return,
        }
    }
}

/// What came in since the person was last told.
#[derive(Default)]
struct Paid {
    amount: Amount,
    frames: u32,
}

impl Paid {
    /// One notice for a stretch of work, not one for each frame.
    async fn tell_when_idle(&mut self, shift: &Shift) {
        let activity = shift.ctx.provider.look();
        if !activity.slots.is_empty() || activity.handing_in > 0 {
            return;
        }
        let Self { amount, frames } = std::mem::take(self);
        if amount == Amount::ZERO {
            return;
        }
        if !settings::present(&shift.ctx)
            .await
            .is_ok_and(|settings| settings.notify_payout)
        {
            return;
        }
        shift.ctx.tell(AppEvent::Notice {
            tone: "ok".to_owned(),
            title: format!("{} {} earned", amount.to_credits(), shift.ctx.known_money().unit()),
            detail: match frames {
                1 => "A frame was verified and paid.".to_owned(),
                frames => format!("{frames} frames were verified and paid."),
            },
            job: String::new(),
        });
    }
}

fn take(shift: &Shift, counting: &numbers::Refresher, paid: &mut Paid, event: EventData) {
    let me = shift.ctx.address;
    match event {
        EventData::JobAvailable { job, .. } => {
            if !matches!(&shift.controls.whose, Whose::Job(only) if *only != job) {
                shift.announce(Some(job));
            }
        }
        EventData::JobCompleted { job, .. }
        | EventData::JobFailed { job, .. }
        | EventData::JobCancelled { job, .. } => {
            jobs_may_have_ended(shift, Some(&job));
        }
        EventData::JobCreated { creator, .. } if creator.0 == me => shift.own_may_wait.store(true, Ordering::Relaxed),
        EventData::JobUpdated { job, status, .. } => match status {
            JobStatus::Open | JobStatus::Rendering => {
                // Posted, resumed, or put elsewhere in the order.
                shift.own_may_wait.store(true, Ordering::Relaxed);
                jobs_may_have_ended(shift, None);
            }
            JobStatus::Expired => jobs_may_have_ended(shift, Some(&job)),
            JobStatus::Paused => jobs_may_have_ended(shift, None),
            _ => {}
        },
        EventData::Payout { worker, amount, .. } if worker.0 == me => {
            paid.amount = paid.amount.checked_add(amount.0).unwrap_or(paid.amount);
            paid.frames += 1;
            counting.refresh();
            shift.ctx.tell(AppEvent::Earnings);
            shift.ctx.tell(AppEvent::Wallet);
        }
        EventData::TaskRejected {
            worker, frame, reason, ..
        } if worker.0 == me => {
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

/// A job has ended, or something else is to be rendered now (`None`). Of several own jobs another may have work: that is
/// looked at when the next is claimed.
fn jobs_may_have_ended(shift: &Shift, ended: Option<&str>) {
    match &shift.controls.whose {
        Whose::Job(only) if ended == Some(&**only) => shift.jobs_have_ended(),
        Whose::Own | Whose::Job(_) => shift.announce(None),
        Whose::Anyone => {}
    }
}
