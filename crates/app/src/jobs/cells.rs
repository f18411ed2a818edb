//! Tasks as cells of the grid.

use crate::view::{FrameCell, FrameStateView};
use veriframe_core::Address;
use veriframe_wire::job::{Check, CheckOutcome, Task, TaskStatus};

/// The address of a picture; `rev` changes with its content, so that the window may keep it for ever.
pub(crate) fn picture_url(job: &str, frame: i32, what: &str, cid: &str) -> String {
    let rev = &cid[cid.len().saturating_sub(10)..];
    format!("frame://localhost/{job}/{frame}/{what}?v={rev}")
}

/// The cell of a frame's own task. Audits have no cell.
pub fn cell(task: &Task, me: Address) -> FrameCell {
    FrameCell {
        frame: task.frame,
        state: state(task),
        progress: f64::from(task.progress),
        thumbnail: task
            .result
            .as_ref()
            .map(|result| picture_url(&task.job, task.frame, "thumb", &result.result_cid))
            .unwrap_or_default(),
        on_this_computer: task.status == TaskStatus::Leased && task.worker.is_some_and(|worker| worker.0 == me),
    }
}

fn state(task: &Task) -> FrameStateView {
    match task.status {
        TaskStatus::Queued => FrameStateView::Waiting,
        TaskStatus::Leased => FrameStateView::Rendering,
        TaskStatus::Submitted => FrameStateView::Checking,
        // Nobody vouches for what one rendered oneself: it is called verified when another render was compared with it.
        TaskStatus::Verified | TaskStatus::Paid if task.own && !was_compared(task) => FrameStateView::Rendered,
        TaskStatus::Verified | TaskStatus::Paid => FrameStateView::Verified,
        TaskStatus::Failed => FrameStateView::Failed,
        // What was verified before the job ended stays so; a cancelled task was never done.
        TaskStatus::Cancelled => FrameStateView::Cancelled,
    }
}

fn was_compared(task: &Task) -> bool {
    task.check
        .as_ref()
        .is_some_and(|check| matches!(check.outcome, CheckOutcome::Equal | CheckOutcome::Similar))
}

/// How a frame was checked, in words.
pub(crate) fn check_words(check: Option<&Check>) -> String {
    let Some(check) = check else {
        return String::new();
    };
    let mut words = match check.outcome {
        CheckOutcome::Pending => "being rendered again to compare".to_owned(),
        CheckOutcome::Plausible => "size and content plausible".to_owned(),
        CheckOutcome::Equal => "rendered again: equal".to_owned(),
        CheckOutcome::Similar => format!(
            "rendered again on other hardware: {:.2} % of the pixels differ, within the tolerance",
            check.differing * 100.0
        ),
        CheckOutcome::Different => format!("rendered again: {:.2} % of the pixels differ", check.differing * 100.0),
        CheckOutcome::Accepted => "accepted by you".to_owned(),
    };
    if !check.note.is_empty() {
        words.push_str("; ");
        words.push_str(&check.note);
    }
    words
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use veriframe_core::Timestamp;
    use veriframe_wire::{
        AddressText, AmountText, Time,
        job::{FrameResult, TaskKind},
        worker::DeviceKind,
    };

    pub fn address(n: u8) -> Address {
        let mut bytes = [0; 32];
        bytes[31] = n;
        Address::from_bytes(bytes).unwrap()
    }

    pub fn task(frame: i32, status: TaskStatus) -> Task {
        let done = !matches!(status, TaskStatus::Queued | TaskStatus::Leased);
        Task {
            id: format!("task-{frame}"),
            job: "job-1".into(),
            kind: TaskKind::Frame,
            frame,
            status,
            progress: 0.5,
            worker: (status != TaskStatus::Queued).then(|| AddressText(address(7))),
            own: false,
            result: done.then(|| FrameResult {
                result_cid: "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e".into(),
                pixel_digest: String::new(),
                width: 4,
                height: 4,
                seconds: 1.0,
                peak_memory: 0,
                blender: "3.4.1".into(),
                device: DeviceKind::Cpu,
                threads: 2,
                bytes: 10,
                log_tail: String::new(),
            }),
            check: None,
            paid: AmountText::default(),
            failures: 0,
            last_failure: String::new(),
            updated_at: Time(Timestamp(0)),
        }
    }

    #[test]
    fn a_finished_frame_has_a_picture_whose_address_changes_with_it() {
        let done = cell(&task(2, TaskStatus::Paid), address(1));
        assert_eq!(done.state, FrameStateView::Verified);
        assert_eq!(done.thumbnail, "frame://localhost/job-1/2/thumb?v=66wof36n5e");
        assert!(cell(&task(3, TaskStatus::Queued), address(1)).thumbnail.is_empty());
    }

    #[test]
    fn what_one_rendered_oneself_is_verified_when_it_was_compared() {
        let mut own = task(2, TaskStatus::Paid);
        own.own = true;
        assert_eq!(cell(&own, address(7)).state, FrameStateView::Rendered);
        own.check = Some(Check {
            outcome: CheckOutcome::Equal,
            by: None,
            audit_cid: None,
            differing: 0.0,
            note: String::new(),
        });
        assert_eq!(cell(&own, address(7)).state, FrameStateView::Verified);
    }

    #[test]
    fn a_frame_rendered_here_is_marked_while_it_renders() {
        assert!(cell(&task(1, TaskStatus::Leased), address(7)).on_this_computer);
        assert!(!cell(&task(1, TaskStatus::Leased), address(8)).on_this_computer);
        assert!(!cell(&task(1, TaskStatus::Paid), address(7)).on_this_computer);
    }
}
