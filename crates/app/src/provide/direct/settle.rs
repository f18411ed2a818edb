//! From a shown result to the money: finalise, claim, withdraw, each when the chain allows it.

use super::{
    Direct,
    job::Taken,
    results::{self, settlement},
};
use crate::{
    chain::{self, What},
    db::direct_jobs::DirectStage,
    view::CommandError,
};
use veriframe_chain::{
    market::{JobState, market},
    number::of_address,
};
use veriframe_core::Amount;

const WHOLE: u64 = 10_000;

/// Goes as far as it can now.
pub(super) async fn settle(direct: &Direct, job: &Taken) -> Result<(), CommandError> {
    let at = direct.access.deployment.market;
    let number = job.offer.job;
    let on_chain = direct.look_at(job).await?;
    match on_chain.state {
        // Blocks were taken back: what was shown is shown again.
        JobState::Open | JobState::Assigned | JobState::Committed => {
            direct.set_stage(job, DirectStage::Showing, "").await
        }
        JobState::Challengeable | JobState::Disputed => {
            let result = direct.access.views().result(at, number).await.map_err(chain::of_node)?;
            if direct.now().await? <= result.ends_at {
                return Ok(());
            }
            if on_chain.state == JobState::Disputed {
                let call = market::resolve_by_default(at, number);
                direct.pay(job, What::Resolve, Amount::ZERO, vec![call]).await?;
            } else {
                let call = market::finalise(at, number);
                let transaction = direct.pay(job, What::Finalise, Amount::ZERO, vec![call]).await?;
                direct.tell(job, "finalised", Some(transaction), "");
            }
            Ok(())
        }
        JobState::Finalised => collect(direct, job).await,
        JobState::Expired => direct.lost(job, "the deadline passed before it was shown").await,
        JobState::None | JobState::Cancelled => direct.lost(job, "its creator took it back").await,
    }
}

/// Claims what the result pays this worker, and has everything that is owed to it paid out.
async fn collect(direct: &Direct, job: &Taken) -> Result<(), CommandError> {
    let at = direct.access.deployment.market;
    let (views, me) = (direct.access.views(), of_address(&direct.ctx.address));
    let result = views.result(at, job.offer.job).await.map_err(chain::of_node)?;
    let mut earned = Amount::ZERO;
    if let Some(manifest) = results::fixed(job)?
        && let Some((payment, proof)) = settlement(&manifest)?.proof(&direct.ctx.address)
    {
        earned = part(payment.amount, result.worker_share);
        let claimed = views.has_claimed(at, job.offer.job, me).await.map_err(chain::of_node)?;
        if earned > Amount::ZERO && !claimed {
            let (amount, digest) = (payment.amount, payment.digest);
            let call = market::claim(at, job.offer.job, &direct.ctx.address, amount, digest, &proof);
            let transaction = direct.pay(job, What::Claim, earned, vec![call]).await?;
            direct.tell(job, "claimed", Some(transaction), earned.to_credits());
        }
    }
    let owed = views.owed(at, me).await.map_err(chain::of_node)?;
    if owed > Amount::ZERO {
        let sent = direct.pay(job, What::Withdraw, owed, vec![market::withdraw(at)]).await;
        match sent {
            Ok(transaction) => direct.tell(job, "withdrawn", Some(transaction), owed.to_credits()),
            // Somebody else had it paid out to us.
            Err(_) if views.owed(at, me).await.map_err(chain::of_node)? == Amount::ZERO => {}
            Err(error) => return Err(error),
        }
    }
    direct.set_stage(job, DirectStage::Done, "").await?;
    direct.tell(job, "paid", None, earned.to_credits());
    Ok(())
}

/// Rounded down, as the contract does it.
fn part(amount: Amount, share: u16) -> Amount {
    let share = u64::from(share);
    let (whole, rest) = (amount.units() / u128::from(WHOLE), amount.units() % u128::from(WHOLE));
    Amount::from_units(whole * u128::from(share) + rest * u128::from(share) / u128::from(WHOLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_never_overflows() {
        assert_eq!(part(Amount::from_units(10_001), 5000), Amount::from_units(5000));
        assert_eq!(
            part(Amount::from_units(u128::MAX), 10_000),
            Amount::from_units(u128::MAX)
        );
        assert_eq!(part(Amount::from_units(9), 0), Amount::ZERO);
    }
}
