//! Why nothing happens on a job: in the words of the coordinator, or of this computer where it renders its own jobs.

use crate::{Context, provide, settlement};
use veriframe_wire::job::{Job, JobStatus};

/// Empty while somebody renders for the job, and without an answer: the job is shown without it, too.
pub(crate) async fn why_it_stands_still(ctx: &Context, job: &Job) -> String {
    if !stands_still(job) {
        return String::new();
    }
    if settlement::renders_here(ctx).await {
        return provide::why_own_jobs_wait(ctx, job).await;
    }
    match ctx.api.explain_job(&job.id).await {
        Ok(explanation) => explanation.text,
        Err(error) => {
            tracing::debug!(job = job.id, %error, "nobody says why a job stands still");
            String::new()
        }
    }
}

/// There is something to do, and no frame is in a worker's hands.
fn stands_still(job: &Job) -> bool {
    let takes_workers = matches!(
        job.status,
        JobStatus::Open | JobStatus::Rendering | JobStatus::Verifying
    );
    takes_workers && job.counts.leased == 0 && job.counts.queued + job.counts.submitted > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::left::tests::job;

    #[test]
    fn only_what_could_go_on_and_does_not_stands_still() {
        let mut waits = job(JobStatus::Open);
        (waits.counts.queued, waits.counts.leased) = (3, 0);
        assert!(stands_still(&waits));
        waits.status = JobStatus::Paused;
        assert!(!stands_still(&waits));
        let mut goes_on = job(JobStatus::Rendering);
        (goes_on.counts.queued, goes_on.counts.leased) = (3, 1);
        assert!(!stands_still(&goes_on));
    }
}
