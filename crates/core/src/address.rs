//! Starknet account addresses, compared as numbers.

use std::{fmt, str::FromStr};

/// An account address: a field element below 2^251, written as `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; 32]);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("an address starts with 0x")]
    Prefix,
    #[error("an address has 1 to 64 hexadecimal digits after 0x")]
    Digits,
    #[error("an address is a number below 2^251")]
    Range,
}

impl Address {
    /// Big-endian bytes of the field element.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, AddressError> {
        if bytes[0] >= 0x08 {
            return Err(AddressError::Range);
        }
        Ok(Self(bytes))
    }

    /// Zero: no account has it, and what is sent there is lost.
    pub fn is_nobody(&self) -> bool {
        self.0 == [0; 32]
    }

    /// Big-endian bytes of the field element.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Leading zeros and the case of the digits do not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").ok_or(AddressError::Prefix)?;
        if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(AddressError::Digits);
        }
        let mut bytes = [0u8; 32];
        for (place, digit) in digits.bytes().rev().enumerate() {
            let value = (digit as char).to_digit(16).ok_or(AddressError::Digits)? as u8;
            bytes[31 - place / 2] |= value << (4 * (place % 2));
        }
        Self::from_bytes(bytes)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numbers() {
        let short: Address = "0x4A1".parse().unwrap();
        let long: Address = format!("0x{}4a1", "0".repeat(61)).parse().unwrap();
        assert_eq!(short, long);
        assert_eq!(short.to_string(), format!("0x{}4a1", "0".repeat(61)));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!("4a1".parse::<Address>(), Err(AddressError::Prefix));
        assert_eq!("0x".parse::<Address>(), Err(AddressError::Digits));
        assert_eq!("0xg".parse::<Address>(), Err(AddressError::Digits));
        assert_eq!(
            format!("0x{}", "f".repeat(64)).parse::<Address>(),
            Err(AddressError::Range)
        );
    }
}
