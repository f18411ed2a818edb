//! Why nothing happens on a job, in sentences for its creator.

use super::WhyNot;
use crate::Ineligible;
use std::fmt;

/// The workers that are online, as one job sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workers {
    pub online: u32,
    /// Could take the job.
    pub able: u32,
    /// Of those, with a free slot.
    pub idle: u32,
    pub no_blender: u32,
    pub newer_blender: u32,
    pub engine: u32,
    pub denoiser: u32,
    pub memory: u32,
    pub device: u32,
    pub price: u32,
    pub reputation: u32,
    pub unreadable: u32,
}

impl Workers {
    /// One more worker that is online.
    pub fn count(&mut self, why_not: Option<&WhyNot>, free_slots: u32) {
        self.online += 1;
        let Some(why_not) = why_not else {
            self.able += 1;
            self.idle += u32::from(free_slots > 0);
            return;
        };
        *match why_not {
            WhyNot::Distrusted { .. } | WhyNot::Reputation { .. } => &mut self.reputation,
            WhyNot::Price { .. } => &mut self.price,
            WhyNot::Device { .. } => &mut self.device,
            WhyNot::Unreadable => &mut self.unreadable,
            WhyNot::Blender(why) => match why {
                Ineligible::NoBlender => &mut self.no_blender,
                Ineligible::TooOld { .. } => &mut self.newer_blender,
                Ineligible::Engine { .. } => &mut self.engine,
                Ineligible::Denoiser { .. } => &mut self.denoiser,
                Ineligible::Memory { .. } => &mut self.memory,
            },
        } += 1;
    }

    /// Reasons of those who cannot take it, the most frequent first.
    pub fn reasons(&self) -> Vec<(u32, &'static str, &'static str)> {
        let mut reasons = vec![
            (self.newer_blender, "needs a newer Blender", "need a newer Blender"),
            (self.no_blender, "has no Blender", "have no Blender"),
            (self.engine, "cannot run the engine", "cannot run the engine"),
            (self.denoiser, "lacks the denoiser", "lack the denoiser"),
            (self.memory, "has too little memory", "have too little memory"),
            (self.device, "lacks the device", "lack the device"),
            (
                self.unreadable,
                "cannot tell what it needs",
                "cannot tell what it needs",
            ),
            (self.price, "asks for more", "ask for more"),
            (
                self.reputation,
                "has too little reputation",
                "have too little reputation",
            ),
        ];
        reasons.retain(|&(count, ..)| count > 0);
        reasons.sort_by_key(|&(count, ..)| std::cmp::Reverse(count));
        reasons
    }
}

/// What stands in the way of a job, or that nothing does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    Ended,
    Paused,
    /// Its workers wait until the payment is seen, or another thing outside.
    AllInHands {
        tasks: u32,
        /// Of those, frames that a second worker renders, too.
        copied: u32,
    },
    /// Every frame is in; so many checks are not done.
    OnlyChecks {
        checks: u32,
    },
    NobodyOnline,
    NobodyFits(Workers),
    /// Those who could are at work.
    AllBusy(Workers),
    /// Somebody could take it at any moment.
    Soon(Workers),
}

/// How a job stands.
#[derive(Clone, Copy, Debug)]
pub struct JobStands {
    pub ended: bool,
    pub paused: bool,
    pub queued: u32,
    /// In somebody's hands.
    pub leased: u32,
    /// Of those, frames that a second worker renders, to be sooner.
    pub copied: u32,
    /// Frames that are in and not decided.
    pub checking: u32,
}

