//! Which of the frames that others hold a worker should render as well.

use crate::{
    progress::Progress,
    store::{self, in_hands::InHand, jobs::JobRow},
};
use sqlx::AnyConnection;
use std::collections::{BTreeSet, HashMap, HashSet};
use veriframe_core::{
    Address, Timestamp,
    schedule::{Asking, Held, speed::Measured, worth_copying},
};
use veriframe_wire::job::TaskKind;

/// Tasks that are looked at, of all the jobs that are asked for: those of the oldest leases are the likeliest to be
/// late.
const LOOKED_AT: u32 = 1000;
/// Seconds that a worker needs around a frame: the scene to fetch and to open, the picture to send.
const AROUND: f64 = 5.0;

/// What workers hold of one job, lease by lease.
#[derive(Debug, Default)]
pub struct Hands {
    tasks: Vec<InHand>,
    /// Who failed what.
    failed: HashMap<i64, HashSet<Address>>,
}

/// Who could render a copy.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    pub worker: Address,
    pub speed: f64,
    /// Seconds a frame of this job took it so far.
    pub measured: Option<f64>,
    /// The speed of the fastest worker that could take the job and holds nothing of it; `None`: not known.
    pub fastest: Option<f64>,
}

/// A frame that is worth a copy.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    pub task: i64,
    pub frame: i32,
    /// Seconds until its holder should hand it in.
    pub left: f64,
}

/// Of each job. One of which nobody holds anything, or no frame ever came in, is not in it: see
/// [`Hands::worth_copying`].
pub async fn read<'j>(
    db: &mut AnyConnection,
    jobs: impl IntoIterator<Item = &'j JobRow>,
) -> Result<HashMap<String, Hands>, sqlx::Error> {
    let measured = jobs.into_iter().filter(|job| job.measured.per_frame().is_some());
    let jobs: BTreeSet<&str> = measured.map(|job| job.id.as_str()).collect();
    if jobs.is_empty() {
        return Ok(HashMap::new());
    }
    let tasks = store::in_hands::of_jobs(db, &jobs, LOOKED_AT).await?;
    let failed: Vec<i64> = tasks
        .iter()
        .filter(|task| task.failures > 0)
        .map(|task| task.seq)
        .collect();
    let failed = if failed.is_empty() {
        Vec::new()
    } else {
        store::failures::of_tasks(db, failed).await?
    };
    let mut failures: HashMap<i64, HashSet<Address>> = HashMap::new();
    for (task, worker) in failed {
        failures.entry(task).or_default().insert(worker);
    }
    let mut hands: HashMap<String, Hands> = HashMap::new();
    for task in tasks {
        let hands = hands.entry(task.job.clone()).or_default();
        if let Some(failed) = failures.remove(&task.seq) {
            hands.failed.insert(task.seq, failed);
        }
        hands.tasks.push(task);
    }
    Ok(hands)
}

impl Hands {
    /// The frame that the worker should render as well, when that pays. Never before a frame of the job came in: how
    /// much work it is would be a guess.
    pub fn worth_copying(
        &self,
        asker: Asker,
        measured: Measured,
        progress: &Progress,
        now: Timestamp,
    ) -> Option<Worth> {
        let work = measured.per_frame()?;
        let (mut frames, mut held) = (Vec::new(), Vec::new());
        let (mut fence, mut before) = (0, 0.0);
        for task in &self.tasks {
            if task.fence != fence {
                (fence, before) = (task.fence, 0.0);
            }
            let expected = task.pace.seconds_per_frame().unwrap_or(work / task.speed);
            if task.kind == TaskKind::Frame {
                let failed = self.failed.get(&task.seq);
                held.push(Held {
                    elapsed: (now.0 - task.since.0) as f64 / 1000.0 - before,
                    expected,
                    progress: f64::from(progress.get(task.seq, task.fence)),
                    copied: task.copied,
                    barred: task.worker == asker.worker || failed.is_some_and(|failed| failed.contains(&asker.worker)),
                });
                frames.push(task);
            }
            before += expected;
        }
        let expected = asker.measured.unwrap_or(work / asker.speed) + AROUND;
        let asking = Asking {
            expected,
            fastest: asker.fastest.map_or(expected, |speed| work / speed + AROUND),
        };
        worth_copying(&held, asking).map(|index| Worth {
            task: frames[index].seq,
            frame: frames[index].frame,
            left: held[index].left(),
        })
    }

    /// Somebody renders a copy of it from now on.
    pub fn is_copied(&mut self, frame: i64) {
        for task in self.tasks.iter_mut().filter(|task| task.seq == frame) {
            task.copied = true;
        }
    }

    pub fn holds(&self, worker: Address) -> bool {
        self.tasks.iter().any(|task| task.worker == worker)
    }
}
