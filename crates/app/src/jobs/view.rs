//! A job as the Jobs page shows it.

use super::{cells::picture_url, left::time_left, stages, text};
use crate::{
    create::post::StoredSettings,
    db::jobs::{DraftRow, DraftStage},
    view::{JobMoney, JobRow, JobStateView, JobView, TimelineView},
};
use std::path::{Path, PathBuf};
use veriframe_core::{Amount, FrameSet, pieces::Cut};
use veriframe_wire::job::{Job, JobStatus, OutputFormat};

/// What stands around a job and is not in it.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Where its frames were saved last; empty when never.
    pub saved_to: String,
    /// The folder under which *Save all* suggests a folder for this job.
    pub save_folder: PathBuf,
    /// Why nothing happens on it; empty while something does.
    pub standstill: String,
    /// Frame and picture of the newest thumbnail.
    pub newest: Option<(i32, String)>,
}

pub fn row(job: &Job, beside: &Beside) -> JobRow {
    let counts = job.counts;
    let done = counts.verified + counts.paid;
    JobRow {
        id: job.id.clone(),
        name: job.name.clone(),
        state: state(job.status),
        turn: Some(job.turn as f64),
        frames_total: done + counts.queued + counts.leased + counts.submitted + counts.failed + counts.cancelled,
        frames_done: done,
        money: job.money().is_paid().then(|| money(job)),
        seconds_left: time_left(job),
        created_at: text::moment(job.created_at.0.0),
        thumbnail: beside
            .newest
            .as_ref()
            .map(|(frame, cid)| picture_url(&job.id, *frame, "thumb", cid))
            .unwrap_or_default(),
        note: note(job, &beside.standstill),
    }
}

pub fn has_ended(status: JobStatus) -> bool {
    matches!(
        status,
        JobStatus::Complete | JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired
    )
}

fn money(job: &Job) -> JobMoney {
    let used = job.spent.0.checked_add(job.refunded.0).unwrap_or(job.cap.0);
    let escrowed = job.cap.0.checked_sub(used).unwrap_or_default();
    let refundable = if has_ended(job.status) { Amount::ZERO } else { escrowed };
    JobMoney {
        unit: job.money().unit().to_owned(),
        price_per_frame: job.price_per_frame.0.to_string(),
        cap: job.cap.0.to_string(),
        spent: job.spent.0.to_string(),
        refunded: job.refunded.0.to_string(),
        escrowed: escrowed.to_string(),
        refundable: refundable.to_string(),
    }
}

/// Of a job that is not posted yet.
fn money_of_draft(stored: &StoredSettings) -> Option<JobMoney> {
    let unit = stored.money().unit().to_owned();
    let nothing = || Amount::ZERO.to_string();
    stored.money().is_paid().then(|| JobMoney {
        unit,
        price_per_frame: stored.price_per_unit().to_string(),
        cap: stored.cap().to_string(),
        spent: nothing(),
        refunded: nothing(),
        escrowed: nothing(),
        refundable: nothing(),
    })
}

/// Why it failed or waits.
fn note(job: &Job, standstill: &str) -> String {
    if !standstill.is_empty() {
        return standstill.to_owned();
    }
    let last = job.timeline.last().map(|entry| entry.note.clone()).unwrap_or_default();
    match job.status {
        JobStatus::Open if last.is_empty() && job.money().is_paid() => "Waiting for a worker".to_owned(),
        // While it goes on there is nothing to tell: what was noted last was for the moment.
        JobStatus::Open | JobStatus::Rendering | JobStatus::Verifying | JobStatus::Complete => String::new(),
        JobStatus::Paused | JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired => last,
    }
}

/// Without its money on the chain, which depends on who looks.
pub fn job_view(job: &Job, draft: Option<&DraftRow>, beside: &Beside) -> JobView {
    let ended = has_ended(job.status);
    JobView {
        row: row(job, beside),
        stages: stages::of_job(job, draft),
        width: job.summary.width,
        height: job.summary.height,
        fps: f64::from(job.summary.fps.0),
        format: format_name(job.render.format).to_owned(),
        pieces: cut_words(job.render.pieces.map(|pieces| pieces.cut.into())),
        saved_to: beside.saved_to.clone(),
        save_suggestion: suggestion(&beside.save_folder, &job.name),
        before: before(job),
        can_pause: matches!(
            job.status,
            JobStatus::Open | JobStatus::Rendering | JobStatus::Verifying
        ),
        can_resume: job.status == JobStatus::Paused,
        can_cancel: !ended,
        timeline: job
            .timeline
            .iter()
            .map(|entry| TimelineView {
                at: text::moment(entry.at.0.0),
                text: timeline_text(entry.status, job.money().is_paid(), &entry.note),
            })
            .collect(),
        escrow: None,
    }
}

/// As the coordinator noted it when the job was posted.
fn before(job: &Job) -> String {
    let first = job.timeline.first().filter(|entry| entry.status == JobStatus::Open);
    first.map(|entry| entry.note.clone()).unwrap_or_default()
}