pub fn explain(job: JobStands, workers: Workers) -> Explanation {
    if job.ended {
        return Explanation::Ended;
    }
    if job.paused {
        return Explanation::Paused;
    }
    match (job.queued, job.leased) {
        (0, 0) => Explanation::OnlyChecks { checks: job.checking },
        (0, tasks) => Explanation::AllInHands {
            tasks,
            copied: job.copied,
        },
        _ if workers.online == 0 => Explanation::NobodyOnline,
        _ if workers.able == 0 => Explanation::NobodyFits(workers),
        _ if workers.idle == 0 => Explanation::AllBusy(workers),
        _ => Explanation::Soon(workers),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("The job has ended."),
            Self::Paused => f.write_str("The job is paused: resume it."),
            Self::AllInHands { tasks: 1, copied: 0 } => f.write_str("The last task is in a worker's hands."),
            Self::AllInHands { tasks: 1, .. } => {
                f.write_str("The last task is in a worker's hands, and a second one renders it, too, to be sooner.")
            }
            Self::AllInHands { tasks, copied } => {
                write!(f, "All {tasks} tasks that are left are in workers' hands")?;
                match copied {
                    0 => f.write_str("."),
                    1 => f.write_str("; one of them is rendered by a second worker, too, to be sooner."),
                    _ => write!(
                        f,
                        "; {copied} of them are rendered by a second worker, too, to be sooner."
                    ),
                }
            }
            Self::OnlyChecks { checks: 0 } => f.write_str("Nothing is left to do."),
            Self::OnlyChecks { checks: 1 } => f.write_str("Every frame is in; one is being checked."),
            Self::OnlyChecks { checks } => write!(f, "Every frame is in; {checks} are being checked."),
            Self::NobodyOnline => f.write_str("No worker is online."),
            Self::NobodyFits(workers) => {
                are_online(f, workers.online)?;
                reasons(f, workers)
            }
            Self::AllBusy(workers) => {
                are_online(f, workers.online)?;
                let able = workers.able;
                let busy = if able == 1 { "is busy" } else { "are busy" };
                write!(f, ": {able} could take it and {busy}")?;
                more_reasons(f, workers)
            }
            Self::Soon(workers) => {
                are_online(f, workers.online)?;
                write!(f, ": {} could take it, {} with a free slot", workers.able, workers.idle)?;
                more_reasons(f, workers)
            }
        }
    }
}

fn are_online(f: &mut fmt::Formatter<'_>, count: u32) -> fmt::Result {
    match count {
        1 => f.write_str("1 worker is online"),
        _ => write!(f, "{count} workers are online"),
    }
}

fn reasons(f: &mut fmt::Formatter<'_>, workers: &Workers) -> fmt::Result {
    for (index, (count, one, many)) in workers.reasons().into_iter().enumerate() {
        let between = if index == 0 { ": " } else { ", " };
        write!(f, "{between}{count} {}", if count == 1 { one } else { many })?;
    }
    f.write_str(".")
}

fn more_reasons(f: &mut fmt::Formatter<'_>, workers: &Workers) -> fmt::Result {
    for (count, one, many) in workers.reasons() {
        write!(f, ", {count} {}", if count == 1 { one } else { many })?;
    }
    f.write_str(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Amount;

    const OPEN: JobStands = JobStands {
        ended: false,
        paused: false,
        queued: 5,
        leased: 0,
        copied: 0,
        checking: 0,
    };

    fn too_old() -> WhyNot {
        WhyNot::Blender(Ineligible::TooOld {
            needs: "4.2".to_owned(),
            has: "3.4.1".to_owned(),
        })
    }

    fn too_dear() -> WhyNot {
        WhyNot::Price {
            pays: Amount::credits(1),
            asks: Amount::credits(2),
            unit: "credits",
        }
    }

    fn text(job: JobStands, workers: &Workers) -> String {
        explain(job, workers.clone()).to_string()
    }

    #[test]
    fn whoever_is_online_is_counted_by_reason() {
        let mut workers = Workers::default();
        assert_eq!(text(OPEN, &workers), "No worker is online.");
        for _ in 0..3 {
            workers.count(Some(&too_old()), 1);
        }
        workers.count(Some(&too_dear()), 1);
        assert_eq!(
            text(OPEN, &workers),
            "4 workers are online: 3 need a newer Blender, 1 asks for more."
        );
        workers.count(None, 0);
        assert_eq!(
            text(OPEN, &workers),
            "5 workers are online: 1 could take it and is busy, 3 need a newer Blender, 1 asks for more."
        );
        workers.count(None, 2);
        assert!(text(OPEN, &workers).starts_with("6 workers are online: 2 could take it, 1 with a free slot, 3 need"));
    }

    #[test]
    fn how_the_job_stands_comes_first() {
        let nobody = Workers::default();
        let says = |job, begins| assert!(text(job, &nobody).starts_with(begins), "{}", text(job, &nobody));
        says(JobStands { ended: true, ..OPEN }, "The job has ended");
        says(JobStands { paused: true, ..OPEN }, "The job is paused");
        says(
            JobStands {
                queued: 0,
                leased: 3,
                ..OPEN
            },
            "All 3 tasks that are left are in workers' hands.",
        );
        says(
            JobStands {
                queued: 0,
                leased: 1,
                copied: 1,
                ..OPEN
            },
            "The last task is in a worker's hands, and a second one",
        );
        says(
            JobStands {
                queued: 0,
                checking: 2,
                ..OPEN
            },
            "Every frame is in; 2",
        );
    }
}
