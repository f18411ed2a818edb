//! The stages over a job: packed, pinned, paid, rendering, verified; without the two of money where nobody pays.

use super::{left::time_left, text};
use crate::{
    db::jobs::{DraftRow, DraftStage},
    view::{Stage, StageState},
};
use veriframe_wire::job::{Job, JobStatus};

const STAGES: [&str; 5] = ["packed", "pinned", "paid", "rendering", "verified"];
/// Of these, those that are of no one's interest where nobody pays.
const OF_MONEY: [&str; 2] = ["paid", "verified"];

/// How far the running stage of a draft is. Lives in memory only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DraftProgress {
    pub done: u64,
    /// 0: not known yet.
    pub total: u64,
    /// Since the stage began.
    pub seconds: f64,
    /// What it waits for, such as a coordinator that does not answer.
    pub waits: String,
    /// A person asked the upload to rest.
    pub is_paused: bool,
}

/// Stages of a draft that has no job yet.
pub(crate) fn of_draft(draft: &DraftRow, is_paid: bool, live: &DraftProgress) -> Vec<Stage> {
    let reached = match draft.stage {
        DraftStage::Packing => 0,
        DraftStage::Pinning => 1,
        DraftStage::Funding => 2,
        DraftStage::Posted => 3,
        // Where it stopped is the first stage without a duration.
        DraftStage::Failed | DraftStage::Cancelled => [draft.packed_ms, draft.pinned_ms, draft.funded_ms]
            .iter()
            .flatten()
            .count(),
    };
    let stopped = matches!(draft.stage, DraftStage::Failed | DraftStage::Cancelled);
    let labels = [
        if reached > 0 {
            packed(draft)
        } else {
            packing(draft, live)
        },
        if reached > 1 {
            pinned(draft.bytes)
        } else {
            pinning(draft, live, reached == 1 && !stopped)
        },
        if reached == 2 && !stopped {
            paying(live)
        } else {
            "Paid".to_owned()
        },
        "Rendering".to_owned(),
        "Verified".to_owned(),
    ];
    STAGES
        .into_iter()
        .zip(labels)
        .filter(|(id, _)| is_paid || !OF_MONEY.contains(id))
        .enumerate()
        .map(|(place, (id, label))| {
            let state = match place {
                _ if place < reached => StageState::Done,
                _ if place == reached && stopped => StageState::Failed,
                _ if place == reached => StageState::Active,
                _ => StageState::Waiting,
            };
            let progress = match state {
                StageState::Done => 1.0,
                StageState::Active => share(live.done, live.total),
                StageState::Failed | StageState::Waiting => 0.0,
            };
            Stage {
                id: id.to_owned(),
                label,
                state,
                progress,
            }
        })
        .collect()
}

/// Stages of a job that is posted. `draft` is what this computer remembers of posting it.
pub fn of_job(job: &Job, draft: Option<&DraftRow>) -> Vec<Stage> {
    let done = |id: &str, label: String| Stage {
        id: id.to_owned(),
        label,
        state: StageState::Done,
        progress: 1.0,
    };
    let counts = job.counts;
    let verified = counts.verified + counts.paid;
    let rendered = verified + counts.submitted;
    let total = rendered + counts.queued + counts.leased + counts.failed + counts.cancelled;
    let mut stages = vec![
        done(
            "packed",
            draft.map_or_else(
                || format!("Packed · {}", text::count(job.summary.files.into(), "file", "files")),
                packed,
            ),
        ),
        done("pinned", pinned(job.summary.bytes)),
        done("paid", paid(job)),
        Stage {
            id: "rendering".to_owned(),
            label: rendering_label(job, rendered, total),
            state: running_state(job.status, rendered, total),
            progress: share(rendered.into(), total.into()),
        },
        Stage {
            id: "verified".to_owned(),
            label: format!("Verified · {verified}"),
            state: match running_state(job.status, verified, total) {
                StageState::Active if verified == 0 && counts.submitted == 0 => StageState::Waiting,
                state => state,
            },
            progress: share(verified.into(), total.into()),
        },
    ];
    if !job.money().is_paid() {
        stages.retain(|stage| !OF_MONEY.contains(&stage.id.as_str()));
    }
    stages
}

fn running_state(status: JobStatus, done: u32, total: u32) -> StageState {
    match status {
        _ if total > 0 && done == total => StageState::Done,
        JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired => StageState::Failed,
        JobStatus::Open => StageState::Waiting,
        JobStatus::Complete => StageState::Done,
        JobStatus::Rendering | JobStatus::Verifying | JobStatus::Paused => StageState::Active,
    }
}

fn rendering_label(job: &Job, rendered: u32, total: u32) -> String {
    let so_far = format!("{rendered} of {total}");
    match job.status {
        JobStatus::Open if job.money().is_paid() => "Waiting for a worker".to_owned(),
        JobStatus::Open => "Rendering".to_owned(),
        JobStatus::Paused => format!("Paused · {so_far}"),
        JobStatus::Rendering => match time_left(job) {
            Some(seconds) => format!("Rendering · {so_far} · {} left", text::seconds(seconds)),
            None => format!("Rendering · {so_far}"),
        },
        JobStatus::Verifying | JobStatus::Complete => format!("Rendered · {so_far}"),
        JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired => format!("Stopped · {so_far}"),
    }
}

