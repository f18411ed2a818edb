//! Taking a job: its scene first, then the transaction.

use super::{Direct, job::Taken, offer::Offer};
use crate::{
    chain::What,
    db::direct_jobs::{self as table, DirectJobRow, DirectStage},
    provide::{handle::SlotActivity, scenes::Scenes},
    view::CommandError,
};
use std::sync::Arc;
use veriframe_chain::market::{JobState, market};
use veriframe_core::Amount;
use veriframe_ipfs::{Progress, ProgressSink};

/// What became of it.
pub(super) enum Took {
    Ours,
    /// Another worker was faster, or it cannot be taken after all.
    Not {
        why: String,
    },
}

/// Whether a job can be taken.
pub(super) enum Prepared {
    Ready(Box<Taken>),
    Not { why: String },
}

/// Fetches the scene, then writes down that the job is about to be taken. A job is not taken when the scene is nowhere to
/// be had: who takes such a job loses time and perhaps the stake.
pub(super) async fn prepare(direct: &Direct, scenes: &Scenes, offer: Offer) -> Result<Prepared, CommandError> {
    let ctx = &direct.ctx;
    let key = direct.key(offer.job);
    let lease = offer.lease(&key);
    let fetched = tokio::select! {
        fetched = scenes.fetch(ctx, &lease, showing(direct, &offer)) => fetched,
        () = direct.controls.stopping() => return Ok(Prepared::Not { why: "this worker stops".to_owned() }),
    };
    ctx.provider.update(|activity| activity.slots.clear());
    if let Err(error) = fetched {
        return Ok(Prepared::Not { why: error.to_string() });
    }
    let row = DirectJobRow {
        key: key.clone(),
        market: direct.market.clone(),
        job: offer.job,
        offer: offer.to_json().map_err(|error| CommandError::internal(&error))?,
        stage: DirectStage::Taking,
        results: String::new(),
        results_cid: String::new(),
        salt: String::new(),
        note: String::new(),
        taken_at_ms: ctx.clock.now().0,
    };
    let written = row.clone();
    ctx.db.call(move |conn| Ok(table::insert(conn, &written)?)).await?;
    Ok(Prepared::Ready(Box::new(Taken { key, offer, row })))
}

/// Takes it on the chain. May be repeated: where it stands there decides.
pub(super) async fn take(direct: &Direct, job: &Taken) -> Result<Took, CommandError> {
    let call = market::assign(direct.access.deployment.market, job.offer.job, &direct.ctx.address);
    let sent = direct.pay(job, What::Assign, Amount::ZERO, vec![call]).await;
    let on_chain = direct.look_at(job).await?;
    if direct.is_ours(job, &on_chain) {
        direct.set_stage(job, DirectStage::Rendering, "").await?;
        direct.tell(job, "taken", sent.ok(), "");
        return Ok(Took::Ours);
    }
    match sent {
        // The block with it was taken back, or the node is behind: look again.
        Ok(_) if on_chain.state == JobState::Open => Err(CommandError::new(
            "chain_waiting",
            "The job was taken, and the chain does not show it yet.",
            "It goes on by itself.",
        )),
        Err(error) if on_chain.state == JobState::Open && error.code != "refused_by_contract" => Err(error),
        Err(error) if on_chain.state == JobState::Open => Ok(Took::Not { why: error.message }),
        _ => Ok(Took::Not {
            why: "another worker was faster".to_owned(),
        }),
    }
}

fn showing(direct: &Direct, offer: &Offer) -> ProgressSink {
    let (ctx, job_name, total) = (
        direct.ctx.clone(),
        offer.request.name.clone(),
        offer.request.summary.bytes,
    );
    Arc::new(move |progress: Progress| {
        let activity = SlotActivity::Fetching {
            job_name: job_name.clone(),
            done: progress.done,
            total: progress.total.max(total),
        };
        ctx.provider.update(|all| all.slots.insert(0, activity));
    })
}
