//! Direct mode: jobs straight from the chain, with no coordinator.
//!
//! A worker reads the market's events, takes a job by transaction with a part of its stake locked for it, renders it,
//! puts frames and a list of results into the content store, commits to the list with a bond, shows it, and is paid after
//! the time for challenges or when the creator accepts.
//!
//! Invariants: where a job stands is what the chain says, never what was written down here; every transaction has one id
//! and happens once; what is committed to is on the disk before; a scene is fetched before its job is taken, for who
//! takes a job and shows nothing loses the stake that is locked for it.

mod choose;
mod find;
mod job;
mod offer;
mod results;
mod settle;
mod slots;
mod standing;
mod submit;
mod take;
mod work;

pub use work::run_direct;

use super::handle::Controls;
use crate::{
    Context,
    chain::{self, ChainAccess, Payment, What},
    db::direct_jobs,
    view::CommandError,
};
use std::sync::Arc;
use veriframe_chain::{number, send::Call};
use veriframe_core::Amount;

/// Jobs of this kind are called so among kept frames and transactions.
const PREFIX: &str = "direct-";

/// What a worker without a coordinator may do.
#[derive(Clone)]
pub struct DirectOptions {
    /// Take one job, and return when it is paid.
    pub once: bool,
    /// The most that one transaction may cost in fees, in the smallest unit.
    pub max_fee: Amount,
    pub tell: Arc<dyn Fn(&DirectStep) + Send + Sync>,
}

/// Something that happened to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectStep {
    /// The job's number in the market contract.
    pub job: u64,
    pub name: String,
    /// `taken`, `rendered`, `committed`, `revealed`, `finalised`, `claimed`, `withdrawn`, `paid`, `lost` or `trouble`.
    pub step: &'static str,
    pub transaction: Option<String>,
    /// For people; may be empty.
    pub detail: String,
}

/// A worker of this kind.
struct Direct {
    ctx: Arc<Context>,
    access: Arc<ChainAccess>,
    /// The chain and the market's address.
    market: String,
    options: DirectOptions,
    controls: Controls,
}

impl Direct {
    fn new(ctx: &Arc<Context>, access: &Arc<ChainAccess>, options: DirectOptions, controls: Controls) -> Self {
        let address = number::format(&access.deployment.market);
        Self {
            market: format!("{} {address}", access.chain_name()),
            ctx: ctx.clone(),
            access: access.clone(),
            options,
            controls,
        }
    }

    /// The job's name here: no other job of any market has it.
    fn key(&self, job: u64) -> String {
        let address = number::format(&self.access.deployment.market);
        format!(
            "{PREFIX}{job}-{}-{}",
            self.access.chain_name(),
            &address[address.len() - 16..]
        )
    }

    async fn now(&self) -> Result<u64, CommandError> {
        self.access.now(&*self.ctx.clock).await
    }

    /// Does one thing for a job, once; the transaction.
    async fn pay(
        &self,
        job: &job::Taken,
        what: What,
        amount: Amount,
        calls: Vec<Call>,
    ) -> Result<String, CommandError> {
        let payment = Payment {
            id: format!("{} {}", job.key, what.name()),
            what,
            words: job.offer.request.name.clone(),
            calls,
            amount,
            job: job.key.clone(),
            limit: self.options.max_fee,
        };
        let delivered = chain::pay(&self.ctx, &payment).await?;
        Ok(number::format(&delivered.transaction))
    }

    fn tell(&self, job: &job::Taken, step: &'static str, transaction: Option<String>, detail: impl Into<String>) {
        let step = DirectStep {
            job: job.offer.job,
            name: job.offer.request.name.clone(),
            step,
            transaction,
            detail: detail.into(),
        };
        tracing::info!(job = step.job, step = step.step, detail = step.detail, "direct mode");
        (self.options.tell)(&step);
    }
}

/// Whether a kept frame's job is of this kind.
pub(super) fn is_direct(job: &str) -> bool {
    job.starts_with(PREFIX)
}

/// Whether a job of this kind needs its kept frames no more.
pub(super) async fn has_ended(ctx: &Context, key: &str) -> Result<bool, CommandError> {
    let key = key.to_owned();
    let row = ctx.db.call(move |conn| Ok(direct_jobs::find(conn, &key)?)).await?;
    Ok(row.is_none_or(|row| row.stage.is_over()))
}
