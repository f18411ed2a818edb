//! What is shown of a job: its frames in the content store, the list of them, and who is paid how much.

use super::{Direct, job::Taken};
use crate::{api::Backoff, provide::kept::Kept, view::CommandError};
use std::{io::Write as _, path::Path, time::Duration};
use tokio_util::sync::CancellationToken;
use veriframe_chain::{
    Felt,
    market::{Payment, Settlement},
};
use veriframe_core::Amount;
use veriframe_ipfs::{ContentStore as _, content::no_progress};
use veriframe_wire::{
    AddressText,
    results::{ResultFrame, ResultsManifest},
};

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// Sends the frames and makes the list: so much a frame, and nothing for those that are not there.
pub(super) async fn collect(
    direct: &Direct,
    job: &Taken,
    rendered: &[Kept],
    too_late: &CancellationToken,
) -> Result<ResultsManifest, CommandError> {
    let mut frames = Vec::with_capacity(rendered.len());
    for kept in rendered {
        frames.push(ResultFrame {
            frame: kept.task.frame,
            result_cid: put(direct, &kept.path, too_late).await?,
            worker: AddressText(direct.ctx.address),
            pixel_digest: kept.facts.pixel_digest.clone(),
        });
    }
    let price = job.offer.request.price_per_frame.0;
    // Never above the budget: an offer was checked to cover all its frames.
    let amount = price.checked_mul(frames.len() as u64).unwrap_or(Amount::ZERO);
    let manifest = ResultsManifest::new(job.offer.job, frames, [(direct.ctx.address, amount)]);
    manifest.map_err(|error| CommandError::internal(&error))
}

/// Puts the list into the content store; its CID.
pub(super) async fn put_list(
    direct: &Direct,
    manifest: &ResultsManifest,
    too_late: &CancellationToken,
) -> Result<String, CommandError> {
    let json = manifest.to_json();
    let folder = direct.ctx.home.work();
    let file = tokio::task::spawn_blocking(move || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&json)?;
        file.flush()?;
        Ok::<_, std::io::Error>(file)
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
    .map_err(|error| crate::create::of_io(&error, direct.ctx.home.root()))?;
    put(direct, file.path(), too_late).await
}

/// As often as it takes, as long as it makes sense.
async fn put(direct: &Direct, path: &Path, too_late: &CancellationToken) -> Result<String, CommandError> {
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
    loop {
        let error = match direct.ctx.content.put_path(path, None, no_progress()).await {
            Ok(imported) => return Ok(imported.root.to_string()),
            Err(error) => error,
        };
        tracing::warn!(%error, "a result could not be put into the content store");
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            () = too_late.cancelled() => return Err(error.into()),
            () = direct.controls.stop_now.cancelled() => return Err(error.into()),
        }
    }
}

pub(super) fn settlement(manifest: &ResultsManifest) -> Result<Settlement, CommandError> {
    let payments = manifest.payments.iter().map(|payment| Payment {
        worker: payment.worker.0,
        amount: payment.amount.0,
        digest: Felt::from_bytes_be_slice(&payment.digest.0),
    });
    Settlement::new(payments.collect()).map_err(|error| CommandError::internal(&error))
}

/// The list that was fixed; `None` before.
pub(super) fn fixed(job: &Taken) -> Result<Option<ResultsManifest>, CommandError> {
    if job.row.results.is_empty() {
        return Ok(None);
    }
    let manifest = ResultsManifest::parse(job.row.results.as_bytes());
    manifest.map(Some).map_err(|error| CommandError::internal(&error))
}
