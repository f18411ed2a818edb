//! Numbers as people read them.

use veriframe_core::Amount;

/// `41 MB`, `1.2 GB`; thousands of thousands, as file managers count.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 || value >= 9.95 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// `0.2 s`, `70 s`, `12 min`, `3 h 20 min`, `2 days`.
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        _ if seconds < 9.95 => format!("{:.1} s", seconds.max(0.0)),
        0..=99 => format!("{whole} s"),
        100..=5_940 => format!("{} min", whole.div_ceil(60)),
        5_941..=172_800 => {
            let minutes = whole.div_ceil(60);
            match minutes % 60 {
                0 => format!("{} h", minutes / 60),
                rest => format!("{} h {rest} min", minutes / 60),
            }
        }
        _ => format!("{} days", whole.div_ceil(86_400)),
    }
}

/// `1 frame`, `12 frames`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}

/// Tokens of an amount in the smallest unit.
pub fn amount(units: &str) -> String {
    units.parse::<Amount>().unwrap_or_default().to_credits()
}

/// Milliseconds since 1970 as RFC 3339 in UTC.
pub fn moment(millis: i64) -> String {
    let nanos = i128::from(millis) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|moment| moment.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1_234), "1.2 kB");
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(bytes(184_000_000), "184 MB");
    }

    #[test]
    fn times() {
        assert_eq!(seconds(0.21), "0.2 s");
        assert_eq!(seconds(70.2), "70 s");
        assert_eq!(seconds(150.0), "3 min");
        assert_eq!(seconds(12_000.0), "3 h 20 min");
        assert_eq!(seconds(7200.0), "2 h");
        assert_eq!(seconds(400_000.0), "5 days");
    }

    #[test]
    fn moments() {
        assert_eq!(moment(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }
}