pub(crate) fn draft_view(draft: &DraftRow, live: &stages::DraftProgress, beside: &Beside) -> JobView {
    let stored = StoredSettings::from_json(&draft.settings).ok();
    let frames = stored
        .as_ref()
        .and_then(|stored| stored.settings.frames.parse::<FrameSet>().ok());
    let cut = stored.as_ref().and_then(StoredSettings::cut);
    let unfinished = draft.stage.is_unfinished();
    let money = stored.as_ref().and_then(money_of_draft);
    let stages = stages::of_draft(draft, money.is_some(), live);
    JobView {
        row: JobRow {
            id: draft.id.clone(),
            name: draft.name.clone(),
            turn: None,
            state: match draft.stage {
                DraftStage::Packing => JobStateView::Packing,
                DraftStage::Pinning => JobStateView::Pinning,
                DraftStage::Funding => JobStateView::Funding,
                DraftStage::Posted => JobStateView::Open,
                DraftStage::Failed => JobStateView::Failed,
                DraftStage::Cancelled => JobStateView::Cancelled,
            },
            frames_total: match cut {
                Some(cut) => cut.count(),
                None => frames.map_or(0, |frames| u32::try_from(frames.len()).unwrap_or(u32::MAX)),
            },
            frames_done: 0,
            money,
            seconds_left: None,
            created_at: text::moment(draft.created_at_ms),
            thumbnail: String::new(),
            note: if live.waits.is_empty() {
                draft.note.clone()
            } else {
                live.waits.clone()
            },
        },
        stages,
        width: 0,
        height: 0,
        fps: 0.0,
        format: String::new(),
        pieces: cut_words(cut),
        saved_to: String::new(),
        save_suggestion: suggestion(&beside.save_folder, &draft.name),
        before: String::new(),
        can_pause: draft.stage == DraftStage::Pinning && !live.is_paused,
        can_resume: draft.stage == DraftStage::Pinning && live.is_paused,
        can_cancel: unfinished,
        timeline: vec![TimelineView {
            at: text::moment(draft.created_at_ms),
            text: "Begun".to_owned(),
        }],
        escrow: None,
    }
}

fn cut_words(cut: Option<Cut>) -> String {
    cut.map(|cut| cut.to_string()).unwrap_or_default()
}

fn state(status: JobStatus) -> JobStateView {
    match status {
        JobStatus::Open => JobStateView::Open,
        JobStatus::Rendering => JobStateView::Rendering,
        JobStatus::Verifying => JobStateView::Verifying,
        JobStatus::Paused => JobStateView::Paused,
        JobStatus::Complete => JobStateView::Complete,
        JobStatus::Failed => JobStateView::Failed,
        JobStatus::Cancelled => JobStateView::Cancelled,
        JobStatus::Expired => JobStateView::Expired,
    }
}

fn timeline_text(status: JobStatus, is_paid: bool, note: &str) -> String {
    let what = match status {
        JobStatus::Open if is_paid => "Paid and open",
        JobStatus::Open => "Open",
        JobStatus::Rendering => "Rendering",
        JobStatus::Verifying => "All frames are in; the last are being checked",
        JobStatus::Paused => "Paused",
        JobStatus::Complete => "Complete",
        JobStatus::Failed => "Failed",
        JobStatus::Cancelled => "Cancelled",
        JobStatus::Expired => "Ran past its deadline",
    };
    if note.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {note}")
    }
}

pub(crate) fn format_name(format: OutputFormat) -> &'static str {
    match format {
        OutputFormat::Png => "PNG",
        OutputFormat::Exr => "OpenEXR",
        OutputFormat::Jpeg => "JPEG",
    }
}

/// A folder of its own for each job, named like it with what file systems refuse left out.
fn suggestion(folder: &Path, name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|letter| {
            if letter.is_control() || "/\\:*?\"<>|".contains(letter) {
                '_'
            } else {
                letter
            }
        })
        .collect();
    let clean = clean.trim().trim_matches('.');
    let clean = if clean.is_empty() { "Frames" } else { clean };
    folder.join(clean).to_string_lossy().into_owned()
}

/// `Pictures/VeriFrame` in the user's folder, unless Settings name another.
pub(crate) fn save_folder(chosen: &str) -> PathBuf {
    if !chosen.is_empty() {
        return PathBuf::from(chosen);
    }
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(PathBuf::from)
        .unwrap_or_default()
        .join("Pictures")
        .join("VeriFrame")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::left::tests::job;
    use veriframe_wire::AmountText;

    #[test]
    fn what_can_be_refunded_is_what_is_left_in_escrow() {
        let mut rendering = job(JobStatus::Rendering);
        rendering.spent = AmountText(veriframe_core::Amount::parse_credits("0.3").unwrap());
        rendering.counts.paid = 3;
        rendering.counts.queued = 9;
        let view = job_view(&rendering, None, &Beside::default());
        let money = view.row.money.unwrap();
        assert_eq!(
            (money.refundable.as_str(), money.unit.as_str()),
            ("900000000000000000", "credits")
        );
        assert_eq!((view.row.frames_done, view.row.frames_total), (3, 12));
        assert!(view.can_pause && view.can_cancel && !view.can_resume);
        let ended = job_view(&job(JobStatus::Cancelled), None, &Beside::default());
        assert_eq!(ended.row.money.unwrap().refundable, "0");
        assert!(!ended.can_cancel);
    }

    #[test]
    fn where_nobody_pays_nothing_is_said_of_money() {
        let mut free = job(JobStatus::Rendering);
        (free.price_per_frame, free.cap) = (AmountText::default(), AmountText::default());
        (free.counts.paid, free.counts.queued) = (3, 9);
        let view = job_view(&free, None, &Beside::default());
        assert_eq!(view.row.money, None);
        let stages: Vec<&str> = view.stages.iter().map(|stage| stage.id.as_str()).collect();
        assert_eq!(stages, ["packed", "pinned", "rendering"]);
        assert_eq!(view.timeline[0].text, "Open");
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        assert_eq!(suggestion(Path::new("/p"), "../../etc"), "/p/_.._etc");
        assert_eq!(suggestion(Path::new("/p"), ".."), "/p/Frames");
    }
}
