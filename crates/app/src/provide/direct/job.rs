//! A job that this worker took, or is about to take.

use super::{Direct, offer::Offer};
use crate::{
    chain,
    db::direct_jobs::{self as table, DirectJobRow, DirectStage},
    view::CommandError,
};
use veriframe_chain::market::OnChainJob;

#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub key: String,
    pub offer: Offer,
    pub row: DirectJobRow,
}

impl Direct {
    /// Jobs that are not over, oldest first.
    pub(super) async fn unfinished(&self) -> Result<Vec<Taken>, CommandError> {
        let market = self.market.clone();
        let rows = self
            .ctx
            .db
            .call(move |conn| Ok(table::unfinished(conn, &market)?))
            .await?;
        let read = |row: DirectJobRow| {
            let offer = Offer::from_json(row.job, &row.offer).map_err(|error| CommandError::internal(&error))?;
            Ok(Taken {
                key: row.key.clone(),
                offer,
                row,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// As it is written down now.
    pub(super) async fn reread(&self, job: &Taken) -> Result<Taken, CommandError> {
        let key = job.key.clone();
        let row = self.ctx.db.call(move |conn| Ok(table::find(conn, &key)?)).await?;
        Ok(Taken {
            row: row.unwrap_or_else(|| job.row.clone()),
            ..job.clone()
        })
    }

    pub(super) async fn set_stage(&self, job: &Taken, stage: DirectStage, note: &str) -> Result<(), CommandError> {
        let (key, note) = (job.key.clone(), note.to_owned());
        let written = self
            .ctx
            .db
            .call(move |conn| Ok(table::set_stage(conn, &key, stage, &note)?));
        Ok(written.await?)
    }

    /// Where it stands on the chain.
    pub(super) async fn look_at(&self, job: &Taken) -> Result<OnChainJob, CommandError> {
        let market = self.access.deployment.market;
        self.access
            .views()
            .job(market, job.offer.job)
            .await
            .map_err(chain::of_node)
    }

    /// Whether the chain gave this very job to this worker.
    pub(super) fn is_ours(&self, job: &Taken, on_chain: &OnChainJob) -> bool {
        let me = Some(self.ctx.address);
        on_chain.worker == me && on_chain.aggregator == me && on_chain.spec_commitment == job.offer.commitment()
    }

    /// It is over without pay.
    pub(super) async fn lost(&self, job: &Taken, why: &str) -> Result<(), CommandError> {
        self.set_stage(job, DirectStage::Lost, why).await?;
        self.tell(job, "lost", None, why);
        Ok(())
    }
}
