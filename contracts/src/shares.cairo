//! Parts of amounts. Nothing is created and nothing is lost by rounding.

use crate::limits::WHOLE;

/// `share` parts of 10,000 of an amount, rounded down. Quotient and remainder apart, because the plain product of a large
/// amount would not fit.
pub fn part_of(amount: u128, share: u16) -> u128 {
    let (quotient, rest) = DivRem::div_rem(amount, 10000);
    quotient * share.into() + rest * share.into() / WHOLE.into()
}

/// The two halves; the odd unit is in the second, which is always the treasury's.
pub fn halves(amount: u128) -> (u128, u128) {
    let first = amount / 2;
    (first, amount - first)
}
