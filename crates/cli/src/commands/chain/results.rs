//! A list of results in a file, and what of it goes to the chain.

use crate::exit::{Exit, Failure};
use std::{fs, path::Path};
use veriframe_chain::{
    Felt,
    market::{Payment, Settlement},
};
use veriframe_wire::results::{MAX_RESULTS_BYTES, ResultsManifest};

pub struct Results {
    pub settlement: Settlement,
    /// The file's address in the content store.
    pub cid: String,
}

/// The list must be about this job.
pub fn read(path: &Path, job: u64) -> Result<Results, Failure> {
    let unusable = |why: String| {
        let message = format!("“{}” cannot be used: {why}.", path.display());
        Failure::new(Exit::BadInput, "bad_results", message, "Nothing was sent.")
    };
    let length = fs::metadata(path).map_err(|error| unusable(error.to_string()))?.len();
    if length > MAX_RESULTS_BYTES as u64 {
        return Err(unusable("it is far too long".to_owned()));
    }
    let bytes = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let manifest = ResultsManifest::parse(&bytes).map_err(|error| unusable(error.to_string()))?;
    if manifest.job != job {
        return Err(unusable(format!("it is about job {}", manifest.job)));
    }
    let payments = manifest.payments.iter().map(|payment| Payment {
        worker: payment.worker.0,
        amount: payment.amount.0,
        digest: Felt::from_bytes_be_slice(&payment.digest.0),
    });
    let settlement = Settlement::new(payments.collect()).map_err(|error| unusable(error.to_string()))?;
    let cid = veriframe_ipfs::cid_of_path(path).map_err(|error| unusable(error.to_string()))?;
    Ok(Results {
        settlement,
        cid: cid.to_string(),
    })
}
