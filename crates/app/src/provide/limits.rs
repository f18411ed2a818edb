//! What a person decided about their computer: limits, devices, consent.

use crate::{
    Context,
    settings::{load_value, save_value},
    view::{CommandError, LimitsView},
};
use std::collections::BTreeSet;
use veriframe_core::Amount;

const LIMITS: &str = "provide.limits";
const DEVICES_OFF: &str = "provide.devices_off";
const CONSENT: &str = "provide.consent";
/// Raised when the text that is consented to changes in what it allows.
const CONSENT_VERSION: u32 = 1;

pub(super) const SLOTS_AT_MOST: u32 = 8;

pub(super) fn defaults() -> LimitsView {
    LimitsView {
        threads: 0,
        memory_mb: 0,
        disk_gb: 0,
        frame_minutes: 0,
        slots: 1,
        price_floor: "0".to_owned(),
    }
}

pub(super) async fn load(ctx: &Context) -> Result<LimitsView, CommandError> {
    let stored = load_value::<LimitsView>(ctx, LIMITS).await?;
    Ok(stored.and_then(|limits| checked(limits).ok()).unwrap_or_else(defaults))
}

pub(super) async fn save(ctx: &Context, limits: LimitsView) -> Result<(), CommandError> {
    save_value(ctx, LIMITS, checked(limits)?).await
}

fn checked(limits: LimitsView) -> Result<LimitsView, CommandError> {
    let refuse = |message: &str, hint: &str| Err(CommandError::new("invalid_settings", message, hint));
    if !(1..=SLOTS_AT_MOST).contains(&limits.slots) {
        return refuse("Between 1 and 8 frames can be rendered at the same time.", "");
    }
    if limits.memory_mb != 0 && limits.memory_mb < 256 * limits.slots {
        return refuse(
            "Blender needs at least 256 MB of memory for each frame.",
            "Allow more memory, or fewer frames at the same time.",
        );
    }
    if limits.price_floor.parse::<Amount>().is_err() {
        return refuse(
            "The least price is not an amount.",
            "Give a price such as 0.01, or 0 to take every job.",
        );
    }
    Ok(limits)
}

/// Identifiers of the devices that are switched off.
pub(super) async fn devices_off(ctx: &Context) -> Result<BTreeSet<String>, CommandError> {
    Ok(load_value(ctx, DEVICES_OFF).await?.unwrap_or_default())
}

pub(super) async fn switch_device(ctx: &Context, id: &str, enabled: bool) -> Result<(), CommandError> {
    let mut off = devices_off(ctx).await?;
    if enabled {
        off.remove(id);
    } else {
        off.insert(id.to_owned());
    }
    save_value(ctx, DEVICES_OFF, off).await
}

pub(super) async fn consented(ctx: &Context) -> Result<bool, CommandError> {
    Ok(load_value::<u32>(ctx, CONSENT)
        .await?
        .is_some_and(|version| version >= CONSENT_VERSION))
}

pub(super) async fn consent(ctx: &Context) -> Result<(), CommandError> {
    save_value(ctx, CONSENT, CONSENT_VERSION).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_cannot_work_are_refused() {
        assert!(checked(defaults()).is_ok());
        let with = |change: fn(&mut LimitsView)| {
            let mut limits = defaults();
            change(&mut limits);
            checked(limits).is_err()
        };
        assert!(with(|l| l.slots = 0) && with(|l| l.slots = 9));
        assert!(with(|l| l.memory_mb = 100));
        assert!(with(|l| l.price_floor = "1.5".into()));
    }
}
