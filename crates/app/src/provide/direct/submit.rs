//! From an assigned job to a shown result: render, send, fix, commit, reveal.

use super::{
    Direct,
    job::Taken,
    results::{self, collect, put_list, settlement},
    slots::{self, Rendered},
    take::{self, Took},
};
use crate::{
    chain::{self, What},
    db::direct_jobs::{self as table, DirectStage},
    provide::{kept, plan::Plan, scenes::Scenes},
    view::CommandError,
};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};
use veriframe_chain::{
    Felt,
    market::{JobState, Reveal, market, root_commitment},
    number,
};
use veriframe_core::Amount;

/// What is left for sending and committing when rendering has to end, in seconds; a tenth of the time for short jobs.
const SHOWING_SECONDS: u64 = 900;

/// Where it ended.
pub(super) enum Submitted {
    /// Shown: the rest is waiting.
    Shown,
    /// Over without pay, or never ours.
    Over { retry: bool },
    /// This worker stops; the job stays its own.
    Interrupted,
}

/// Goes on with a job from wherever it is, until its result is shown.
pub(super) async fn submit(
    direct: &Direct,
    plan: &Plan,
    scenes: &Scenes,
    job: &Taken,
) -> Result<Submitted, CommandError> {
    loop {
        let job = direct.reread(job).await?;
        let on_chain = direct.look_at(&job).await?;
        match on_chain.state {
            JobState::Open if job.row.stage == DirectStage::Taking || job.row.results.is_empty() => {
                if let Took::Not { why } = take::take(direct, &job).await? {
                    let open = direct.look_at(&job).await?.state == JobState::Open;
                    direct.lost(&job, &why).await?;
                    return Ok(Submitted::Over { retry: open });
                }
            }
            // The blocks with it were taken back: the same transactions are sent again.
            JobState::Open => drop(take::take(direct, &job).await?),
            _ if !direct.is_ours(&job, &on_chain) => {
                direct.lost(&job, "another worker was faster").await?;
                return Ok(Submitted::Over { retry: false });
            }
            JobState::Assigned => match results::fixed(&job)? {
                None => {
                    if !render_and_fix(direct, plan, scenes, &job).await? {
                        return Ok(Submitted::Interrupted);
                    }
                }
                Some(manifest) => {
                    let bond = direct.access.views().bond(direct.access.deployment.market).await;
                    let bond = bond.map_err(chain::of_node)?;
                    let salt = salt(&job)?;
                    let root = settlement(&manifest)?;
                    let number = job.offer.job;
                    let bound = root_commitment(number, &root, &job.row.results_cid, salt, &direct.ctx.address);
                    let at = &direct.access.deployment;
                    let calls = market::commit(at.token, at.market, bond, number, bound);
                    let transaction = direct.pay(&job, What::Commit, bond, calls).await?;
                    direct.tell(&job, "committed", Some(transaction), "");
                }
            },
            JobState::Committed => {
                let Some(manifest) = results::fixed(&job)? else {
                    direct.lost(&job, "what was committed to is not known here").await?;
                    return Ok(Submitted::Over { retry: false });
                };
                let root = settlement(&manifest)?;
                let reveal = Reveal {
                    settlement_root: root.root(),
                    total_paid: root.total(),
                    results_cid: job.row.results_cid.clone(),
                    salt: salt(&job)?,
                };
                let call = market::reveal(direct.access.deployment.market, job.offer.job, &reveal);
                let transaction = direct.pay(&job, What::Reveal, Amount::ZERO, vec![call]).await?;
                direct.tell(&job, "revealed", Some(transaction), job.row.results_cid.clone());
            }
            JobState::Challengeable | JobState::Disputed | JobState::Finalised => {
                direct.set_stage(&job, DirectStage::Waiting, "").await?;
                forget_kept(direct, &job).await;
                return Ok(Submitted::Shown);
            }
            JobState::Expired => {
                let why = "the deadline passed; the stake that was locked for it is lost";
                direct.lost(&job, why).await?;
                return Ok(Submitted::Over { retry: false });
            }
            JobState::None | JobState::Cancelled => {
                direct.lost(&job, "its creator took it back").await?;
                return Ok(Submitted::Over { retry: false });
            }
        }
    }
}

/// `false` when the worker stops first.
async fn render_and_fix(direct: &Direct, plan: &Plan, scenes: &Scenes, job: &Taken) -> Result<bool, CommandError> {
    if job.row.stage != DirectStage::Rendering {
        direct.set_stage(job, DirectStage::Rendering, "").await?;
    }
    let left = job.offer.deadline.saturating_sub(direct.now().await?);
    let (stop_rendering, _alarm) = alarm(direct, left.saturating_sub(SHOWING_SECONDS.min(left / 10)));
    let rendered = slots::render(direct, plan, scenes, job, &stop_rendering).await?;
    let Rendered::Finished(rendered) = rendered else {
        return Ok(false);
    };
    let (too_late, _alarm) = alarm(direct, left);
    // Nothing to show is shown, too: it gives the budget back to the creator, and bond and stake to us.
    let manifest = collect(direct, job, &rendered, &too_late).await?;
    let cid = put_list(direct, &manifest, &too_late).await?;
    let json = String::from_utf8(manifest.to_json()).map_err(|error| CommandError::internal(&error))?;
    let (key, salt) = (job.key.clone(), number::format(&random_salt()?));
    let fixed = direct
        .ctx
        .db
        .call(move |conn| Ok(table::fix_results(conn, &key, &json, &cid, &salt)?));
    fixed.await?;
    Ok(true)
}

/// A token that is cancelled in so many seconds, unless the guard is dropped before.
fn alarm(direct: &Direct, seconds: u64) -> (CancellationToken, DropGuard) {
    let (rings, unneeded) = (CancellationToken::new(), CancellationToken::new());
    let (ring, off) = (rings.clone(), unneeded.clone());
    direct.ctx.tasks.spawn(async move {
        let wait = tokio::time::sleep(Duration::from_secs(seconds));
        if off.run_until_cancelled(wait).await.is_some() {
            ring.cancel();
        }
    });
    (rings, unneeded.drop_guard())
}

/// What is shown is in the content store: it need not lie here twice.
async fn forget_kept(direct: &Direct, job: &Taken) {
    let lease = job.offer.lease(&job.key);
    for task in &lease.tasks {
        let forgotten = match kept::find(&direct.ctx, &lease, task).await {
            Ok(Some(found)) => kept::forget(&direct.ctx, &lease.job, &task.id, &found.path).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = forgotten {
            tracing::debug!(%error, "a kept frame could not be let go");
        }
    }
}

fn salt(job: &Taken) -> Result<Felt, CommandError> {
    number::parse(&job.row.salt).map_err(|error| CommandError::internal(&error))
}

fn random_salt() -> Result<Felt, CommandError> {
    let mut bytes = [0; 31];
    getrandom::fill(&mut bytes).map_err(|error| CommandError::internal(&std::io::Error::other(error.to_string())))?;
    Ok(Felt::from_bytes_be_slice(&bytes))
}
