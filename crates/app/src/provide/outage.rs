//! While the coordinator does not answer: one note of it, so that every page tells the same.

use super::handle::Outage;
use crate::Context;
use std::time::Duration;

/// It did not answer; the next try comes after `again`.
pub(super) fn began(ctx: &Context, again: Duration) {
    let now = ctx.clock.now();
    let retry_at = veriframe_core::Timestamp(
        now.0
            .saturating_add(i64::try_from(again.as_millis()).unwrap_or(i64::MAX)),
    );
    ctx.provider.update(|activity| {
        let known = activity.outage;
        activity.outage = Some(Outage {
            since: known.map_or(now, |outage| outage.since),
            // Several try, each in its own time: the next of them counts.
            retry_at: match known.map(|outage| outage.retry_at) {
                Some(other) if other > now => other.min(retry_at),
                _ => retry_at,
            },
        });
    });
}

/// It answered.
pub(super) fn over(ctx: &Context) {
    if ctx.provider.look().outage.is_some() {
        ctx.provider.update(|activity| activity.outage = None);
    }
}
