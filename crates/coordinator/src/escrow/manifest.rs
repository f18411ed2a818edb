//! Who is paid how much for which frames: decided when the job has ended, from the payouts that the books hold.

use super::Escrow;
use crate::{
    app::App,
    content,
    error::{ApiError, ApiResult},
    store::{self, escrows, escrows::Decided},
};
use sqlx::AnyConnection;
use std::io::Write as _;
use veriframe_chain::{
    Felt,
    market::{Payment, Settlement},
};
use veriframe_core::Amount;
use veriframe_wire::{
    AddressText,
    results::{ResultFrame, ResultsManifest},
};

/// Writes the decision down, with its file in the content store, and never a second one.
pub(super) async fn decide(app: &App, escrow: &Escrow, job: &str, chain_job: u64) -> ApiResult<Decided> {
    let manifest = {
        let mut db = app.store.read().await?;
        build(&mut db, escrow, job, chain_job).await?
    };
    let json = manifest.to_json();
    let results_cid = content::blocking(app, move |blocks| {
        let mut file = tempfile::NamedTempFile::new().map_err(ApiError::internal)?;
        file.write_all(&json).map_err(ApiError::internal)?;
        let held = blocks.hold()?;
        let imported = blocks
            .import_path(file.path(), &mut |_| {}, &|| false)
            .map_err(ApiError::internal)?;
        blocks.pin(&imported.root)?;
        drop(held);
        Ok(imported.root.to_string())
    })
    .await?;
    let mut salt = [0; 31];
    getrandom::fill(&mut salt).map_err(|error| ApiError::internal(error.to_string()))?;
    let decided = Decided {
        manifest,
        results_cid,
        salt: Felt::from_bytes_be_slice(&salt),
    };
    let mut tx = app.store.write().await?;
    escrows::decide(tx.db(), job, &decided).await?;
    let kept = escrows::find(tx.db(), job).await?.and_then(|row| row.decided);
    tx.commit().await?;
    kept.ok_or_else(|| ApiError::internal("a decision was not kept"))
}

async fn build(db: &mut AnyConnection, escrow: &Escrow, job: &str, chain_job: u64) -> ApiResult<ResultsManifest> {
    let mut amounts = store::payouts::by_worker(db, job).await?;
    if amounts.is_empty() {
        // The contract wants a root over something; this pays nothing to ourselves.
        let us = escrow
            .scheduler_address()
            .ok_or_else(|| ApiError::internal("the scheduler's address is none"))?;
        amounts.push((us, Amount::ZERO));
    }
    let frames = store::tasks::paid_frames(db, job)
        .await?
        .into_iter()
        .filter_map(|task| {
            let result = task.result?;
            Some(ResultFrame {
                frame: task.frame,
                result_cid: result.result_cid,
                worker: AddressText(task.worker?),
                pixel_digest: result.pixel_digest,
            })
        })
        .collect();
    ResultsManifest::new(chain_job, frames, amounts).map_err(ApiError::internal)
}

/// As the contract checks it.
pub(super) fn settlement(manifest: &ResultsManifest) -> ApiResult<Settlement> {
    let payments = manifest.payments.iter().map(|payment| Payment {
        worker: payment.worker.0,
        amount: payment.amount.0,
        digest: Felt::from_bytes_be_slice(&payment.digest.0),
    });
    Settlement::new(payments.collect()).map_err(ApiError::internal)
}
