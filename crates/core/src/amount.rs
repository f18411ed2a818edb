//! Money: whole numbers of the smallest unit, never floats.

use std::{fmt, iter::Sum, str::FromStr};

/// An amount in the smallest unit; 10^18 of them are one credit (or one STRK).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amount(u128);

/// Smallest units in one credit.
pub const UNITS_PER_CREDIT: u128 = 1_000_000_000_000_000_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("an amount is a whole decimal number of the smallest unit")]
    NotANumber,
    #[error("an amount in credits has digits and at most 18 decimals")]
    NotCredits,
    #[error("the amount is too large")]
    TooLarge,
}

impl Amount {
    pub const ZERO: Self = Self(0);

    pub const fn from_units(units: u128) -> Self {
        Self(units)
    }

    pub const fn units(self) -> u128 {
        self.0
    }

    /// Whole credits; for constants and tests.
    pub const fn credits(credits: u64) -> Self {
        Self(credits as u128 * UNITS_PER_CREDIT)
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    pub fn checked_mul(self, count: u64) -> Option<Self> {
        self.0.checked_mul(u128::from(count)).map(Self)
    }

    /// `self × numerator ÷ denominator`, rounded up, so that a price never rounds to nothing.
    pub fn mul_ratio_ceil(self, numerator: u64, denominator: u64) -> Option<Self> {
        let product = self.0.checked_mul(u128::from(numerator))?;
        (denominator != 0).then(|| Self(product.div_ceil(u128::from(denominator))))
    }

    /// Reads credits as a person writes them: `12`, `0.05`.
    pub fn parse_credits(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 18 || !digits(whole) || !digits(fraction) {
            return Err(AmountError::NotCredits);
        }
        let whole: u128 = whole.parse().map_err(|_| AmountError::TooLarge)?;
        let fraction: u128 = format!("{fraction:0<18}")
            .parse()
            .map_err(|_| AmountError::NotCredits)?;
        whole
            .checked_mul(UNITS_PER_CREDIT)
            .and_then(|units| units.checked_add(fraction))
            .map(Self)
            .ok_or(AmountError::TooLarge)
    }

    /// Credits with two decimals, or as many as it takes to show that a small amount is not nothing.
    pub fn to_credits(self) -> String {
        let whole = self.0 / UNITS_PER_CREDIT;
        let fraction = format!("{:018}", self.0 % UNITS_PER_CREDIT);
        let shown = if whole == 0 {
            fraction.find(|c| c != '0').map_or(2, |first| (first + 2).clamp(2, 18))
        } else {
            2
        };
        let significant = fraction[..shown].trim_end_matches('0').len().max(2);
        format!("{whole}.{}", &fraction[..significant])
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AmountError::NotANumber);
        }
        text.parse().map(Self).map_err(|_| AmountError::TooLarge)
    }
}

impl Sum for Amount {
    /// Panics past 2^128, which no honest ledger reaches.
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |total, next| {
            total.checked_add(next).expect("a sum of money fits in 128 bits")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_and_written() {
        assert_eq!(Amount::parse_credits("18.4").unwrap().to_credits(), "18.40");
        assert_eq!(Amount::parse_credits("0").unwrap().to_credits(), "0.00");
        assert_eq!(Amount::parse_credits("0.01").unwrap().to_credits(), "0.01");
        assert_eq!(Amount::parse_credits("0.015").unwrap().to_credits(), "0.015");
        assert_eq!(Amount::parse_credits("0.000123").unwrap().to_credits(), "0.00012");
        assert_eq!(
            Amount::parse_credits("1.0000000000000000001"),
            Err(AmountError::NotCredits)
        );
        assert_eq!(Amount::parse_credits("-1"), Err(AmountError::NotCredits));
        assert_eq!(
            Amount::parse_credits("99999999999999999999999999"),
            Err(AmountError::TooLarge)
        );
    }

    #[test]
    fn ratios_round_up() {
        assert_eq!(Amount::from_units(10).mul_ratio_ceil(1, 3), Some(Amount::from_units(4)));
        assert_eq!(Amount::from_units(10).mul_ratio_ceil(1, 0), None);
    }
}
