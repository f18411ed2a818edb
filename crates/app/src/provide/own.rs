//! *Render here*: this computer renders the jobs of its own account, whether or not it provides.
//!
//! A worker for them begins with the first and ends with the last. Consent to files of strangers is not needed, and not
//! given by it: it takes nothing else.

use super::{Begun, WORKER_BUSY, Whose, handle::Activity, reason::headline};
use crate::{Context, api::ApiError, jobs, settlement, view::ProviderState};
use std::{sync::Arc, time::Duration};
use veriframe_wire::job::{Job, JobStatus};

/// Should news be lost, and while another program of this home renders.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// From now on own jobs are rendered here, as a task of the context; where it is not for this computer to do so, none are.
pub fn render_own_jobs(ctx: &Arc<Context>) {
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let end = ctx.shutdown.clone();
        end.run_until_cancelled(follow(&ctx)).await;
    });
}

async fn follow(ctx: &Arc<Context>) {
    loop {
        // Before the look, so that nothing is missed in between.
        let mut events = ctx.events.subscribe();
        match is_wanted(ctx).await {
            Ok(true) => work(ctx).await,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is not known whether own jobs wait"),
        }
        let _ = tokio::time::timeout(LOOK_EVERY, jobs::news(&mut events)).await;
    }
}

async fn is_wanted(ctx: &Context) -> Result<bool, ApiError> {
    let Activity {
        controls,
        starts_again,
        snooze,
        ..
    } = ctx.provider.look();
    // Somebody works already, is about to, or wants the computer for themselves.
    if controls.is_some() || starts_again || snooze.is_some() || !settlement::renders_here(ctx).await {
        return Ok(false);
    }
    Ok(!jobs_with_work(ctx).await?.is_empty())
}

/// Until the last own job has ended, or somebody starts to provide.
async fn work(ctx: &Arc<Context>) {
    match Begun::begin(ctx, Whose::Own) {
        // As a task, so that frames in hand are given back when the program ends.
        Ok(begun) => {
            let ended = ctx.tasks.spawn(async move { begun.work().await }).await;
            tracing::debug!(?ended, "own jobs were rendered");
        }
        Err(error) if error.code == WORKER_BUSY => tracing::debug!("another program of this home renders"),
        Err(error) => tracing::warn!(%error, "own jobs are not rendered"),
    }
}

/// Jobs of this account with frames that nobody has begun, or that are being rendered.
pub(crate) async fn jobs_with_work(ctx: &Context) -> Result<Vec<Job>, ApiError> {
    let mut jobs = Vec::new();
    for status in [JobStatus::Open, JobStatus::Rendering] {
        jobs.extend(ctx.api.own_jobs(status).await?);
    }
    jobs.retain(has_work);
    Ok(jobs)
}

/// Whether this computer is at work and cannot go on.
pub(crate) fn is_blocked(ctx: &Context) -> bool {
    headline(&ctx.provider.look(), ctx.clock.now()).state == ProviderState::Blocked
}

/// Whether a job that takes workers has frames that nobody has begun, or that are being rendered.
pub(crate) fn has_work(job: &Job) -> bool {
    matches!(job.status, JobStatus::Open | JobStatus::Rendering) && job.counts.queued + job.counts.leased > 0
}

/// For a job that waits: what this computer does instead, and when its turn comes among all that have work. Empty when it
/// is about to begin.
pub(crate) fn why_own_job_waits(ctx: &Context, job: &Job, with_work: &[Job]) -> String {
    let now = headline(&ctx.provider.look(), ctx.clock.now());
    let renders = now.state == ProviderState::Rendering;
    match now.state {
        ProviderState::Rendering if now.reason.contains(&job.name) => now.reason,
        ProviderState::Blocked => format!("{}. {}", now.reason, now.detail).trim().to_owned(),
        ProviderState::Stopping | ProviderState::Snoozed => now.reason,
        // Another program of this home may render.
        ProviderState::Rendering | ProviderState::Off | ProviderState::Starting | ProviderState::Idle => {
            match (turn(with_work, &job.id), renders) {
                (Some(turn), true) => format!("{turn} {}", now.reason),
                (Some(turn), false) => turn,
                (None, true) => format!("Waits for its turn. {}", now.reason),
                (None, false) => String::new(),
            }
        }
    }
}

/// `2nd of 3 in the queue, begins in about 12 min.`; `None` for the first.
fn turn(with_work: &[Job], job: &str) -> Option<String> {
    let mut queue: Vec<&Job> = with_work.iter().collect();
    queue.sort_by_key(|job| job.turn);
    let place = queue
        .iter()
        .position(|other| other.id == job)
        .filter(|&place| place > 0)?;
    let before: Option<f64> = queue[..place].iter().map(|job| jobs::time_left(job)).sum();
    let begins = before.map_or_else(String::new, |seconds| {
        format!(", begins in about {}", jobs::text::seconds(seconds))
    });
    Some(format!(
        "{} of {} in the queue{begins}.",
        ordinal(place + 1),
        queue.len()
    ))
}

fn ordinal(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::example;
    use veriframe_wire::job::Pace;

    #[test]
    fn a_job_that_waits_is_told_its_place_and_its_time() {
        let queued = |id: &str, turn, pace| {
            let mut job = example(JobStatus::Rendering);
            job.counts.queued = 6;
            job.pace = pace;
            Job {
                id: id.to_owned(),
                turn,
                ..job
            }
        };
        let pace = Some(Pace {
            frame_seconds: 20.0,
            at_work: 1,
        });
        let queue = vec![
            queued("late", 9, None),
            queued("first", 2, pace),
            queued("second", 4, None),
        ];
        let told = |job| turn(&queue, job);
        assert_eq!(told("first"), None);
        assert_eq!(told("second").unwrap(), "2nd of 3 in the queue, begins in about 2 min.");
        assert_eq!(
            told("late").unwrap(),
            "3rd of 3 in the queue.",
            "nobody knows how long the second takes"
        );
        assert_eq!(
            [1, 11, 12, 13, 21, 22].map(ordinal),
            ["1st", "11th", "12th", "13th", "21st", "22nd"]
        );
    }
}