fn paid(job: &Job) -> String {
    let used = job.spent.0.checked_add(job.refunded.0).unwrap_or(job.cap.0);
    let escrow = job.cap.0.checked_sub(used).unwrap_or_default();
    match job.status {
        JobStatus::Complete | JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired => {
            format!(
                "Paid · {} spent, {} back",
                job.spent.0.to_credits(),
                job.refunded.0.to_credits()
            )
        }
        _ => format!("Paid · {} in escrow", escrow.to_credits()),
    }
}

fn packing(draft: &DraftRow, live: &DraftProgress) -> String {
    match draft.stage {
        DraftStage::Packing if !live.waits.is_empty() => format!("Packed, {}", live.waits),
        DraftStage::Packing if live.total > 0 => {
            format!("Packing, {} of {}", text::bytes(live.done), text::bytes(live.total))
        }
        _ => "Packing".to_owned(),
    }
}

fn packed(draft: &DraftRow) -> String {
    match draft.packed_ms {
        Some(ms) => format!("Packed · {}", text::seconds(ms as f64 / 1000.0)),
        None => "Packed".to_owned(),
    }
}

/// `Pinning, 41 of 184 MB, 12 MB/s, 12 s left`.
fn pinning(draft: &DraftRow, live: &DraftProgress, active: bool) -> String {
    if !active {
        return "Pinned".to_owned();
    }
    if live.is_paused {
        return "Pinning, paused".to_owned();
    }
    if !live.waits.is_empty() {
        return format!("Pinning: {}", live.waits);
    }
    let total = if live.total > 0 { live.total } else { draft.bytes };
    if total == 0 || live.done == 0 || live.seconds < 0.2 {
        return "Pinning".to_owned();
    }
    let rate = live.done as f64 / live.seconds;
    let left = total.saturating_sub(live.done) as f64 / rate.max(1.0);
    format!(
        "Pinning, {} of {}, {}/s, {} left",
        text::bytes(live.done),
        text::bytes(total),
        text::bytes(rate as u64),
        text::seconds(left)
    )
}

fn pinned(bytes: u64) -> String {
    format!("Pinned · {}", text::bytes(bytes))
}

fn paying(live: &DraftProgress) -> String {
    if live.waits.is_empty() {
        "Paying".to_owned()
    } else {
        format!("Paying: {}", live.waits)
    }
}

fn share(done: u64, total: u64) -> f64 {
    if total == 0 {
        0.0
    } else {
        (done as f64 / total as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::left::tests::job;
    use veriframe_wire::job::Pace;

    fn draft(stage: DraftStage) -> DraftRow {
        DraftRow {
            id: "draft-1".into(),
            name: "Bowling".into(),
            stage,
            settings: String::new(),
            request: None,
            job: None,
            note: String::new(),
            code: String::new(),
            coordinator: String::new(),
            created_at_ms: 0,
            packed_ms: (stage != DraftStage::Packing).then_some(200),
            pinned_ms: None,
            funded_ms: None,
            bytes: 184_000_000,
            files: 37,
        }
    }

    fn labels(stages: &[Stage]) -> Vec<&str> {
        stages.iter().map(|stage| stage.label.as_str()).collect()
    }

    #[test]
    fn a_job_in_the_middle_reads_like_the_picture() {
        let mut job = job(JobStatus::Rendering);
        job.counts.queued = 2;
        job.counts.leased = 1;
        job.counts.submitted = 2;
        job.counts.paid = 7;
        job.pace = Some(Pace {
            frame_seconds: 23.4,
            at_work: 1,
        });
        let stages = of_job(&job, Some(&draft(DraftStage::Posted)));
        assert_eq!(
            labels(&stages),
            [
                "Packed · 0.2 s",
                "Pinned · 184 MB",
                "Paid · 1.20 in escrow",
                "Rendering · 9 of 12 · 70 s left",
                "Verified · 7"
            ]
        );
        assert_eq!(stages[4].state, StageState::Active);
    }

    #[test]
    fn pinning_says_rate_and_time() {
        let live = DraftProgress {
            done: 41_000_000,
            total: 184_000_000,
            seconds: 3.4,
            ..DraftProgress::default()
        };
        let stages = of_draft(&draft(DraftStage::Pinning), true, &live);
        assert_eq!(stages[1].label, "Pinning, 41 MB of 184 MB, 12 MB/s, 12 s left");
        assert_eq!(
            (stages[0].state, stages[2].state),
            (StageState::Done, StageState::Waiting)
        );
    }

    #[test]
    fn a_failed_draft_shows_where_it_stopped() {
        let stages = of_draft(&draft(DraftStage::Failed), false, &DraftProgress::default());
        assert_eq!(stages[1].state, StageState::Failed);
        let ended = of_job(&job(JobStatus::Cancelled), None);
        assert_eq!(ended[3].state, StageState::Failed);
    }
}
