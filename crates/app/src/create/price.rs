//! What a frame costs.
//!
//! The unit is the *benchmark minute*: a minute of rendering on a computer whose benchmark score is 100. It costs
//! 0.10 credits. A slower computer takes longer for the same frame and a faster one less, so both are paid the same.

use veriframe_core::Amount;

/// Credits for a minute of a computer of score 100.
const PER_BENCHMARK_MINUTE: Amount = Amount::from_units(veriframe_core::amount::UNITS_PER_CREDIT / 10);
/// No frame is cheaper, so that moving its bytes is worth a worker's while.
const LEAST_PER_FRAME: Amount = Amount::from_units(CENT);
const CENT: u128 = veriframe_core::amount::UNITS_PER_CREDIT / 100;
/// The computer that the price is written for.
const REFERENCE_SCORE: u32 = 100;

/// Price of a frame that takes `seconds` on a computer with `score`; whole cents, rounded up.
pub fn per_frame(seconds: f64, score: u32) -> Amount {
    let score = if score == 0 { REFERENCE_SCORE } else { score };
    // Milliseconds are exact enough for money and keep floats out of it. A year a frame is past every sane estimate.
    let millis = (seconds.max(0.0) * 1000.0).min(365.0 * 86_400_000.0) as u64;
    let reference_millis = millis.saturating_mul(u64::from(score)) / u64::from(REFERENCE_SCORE);
    let price = PER_BENCHMARK_MINUTE
        .mul_ratio_ceil(reference_millis, 60_000)
        .unwrap_or(LEAST_PER_FRAME);
    whole_cents(price).max(LEAST_PER_FRAME)
}

/// `price × frames`, or `None` past 2^128.
pub fn likely(price: Amount, frames: u64) -> Option<Amount> {
    price.checked_mul(frames)
}

/// The cap proposed: a fifth above the likely cost, for audits and frames that are rendered twice; whole cents.
pub(crate) fn proposed_cap(price: Amount, frames: u64) -> Option<Amount> {
    Some(whole_cents(likely(price, frames)?.mul_ratio_ceil(6, 5)?))
}

fn whole_cents(amount: Amount) -> Amount {
    Amount::from_units(amount.units().div_ceil(CENT).saturating_mul(CENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> Amount {
        Amount::parse_credits(text).unwrap()
    }

    #[test]
    fn a_minute_on_the_reference_computer_costs_ten_cents() {
        assert_eq!(per_frame(60.0, 100), credits("0.10"));
        assert_eq!(per_frame(600.0, 100), credits("1.00"));
    }

    #[test]
    fn the_same_frame_costs_the_same_on_a_slow_and_on_a_fast_computer() {
        assert_eq!(per_frame(120.0, 50), per_frame(30.0, 200));
    }

    #[test]
    fn no_frame_is_free() {
        assert_eq!(per_frame(0.0, 100), credits("0.01"));
        assert_eq!(per_frame(0.2, 0), credits("0.01"));
        assert_eq!(per_frame(f64::NAN, 100), credits("0.01"));
    }

    #[test]
    fn the_cap_leaves_a_fifth_and_covers_every_frame() {
        assert_eq!(proposed_cap(credits("0.10"), 10), Some(credits("1.20")));
        assert_eq!(proposed_cap(credits("0.01"), 1), Some(credits("0.02")));
        for frames in 1..200 {
            let price = credits("0.03");
            assert!(proposed_cap(price, frames) >= likely(price, frames));
        }
    }

    #[test]
    fn absurd_times_do_not_overflow() {
        assert!(per_frame(f64::INFINITY, u32::MAX) >= credits("1"));
        assert_eq!(proposed_cap(Amount::from_units(u128::MAX), 2), None);
    }
}
