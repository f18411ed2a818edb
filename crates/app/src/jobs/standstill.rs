//! Why nothing happens on a job: in the words of the coordinator, or of this computer where it renders its own jobs.

use crate::{Context, provide, settlement};
use veriframe_wire::job::{Job, JobStatus};

/// Empty while somebody renders for the job, and without an answer: the job is shown without it, too.
pub(crate) async fn why_it_stands_still(ctx: &Context, job: &Job) -> String {
    if !could_go_on(job) {
        return String::new();
    }
    if settlement::renders_here(ctx).await {
        let with_work = provide::jobs_with_work(ctx).await.unwrap_or_default();
        return why_it_stands_still_here(ctx, job, &with_work);
    }
    if job.counts.leased > 0 {
        return String::new();
    }
    match ctx.api.explain_job(&job.id).await {
        Ok(explanation) => explanation.text,
        Err(error) => {
            tracing::debug!(job = job.id, %error, "nobody says why a job stands still");
            String::new()
        }
    }
}

/// The same where this computer renders it, which has all these to do.
pub(super) fn why_it_stands_still_here(ctx: &Context, job: &Job, with_work: &[Job]) -> String {
    // What keeps this computer from working may keep it from giving back what it holds, too.
    let is_rendered = job.counts.leased > 0 && !provide::is_blocked(ctx);
    if is_rendered || !could_go_on(job) {
        return String::new();
    }
    provide::why_own_job_waits(ctx, job, with_work)
}

/// There is something to do.
fn could_go_on(job: &Job) -> bool {
    let takes_workers = matches!(
        job.status,
        JobStatus::Open | JobStatus::Rendering | JobStatus::Verifying
    );
    takes_workers && job.counts.queued + job.counts.leased + job.counts.submitted > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::left::tests::job;

    #[test]
    fn only_what_takes_workers_and_has_work_could_go_on() {
        let mut waits = job(JobStatus::Open);
        (waits.counts.queued, waits.counts.leased) = (3, 0);
        assert!(could_go_on(&waits));
        (waits.counts.queued, waits.counts.leased) = (0, 1);
        assert!(could_go_on(&waits));
        waits.status = JobStatus::Paused;
        assert!(!could_go_on(&waits));
        let mut done = job(JobStatus::Rendering);
        (done.counts.queued, done.counts.leased, done.counts.submitted) = (0, 0, 0);
        assert!(!could_go_on(&done));
    }
}
