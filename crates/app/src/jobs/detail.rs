//! One frame in detail.

use super::{
    cells::{self, picture_url},
    find::posted,
    live,
};
use crate::{
    Context,
    view::{CommandError, FrameStateView, FrameView},
};
use std::sync::Arc;
use veriframe_core::Address;
use veriframe_wire::{
    job::{CheckOutcome, Job, JobStatus, OutputFormat, Task, TaskStatus},
    worker::DeviceKind,
};

pub async fn frame(ctx: &Arc<Context>, id: String, frame: i32) -> Result<FrameView, CommandError> {
    let job_id = posted(ctx, &id).await?;
    let (job, task) = tokio::join!(ctx.api.job(&job_id), live::task_of(ctx, &job_id, frame));
    let task = task?.ok_or_else(|| {
        CommandError::new(
            "not_found",
            format!("The job has no frame {frame}."),
            "It may have been posted with other frames.",
        )
    })?;
    let reputation = match &task.worker {
        // Only a figure beside the name: the frame is shown without it, too.
        Some(worker) if task.result.is_some() => ctx.api.worker(worker.0).await.ok().map(|worker| worker.reputation),
        _ => None,
    };
    Ok(frame_view(&job?, &task, reputation, ctx.address))
}

fn frame_view(job: &Job, task: &Task, reputation: Option<u32>, me: Address) -> FrameView {
    let result = task.result.as_ref();
    let audit = task.check.as_ref().and_then(|check| check.audit_cid.as_deref());
    let done = matches!(task.status, TaskStatus::Verified | TaskStatus::Paid);
    let accepted = task
        .check
        .as_ref()
        .is_some_and(|check| check.outcome == CheckOutcome::Accepted);
    let runs = !matches!(
        job.status,
        JobStatus::Failed | JobStatus::Cancelled | JobStatus::Expired
    );
    let cell = cells::cell(task, me);
    // Nobody has to be content with oneself, or can dispute with oneself.
    let own = cell.state == FrameStateView::Rendered;
    FrameView {
        cell,
        task: task.id.clone(),
        image: result
            .map(|result| picture_url(&job.id, task.frame, "full", &result.result_cid))
            .unwrap_or_default(),
        is_float: job.render.format == OutputFormat::Exr,
        worker: match task.worker {
            Some(worker) if worker.0 == me && !job.money().is_paid() => "this computer".to_owned(),
            worker => worker.map(|worker| worker.0.to_string()).unwrap_or_default(),
        },
        // Nobody has a name with oneself.
        worker_reputation: reputation.filter(|_| !own),
        rendered_on: result
            .map(|result| rendered_on(&result.blender, result.device, result.threads))
            .unwrap_or_default(),
        seconds: result.map_or(0.0, |result| result.seconds),
        peak_memory: result.map_or(0.0, |result| result.peak_memory as f64),
        checked: cells::check_words(task.check.as_ref()),
        audit_image: audit
            .map(|cid| picture_url(&job.id, task.frame, "audit", cid))
            .unwrap_or_default(),
        paid: if job.money().is_paid() {
            task.paid.0.to_string()
        } else {
            String::new()
        },
        width: result.map_or(job.summary.width, |result| result.width),
        height: result.map_or(job.summary.height, |result| result.height),
        bytes: result.map_or(0.0, |result| result.bytes as f64),
        log: result.map(|result| result.log_tail.clone()).unwrap_or_default(),
        failures: task.failures,
        last_failure: task.last_failure.clone(),
        can_accept: result.is_some() && !own && !accepted && (task.status == TaskStatus::Submitted || done),
        // An ended job has no escrow left to pay a second render from.
        can_rerender: done && runs && job.status != JobStatus::Complete,
        can_dispute: done && runs && !own && !accepted,
    }
}

/// `Blender 3.4.1, CPU, 8 threads`.
fn rendered_on(blender: &str, device: DeviceKind, threads: u32) -> String {
    let device = match device {
        DeviceKind::Cpu => "CPU",
        DeviceKind::Cuda => "CUDA",
        DeviceKind::Optix => "OptiX",
        DeviceKind::Hip => "HIP",
        DeviceKind::Oneapi => "oneAPI",
        DeviceKind::Metal => "Metal",
    };
    match threads {
        0 => format!("Blender {blender}, {device}"),
        1 => format!("Blender {blender}, {device}, 1 thread"),
        threads => format!("Blender {blender}, {device}, {threads} threads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{
        cells::tests::{address, task},
        left::tests::job,
    };

    #[test]
    fn a_verified_frame_of_a_running_job_can_be_rendered_again() {
        let view = frame_view(
            &job(JobStatus::Rendering),
            &task(3, TaskStatus::Paid),
            Some(912),
            address(1),
        );
        assert!(view.can_rerender && view.can_accept && view.can_dispute);
        assert_eq!(view.rendered_on, "Blender 3.4.1, CPU, 2 threads");
        assert!(view.image.starts_with("frame://localhost/job-1/3/full?v="));
        let ended = frame_view(&job(JobStatus::Cancelled), &task(3, TaskStatus::Paid), None, address(1));
        assert!(!ended.can_rerender && !ended.can_dispute);
    }

    #[test]
    fn a_waiting_frame_has_the_job_s_size_and_nothing_to_press() {
        let view = frame_view(
            &job(JobStatus::Rendering),
            &task(3, TaskStatus::Queued),
            None,
            address(1),
        );
        assert_eq!((view.width, view.height), (384, 216));
        assert!(!view.can_accept && !view.can_rerender && view.image.is_empty());
    }
}
