//! Rendering the frames of one job with all slots of this computer.

use super::{Direct, job::Taken};
use crate::{
    provide::{
        bench::{Bench, Means, Order},
        kept::{self, Kept},
        plan::Plan,
        scenes::Scenes,
        trouble::{self, Reach, Trouble},
    },
    view::CommandError,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use veriframe_wire::lease::{Lease, LeasedTask};

/// A frame that fails so often is left out, and not paid.
const TRIES: u32 = 2;
/// After so many troubles of the computer in a row, such as a full disk, what is rendered has to do.
const COMPUTER_TROUBLES: u32 = 5;
const REST: Duration = Duration::from_secs(10);

/// What came of a job's frames.
pub(super) enum Rendered {
    /// Every frame was rendered or given up.
    Finished(Vec<Kept>),
    /// This worker stops; the job stays its own.
    Interrupted,
}

/// Renders until every frame is done or given up, `over` is cancelled (there is no more time), or the worker stops.
pub(super) async fn render(
    direct: &Direct,
    plan: &Plan,
    scenes: &Scenes,
    job: &Taken,
    over: &CancellationToken,
) -> Result<Rendered, CommandError> {
    let lease = job.offer.lease(&job.key);
    let mut queue = Queue::default();
    for task in &lease.tasks {
        match kept::find(&direct.ctx, &lease, task).await {
            Ok(Some(kept)) => queue.rendered.push(kept),
            Ok(None) => queue.open.push_back(task.clone()),
            Err(error) => {
                tracing::warn!(%error, "the journal of finished frames could not be read");
                queue.open.push_back(task.clone());
            }
        }
    }
    let work = Work {
        direct,
        plan,
        scenes,
        job,
        lease: &lease,
        over,
        queue: Mutex::new(queue),
    };
    let slots = (0..plan.limits.slots).map(|number| work.slot(Bench::new(number)));
    futures_util::future::join_all(slots).await;
    let queue = work.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
    if direct.controls.is_stopping() && !queue.open.is_empty() && !over.is_cancelled() {
        return Ok(Rendered::Interrupted);
    }
    Ok(Rendered::Finished(queue.rendered))
}

#[derive(Default)]
struct Queue {
    open: VecDeque<LeasedTask>,
    rendered: Vec<Kept>,
    failures: HashMap<i32, u32>,
    computer_troubles: u32,
}

struct Work<'a> {
    direct: &'a Direct,
    plan: &'a Plan,
    scenes: &'a Scenes,
    job: &'a Taken,
    lease: &'a Lease,
    over: &'a CancellationToken,
    queue: Mutex<Queue>,
}

impl Work<'_> {
    async fn slot(&self, mut bench: Bench) {
        let means = Means {
            ctx: &self.direct.ctx,
            plan: self.plan,
            scenes: self.scenes,
            controls: &self.direct.controls,
        };
        let order = Order {
            lease: self.lease,
            over: self.over,
        };
        while let Some(task) = self.next() {
            match bench.render(means, order, &task, |_| ()).await {
                Ok(kept) => self.rendered(kept),
                Err(trouble) => {
                    bench.let_go().await;
                    self.failed(task, trouble).await;
                }
            }
        }
        bench.close(&self.direct.ctx).await;
    }

    fn next(&self) -> Option<LeasedTask> {
        if self.over.is_cancelled() || self.direct.controls.is_stopping() {
            return None;
        }
        self.queue().open.pop_front()
    }

    fn rendered(&self, kept: Kept) {
        let detail = {
            let mut queue = self.queue();
            queue.computer_troubles = 0;
            queue.rendered.push(kept);
            format!("{} of {}", queue.rendered.len(), self.lease.tasks.len())
        };
        self.direct.tell(self.job, "rendered", None, detail);
    }

    async fn failed(&self, task: LeasedTask, trouble: Trouble) {
        let Trouble::Failed {
            reason,
            message,
            log,
            reach,
        } = trouble
        else {
            self.queue().open.push_front(task);
            return;
        };
        let sentence = trouble::tell(&self.direct.ctx, self.lease, task.frame, reason, &message, &log);
        self.direct.tell(self.job, "trouble", None, sentence);
        if self.queue().note_failure(task, reach) {
            let rest = async {
                tokio::select! {
                    () = self.over.cancelled() => {}
                    () = self.direct.controls.stopping() => {}
                }
            };
            let _ = tokio::time::timeout(REST, rest).await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Whether to rest before the next frame.
    fn note_failure(&mut self, task: LeasedTask, reach: Reach) -> bool {
        match reach {
            Reach::Job => self.open.clear(),
            Reach::Frame => {
                let failures = self.failures.entry(task.frame).or_default();
                *failures += 1;
                if *failures < TRIES {
                    self.open.push_back(task);
                }
            }
            Reach::Computer => {
                self.computer_troubles += 1;
                if self.computer_troubles >= COMPUTER_TROUBLES {
                    self.open.clear();
                } else {
                    self.open.push_front(task);
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provide::direct::offer::tests::offer;

    fn queue() -> Queue {
        Queue {
            open: offer(|_| ()).unwrap().lease("direct-7").tasks.into(),
            ..Queue::default()
        }
    }

    #[test]
    fn a_frame_that_fails_twice_is_left_out() {
        let mut queue = queue();
        let first = queue.open.pop_front().unwrap();
        assert!(!queue.note_failure(first.clone(), Reach::Frame));
        assert_eq!(queue.open.back(), Some(&first));
        let again = queue.open.pop_back().unwrap();
        queue.note_failure(again, Reach::Frame);
        assert_eq!(queue.open.len(), 4);
    }

    #[test]
    fn a_scene_that_cannot_work_is_given_up_at_once() {
        let mut queue = queue();
        let first = queue.open.pop_front().unwrap();
        assert!(!queue.note_failure(first, Reach::Job));
        assert!(queue.open.is_empty());
    }

    #[test]
    fn a_full_disk_is_waited_for_but_not_for_ever() {
        let mut queue = queue();
        for _ in 1..COMPUTER_TROUBLES {
            let task = queue.open.pop_front().unwrap();
            assert!(queue.note_failure(task, Reach::Computer));
        }
        let task = queue.open.pop_front().unwrap();
        assert!(!queue.note_failure(task, Reach::Computer));
        assert!(queue.open.is_empty());
    }
}
