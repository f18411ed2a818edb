//! From the kept folder to the coordinator: upload, then submit, as often as it takes.

use super::{
    held_lease::{HeldLease, is_gone},
    kept::{self, Kept},
    outage,
};
use crate::{Context, api::Backoff};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use veriframe_ipfs::{ContentStore as _, content::no_progress};
use veriframe_wire::{
    ErrorCode,
    lease::{CompleteRequest, FailReason, TaskResult},
};

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);
/// Uploads that fail while the coordinator answers; when it does not, they go on.
const UPLOADS_AT_MOST: u32 = 3;

/// How handing in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HandedIn {
    Taken,
    /// The first rule of verification said no.
    Refused {
        reason: String,
    },
    /// Somebody else was first.
    NotWanted,
    /// The frame stays on this computer, for when the task comes back.
    Kept {
        why: String,
    },
}

/// Uploads and submits one frame. Once `closing` is cancelled a failure is final: the frame stays on this computer.
pub(super) async fn hand_in(
    ctx: Arc<Context>,
    held: Arc<HeldLease>,
    kept: Kept,
    closing: CancellationToken,
) -> HandedIn {
    ctx.provider.update(|activity| activity.handing_in += 1);
    let outcome = match upload_and_submit(&ctx, &held, &kept, &closing).await {
        HandedIn::Kept { .. } if held.why_over().is_none() && !held.wants(&kept.task.id) => HandedIn::NotWanted,
        outcome => outcome,
    };
    ctx.provider
        .update(|activity| activity.handing_in = activity.handing_in.saturating_sub(1));
    match &outcome {
        HandedIn::Taken | HandedIn::Refused { .. } | HandedIn::NotWanted => {
            held.is_done(&kept.task.id);
            if let Err(error) = kept::forget(&ctx, &held.lease.job, &kept.task.id, &kept.path).await {
                tracing::warn!(%error, "a frame that was handed in is still in the journal");
            }
        }
        HandedIn::Kept { why } => tracing::info!(frame = kept.task.frame, why, "a finished frame stays here"),
    }
    if let HandedIn::Refused { reason } = &outcome {
        let trouble = format!(
            "Frame {} of {} was refused: {reason}",
            kept.task.frame, held.lease.job_name
        );
        tracing::warn!(trouble);
        ctx.provider.update(|activity| activity.last_trouble = trouble);
    }
    outcome
}

async fn upload_and_submit(ctx: &Context, held: &HeldLease, kept: &Kept, closing: &CancellationToken) -> HandedIn {
    let mut retries = Retries::new(ctx, held.is_over_for(&kept.task.id), closing);
    let mut cid = match upload(ctx, held, kept, &mut retries).await {
        Ok(cid) => cid,
        Err(GaveUp(why)) => return HandedIn::Kept { why },
    };
    let key = format!("{}-{}", held.lease.id, kept.task.id);
    let mut sent_again = false;
    loop {
        let mut result = kept.facts.clone();
        result.result_cid.clone_from(&cid);
        let request = CompleteRequest {
            lease_id: held.lease.id.clone(),
            fence: held.lease.fence,
            results: vec![TaskResult {
                task: kept.task.id.clone(),
                result,
            }],
        };
        match ctx.api.complete(&held.lease.job, &request, &key).await {
            Ok(answer) => {
                outage::over(ctx);
                return match answer.accepted.into_iter().find(|receipt| receipt.task == kept.task.id) {
                    Some(receipt) if !receipt.accepted => HandedIn::Refused { reason: receipt.reason },
                    _ => HandedIn::Taken,
                };
            }
            Err(error) if is_gone(&error) => {
                held.is_lost_for(&kept.task.id);
                return HandedIn::Kept { why: error.to_string() };
            }
            // The coordinator's store lost the blocks, or never got all of them.
            Err(error) if error.is(ErrorCode::ContentMissing) && !sent_again => {
                sent_again = true;
                cid = match upload(ctx, held, kept, &mut retries).await {
                    Ok(cid) => cid,
                    Err(GaveUp(why)) => return HandedIn::Kept { why },
                };
            }
            Err(error) if error.is_temporary() => {
                if let Err(GaveUp(why)) = retries.wait(&error.to_string()).await {
                    return HandedIn::Kept { why };
                }
            }
            Err(error) => {
                return HandedIn::Refused {
                    reason: error.to_string(),
                };
            }
        }
    }
}

/// There will be no next try, for this reason.
struct GaveUp(String);

async fn upload(ctx: &Context, held: &HeldLease, kept: &Kept, retries: &mut Retries<'_>) -> Result<String, GaveUp> {
    let mut failed = 0;
    loop {
        let error = match ctx.content.put_path(&kept.path, None, no_progress()).await {
            Ok(imported) => return Ok(imported.root.to_string()),
            Err(error) => error,
        };
        let why = format!("the frame could not be uploaded: {error}");
        // While the coordinator is away it is not the upload's fault.
        if !error.is_transient() || ctx.api.root().await.is_ok() {
            failed += 1;
        }
        if failed >= UPLOADS_AT_MOST {
            held.fail(ctx, Some(&kept.task), FailReason::UploadFailed, &why, "")
                .await;
            return Err(GaveUp(why));
        }
        retries.wait(&why).await?;
    }
}

/// Waiting between tries, until it makes no sense any more.
struct Retries<'a> {
    ctx: &'a Context,
    /// The task is not ours any more.
    over: &'a CancellationToken,
    closing: &'a CancellationToken,
    backoff: Backoff,
}

impl<'a> Retries<'a> {
    fn new(ctx: &'a Context, over: &'a CancellationToken, closing: &'a CancellationToken) -> Self {
        Self {
            ctx,
            over,
            closing,
            backoff: Backoff::new(FIRST_RETRY, LAST_RETRY),
        }
    }

    /// `Err` with the reason when there will be no next try.
    async fn wait(&mut self, why: &str) -> Result<(), GaveUp> {
        let wait = self.backoff.next();
        outage::began(self.ctx, wait);
        tokio::select! {
            () = self.closing.cancelled() => Err(GaveUp(why.to_owned())),
            () = self.over.cancelled() => Err(GaveUp("the lease ran out, or another worker was first".to_owned())),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}
