//! Posting a job that workers take from the chain by themselves, with no coordinator.
//!
//! The scene goes into the content store as it is: there is nobody to hand a key on to the worker.

use super::{estimate, post::refuse_problems, preflight, refusals, request::request, scene};
use crate::{
    Context,
    chain::{self, ChainAccess, Payment, What},
    view::{CommandError, JobSettings},
};
use std::{path::Path, sync::Arc};
use veriframe_blend::{PackProgress, Packed};
use veriframe_chain::{
    Felt,
    events::{ContractEvent, MarketEvent},
    market::{MAX_SPEC_FELTS, Policy, Posting, commitment, market, pack_text},
    node::{EventQuery, MAX_PAGE, Node as _},
    number,
};
use veriframe_core::{Amount, pieces::Wish};
use veriframe_ipfs::{ContentStore as _, content::no_progress};
use veriframe_wire::job::{PostJobRequest, VerificationPolicy};

/// Pages of events that are looked through for the job's number.
const PAGES_AT_MOST: u32 = 1000;

pub struct DirectPosting {
    pub settings: JobSettings,
    /// `None`: as estimated.
    pub price_per_frame: Option<Amount>,
    /// Seconds from now until the job has to be done.
    pub within: u64,
    /// Seconds in which a shown result can be challenged.
    pub challenge_window: u32,
    /// The very same job is posted once for each number.
    pub again: u32,
    /// The most that the transaction may cost in fees.
    pub max_fee: Amount,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedDirectly {
    /// Its number in the market contract.
    pub job: u64,
    pub transaction: String,
    pub asset_cid: String,
    pub frames: u64,
    pub price_per_frame: Amount,
    pub budget: Amount,
    /// Seconds since 1970.
    pub deadline: u64,
}

/// How the frame is cut is decided by what a coordinator tells of its workers, and there is none.
fn refuse_pieces(wish: &str) -> Result<(), CommandError> {
    match wish.parse() {
        Ok(Wish::Auto | Wish::Never) => Ok(()),
        Ok(Wish::Tiles { .. } | Wish::SampleRanges { .. }) => Err(CommandError::new(
            "invalid_settings",
            "A job that is posted straight on the chain is rendered whole.",
            "Post it to a coordinator, or leave out --pieces. Nothing was paid.",
        )),
        Err(error) => Err(CommandError::new(
            "invalid_settings",
            format!("{error}."),
            "Nothing was paid.",
        )),
    }
}

/// Packs, sends and pays. Interrupted and called again with the same scene and settings, it pays once.
pub async fn post_directly(ctx: &Arc<Context>, posting: &DirectPosting) -> Result<PostedDirectly, CommandError> {
    refuse_pieces(&posting.settings.pieces)?;
    let access = ctx.chain()?.clone();
    access.check().await?;
    let (mut request, frames) = pack_and_send(ctx, posting).await?;
    let price = request.price_per_frame.0;
    let whole = price.checked_mul(frames).ok_or_else(too_large)?;
    let budget = if posting.settings.cap.is_empty() {
        whole
    } else {
        request.cap.0
    };
    if budget < whole {
        return Err(CommandError::new(
            "invalid_settings",
            format!("The cap does not cover {frames} frames at {} each.", price.to_credits()),
            "Raise the cap, or render fewer frames. Nothing was paid.",
        ));
    }
    request.cap.0 = budget;
    let spec = pack_text(&request.specification());
    if spec.len() > MAX_SPEC_FELTS {
        return Err(CommandError::new(
            "invalid_settings",
            "The names in the scene are too long for the chain.",
            "Shorten the names of the file and its scene. Nothing was paid.",
        ));
    }
    let deadline = access.now(&*ctx.clock).await?.saturating_add(posting.within);
    let from = access.node.head().await.map_err(chain::of_node)?.number;
    let posted = Posting {
        budget,
        deadline,
        policy: Policy {
            challenge_window: posting.challenge_window,
            self_assign: true,
        },
        spec,
    };
    let at = &access.deployment;
    let payment = Payment {
        id: format!(
            "direct post {} {} {}",
            number::format(&at.market),
            number::format(&commitment(&posted.spec)),
            posting.again
        ),
        what: What::PostJob,
        words: request.name.clone(),
        calls: market::post_job(at.token, at.market, &posted),
        amount: budget,
        job: String::new(),
        limit: posting.max_fee,
    };
    let transaction = chain::pay(ctx, &payment).await?.transaction;
    let (job, deadline) = find(&access, transaction, from).await?;
    Ok(PostedDirectly {
        job,
        transaction: number::format(&transaction),
        asset_cid: request.asset_cid,
        frames,
        price_per_frame: price,
        budget,
        deadline,
    })
}

/// The request with its content in the store, and how many frames it has.
async fn pack_and_send(ctx: &Arc<Context>, posting: &DirectPosting) -> Result<(PostJobRequest, u64), CommandError> {
    let chosen = &posting.settings;
    let mut plan = Box::pin(estimate::plan(ctx, chosen)).await?;
    // Others have one, or the job stays open.
    plan.problems.retain(|problem| problem.id != "no_blender");
    refuse_problems(&plan.problems)?;
    let folder = tempfile::TempDir::with_prefix_in("direct-", ctx.home.packed())
        .map_err(|error| refusals::of_io(&error, &ctx.home.packed()))?;
    let inside = folder.path().join("scene");
    let mut packed = pack(chosen, &inside).await?;
    let cancel = ctx.shutdown.child_token();
    Box::pin(preflight::prepare(
        ctx,
        chosen,
        &mut plan.report,
        &mut packed,
        &inside,
        cancel,
        |_| (),
    ))
    .await?;
    let price = posting.price_per_frame.unwrap_or(plan.price_per_frame);
    let mut request = request(
        &plan.report,
        &plan.scene,
        &plan.settings,
        &packed,
        price,
        plan.cap,
        None,
    );
    // Nobody renders twice to compare: whoever doubts a result challenges it.
    request.verification = VerificationPolicy::None;
    request.asset_cid = ctx
        .content
        .put_path(&inside, None, no_progress())
        .await?
        .root
        .to_string();
    Ok((request, plan.settings.frames.len() as u64))
}

async fn pack(chosen: &JobSettings, folder: &Path) -> Result<Packed, CommandError> {
    let (blend, folder) = (std::path::PathBuf::from(&chosen.path), folder.to_owned());
    let options = scene::pack_options(chosen);
    tokio::task::spawn_blocking(move || {
        veriframe_blend::pack(&blend, &folder, &options, &mut |_: PackProgress| (), &|| false)
            .map_err(|error| refusals::of_pack(&blend, &error))
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
}

/// The number and the deadline of the job that a transaction posted: here, or when it was posted before, anywhere.
async fn find(access: &ChainAccess, transaction: Felt, from: u64) -> Result<(u64, u64), CommandError> {
    for from_block in [from, access.deployment.start_block] {
        if let Some(found) = find_from(access, transaction, from_block).await? {
            return Ok(found);
        }
    }
    Err(CommandError::new(
        "chain_waiting",
        "The job was paid for, and the chain's node does not tell its number yet.",
        "Run the command again in a moment: nothing is paid twice.",
    ))
}

async fn find_from(access: &ChainAccess, transaction: Felt, from: u64) -> Result<Option<(u64, u64)>, CommandError> {
    let mut query = EventQuery {
        from_block: from,
        to_block: access.node.head().await.map_err(chain::of_node)?.number,
        contract: access.deployment.market,
        page_size: MAX_PAGE,
        token: None,
    };
    for _ in 0..PAGES_AT_MOST {
        let page = access.node.events(&query).await.map_err(chain::of_node)?;
        for event in page.events.iter().filter(|event| event.transaction == transaction) {
            let decoded = ContractEvent::decode(&access.deployment.contracts(), event);
            if let Ok(Some(ContractEvent::Market(MarketEvent::JobCreated { job, deadline, .. }))) = decoded {
                return Ok(Some((job, deadline)));
            }
        }
        if page.next.is_none() {
            return Ok(None);
        }
        query.token = page.next;
    }
    Ok(None)
}

fn too_large() -> CommandError {
    CommandError::new(
        "invalid_settings",
        "The job is too large to be paid for.",
        "Post fewer frames.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_refused_and_not_forgotten() {
        for (wish, named) in [("4x2", "whole"), ("samples:8", "whole"), ("often", "“often”")] {
            let refused = refuse_pieces(wish).unwrap_err();
            assert!(refused.message.contains(named), "{}", refused.message);
        }
        for wish in ["", "auto", "never"] {
            refuse_pieces(wish).unwrap();
        }
    }
}
