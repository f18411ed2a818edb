//! US dollars, in whole millionths.

use std::{fmt, str::FromStr};

const MICROS: u64 = 1_000_000;
const DECIMALS: i32 = 6;
/// No coin here was ever near either; what lies outside is a fault of the source, or a joke.
const LEAST: u64 = 1;
const MOST: u64 = 10_000_000 * MICROS;
/// Longer numbers than any source writes.
const TEXT_AT_MOST: usize = 64;

/// The price of a coin: above nothing, and at most ten million dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsdError {
    #[error("it is not a number")]
    NotANumber,
    #[error("no coin costs that")]
    Absurd,
}

impl Usd {
    pub fn from_micros(micros: u64) -> Result<Self, UsdError> {
        if (LEAST..=MOST).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(UsdError::Absurd)
        }
    }

    /// Millionths of a dollar.
    pub fn micros(self) -> u64 {
        self.0
    }
}

impl FromStr for Usd {
    type Err = UsdError;

    /// Reads a JSON number: digits, perhaps a point and more of them, perhaps an exponent. Millionths are rounded to the
    /// nearest.
    fn from_str(text: &str) -> Result<Self, UsdError> {
        if text.len() > TEXT_AT_MOST {
            return Err(UsdError::NotANumber);
        }
        let (text, is_negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, self::exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return Err(UsdError::NotANumber),
            Some(parts) => parts,
            None => (number, ""),
        };
        let digits = [whole, fraction].concat();
        if whole.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(UsdError::NotANumber);
        }
        if is_negative {
            return Err(UsdError::Absurd);
        }
        // The number is `digits × 10^-fraction × 10^exponent` dollars; where that leaves the millionths among the digits.
        let whole = i32::try_from(whole.len()).map_err(|_| UsdError::NotANumber)?;
        let point = whole + exponent + DECIMALS;
        Self::from_micros(up_to(&digits, point)?)
    }
}

fn exponent(text: &str) -> Result<i32, UsdError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(UsdError::NotANumber);
    }
    // A larger one is absurd whatever stands before it; so it need not be told apart from this.
    let size = digits.parse::<i32>().unwrap_or(1000).min(1000);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// The number that the first `point` digits make, rounded by the one behind them; zeros follow the last digit.
fn up_to(digits: &str, point: i32) -> Result<u64, UsdError> {
    let mut number: u64 = 0;
    let digit = |place: i32| {
        let found = usize::try_from(place)
            .ok()
            .and_then(|place| digits.as_bytes().get(place));
        found.map_or(0, |digit| u64::from(digit - b'0'))
    };
    for place in 0..point {
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(digit(place)))
            .ok_or(UsdError::Absurd)?;
    }
    if digit(point) >= 5 {
        number.checked_add(1).ok_or(UsdError::Absurd)
    } else {
        Ok(number)
    }
}

impl fmt::Display for Usd {
    /// Dollars with two decimals, or as many as there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:06}", self.0 % MICROS);
        let shown = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / MICROS, &fraction[..shown])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<u64, UsdError> {
        text.parse::<Usd>().map(Usd::micros)
    }

    #[test]
    fn json_numbers_are_read_without_a_float() {
        for (text, micros) in [
            ("0.1234", 123_400),
            ("3012.55", 3_012_550_000),
            ("1", 1_000_000),
            ("0.1234567", 123_457),
            ("0.12345649", 123_456),
            ("1.2e-1", 120_000),
            ("1E3", 1_000_000_000),
            ("1e+3", 1_000_000_000),
            ("0.0000005", 1),
            ("5e-7", 1),
            ("00000.10", 100_000),
            ("10000000", 10_000_000_000_000),
            // A float makes another number of it.
            ("9007199.254741", 9_007_199_254_741),
        ] {
            assert_eq!(read(text), Ok(micros), "{text}");
        }
    }

    #[test]
    fn absurd_prices_are_refused() {
        for text in [
            "0",
            "0.0",
            "0.00000049",
            "4e-7",
            "1e-999999999999",
            "-0.1",
            "-5",
            "10000000.000001",
            "1e300",
            "1e9999999999",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(read(text), Err(UsdError::Absurd), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "0".repeat(65);
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "NaN",
            "nan",
            "Infinity",
            "inf",
            "null",
            "\"1\"",
            "1,5",
            "1.2.3",
            "0x10",
            "1e",
            "1e+",
            "1e1.5",
            " 1",
            "１",
            "--1",
            long.as_str(),
        ] {
            assert_eq!(read(text), Err(UsdError::NotANumber), "{text}");
        }
    }

    #[test]
    fn prices_are_written_as_people_do() {
        for (micros, text) in [
            (1, "0.000001"),
            (123_400, "0.1234"),
            (3_000_000, "3.00"),
            (2_500_000_000, "2500.00"),
        ] {
            assert_eq!(Usd::from_micros(micros).unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,70}", number in "-?[0-9.]{0,30}(e[-+]?[0-9]{0,6})?") {
            let _ = (read(&text), read(&number));
        }

        #[test]
        fn what_is_written_is_read_back(micros in LEAST..=MOST) {
            let price = Usd::from_micros(micros).unwrap();
            prop_assert_eq!(price.to_string().parse(), Ok(price));
        }
    }
}
