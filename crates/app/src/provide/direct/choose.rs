//! Which of the offers to take.

use super::{Direct, offer::Offer};
use crate::{chain, db::direct_offers, provide::plan::Plan, view::CommandError};
use std::collections::HashSet;
use veriframe_chain::market::JobState;

/// Known offers that are looked at in one go, the newest first.
const LOOKED_AT: u32 = 2000;
/// Of those that suit, how many the chain is asked about in one go.
const ASKED_AT_MOST: usize = 50;
/// Less time than this is not enough for anything, in seconds.
pub(super) const LEAST_SECONDS: u64 = 600;

/// The best offer that can be taken now, with the reasons why others cannot.
pub(super) struct Choice {
    pub offer: Option<Offer>,
    pub why_not: Vec<String>,
}

/// The highest price a frame goes first. What creators say of their scenes' sizes is not believed for that.
pub(super) async fn choose(direct: &Direct, plan: &Plan, aside: &HashSet<u64>) -> Result<Choice, CommandError> {
    let now = direct.now().await?;
    let market = direct.market.clone();
    let stored = direct
        .ctx
        .db
        .call(move |conn| Ok(direct_offers::newest(conn, &market, LOOKED_AT)?))
        .await?;
    let (mut gone, mut suiting, mut why_not) = (Vec::new(), Vec::new(), Vec::new());
    for (job, json) in stored {
        match Offer::from_json(job, &json) {
            Ok(offer) if offer.deadline > now => match reason_against(&offer, plan, now, aside) {
                None => suiting.push(offer),
                Some(reason) => why_not.push(format!("{}: {reason}", offer.request.name)),
            },
            _ => gone.push(job),
        }
    }
    suiting.sort_by_key(|offer| std::cmp::Reverse((offer.request.price_per_frame.0, offer.deadline)));
    let mut chosen = None;
    for offer in suiting.into_iter().take(ASKED_AT_MOST) {
        if is_open(direct, &offer).await? {
            chosen = Some(offer);
            break;
        }
        gone.push(offer.job);
    }
    let market = direct.market.clone();
    direct
        .ctx
        .db
        .call(move |conn| Ok(direct_offers::remove(conn, &market, &gone)?))
        .await?;
    Ok(Choice { offer: chosen, why_not })
}

/// What the chain itself says of it: the event may be of a block that was taken back.
async fn is_open(direct: &Direct, offer: &Offer) -> Result<bool, CommandError> {
    let market = direct.access.deployment.market;
    let job = direct
        .access
        .views()
        .job(market, offer.job)
        .await
        .map_err(chain::of_node)?;
    Ok(job.state == JobState::Open
        && job.self_assign
        && job.spec_commitment == offer.commitment()
        && job.budget == offer.budget
        && job.deadline == offer.deadline
        && job.creator == Some(offer.creator))
}

fn reason_against(offer: &Offer, plan: &Plan, now: u64, aside: &HashSet<u64>) -> Option<String> {
    let price = offer.request.price_per_frame.0;
    if aside.contains(&offer.job) {
        return Some("could not be taken before, so it is left to others".to_owned());
    }
    if offer.deadline < now.saturating_add(LEAST_SECONDS) {
        return Some("has to be done too soon".to_owned());
    }
    if price < plan.price_floor {
        return Some(format!("pays {} a frame, less than you ask for", price.to_credits()));
    }
    plan.choose(&offer.request.requirements)
        .err()
        .map(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provide::{direct::offer::tests::offer, limits};
    use veriframe_core::Amount;
    use veriframe_wire::worker::Capabilities;

    #[test]
    fn what_does_not_suit_has_a_reason() {
        let plan = |floor| Plan {
            installations: Vec::new(),
            devices: Vec::new(),
            limits: limits::defaults(),
            price_floor: Amount::credits(floor),
            allow_unsandboxed: false,
            capabilities: Capabilities::default(),
        };
        let offer = offer(|_| ()).unwrap();
        let none = HashSet::new();
        let soon = offer.deadline - LEAST_SECONDS;
        let reason = |floor, now, aside: &HashSet<u64>| reason_against(&offer, &plan(floor), now, aside).unwrap();
        assert!(reason(0, soon, &HashSet::from([7])).contains("left to others"));
        assert!(reason(0, soon + 1, &none).contains("too soon"));
        assert!(reason(2, soon, &none).contains("less than you ask"));
        assert!(reason(1, soon, &none).contains("no Blender"));
    }
}
