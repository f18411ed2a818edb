//! Field elements in hexadecimal, read strictly.

pub use starknet::core::types::Felt;
use veriframe_core::Address;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("a number is written as 0x and 1 to 64 hexadecimal digits")]
    Digits,
    #[error("the number is too large to be a field element")]
    Range,
}

/// Reads `0x` and 1 to 64 hexadecimal digits of either case. A value of the field's prime or more is refused: two
/// texts that mean the same element would be two names of one account.
pub fn parse(text: &str) -> Result<Felt, NumberError> {
    let bytes = parse_bytes(text)?;
    let number = Felt::from_bytes_be(&bytes);
    if number.to_bytes_be() == bytes {
        Ok(number)
    } else {
        Err(NumberError::Range)
    }
}

/// `0x` and 64 lower-case digits.
pub fn format(number: &Felt) -> String {
    format_bytes(&number.to_bytes_be())
}

/// A chain id as people write it: the Cairo short string that it is, and the number itself when it is none.
pub fn short_text(felt: &Felt) -> String {
    let bytes = felt.to_bytes_be();
    let text: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    if !text.is_empty() && text.iter().all(u8::is_ascii_graphic) {
        String::from_utf8_lossy(&text).into_owned()
    } else {
        format!("{felt:#x}")
    }
}

pub fn of_address(address: &Address) -> Felt {
    Felt::from_bytes_be(address.as_bytes())
}

/// `None` for an element that is no address.
pub(crate) fn address(number: Felt) -> Option<Address> {
    Address::from_bytes(number.to_bytes_be()).ok()
}

/// `None` for an element out of the type's range.
pub(crate) fn integer<T: TryFrom<u128>>(number: Felt) -> Option<T> {
    T::try_from(u128::try_from(number).ok()?).ok()
}

/// A boolean as Cairo writes it; `None` for anything but 0 and 1.
pub(crate) fn flag(number: Felt) -> Option<bool> {
    match integer::<u8>(number)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// The 32 big-endian bytes of a hexadecimal number below 2^256.
pub(crate) fn parse_bytes(text: &str) -> Result<[u8; 32], NumberError> {
    let digits = text.strip_prefix("0x").ok_or(NumberError::Digits)?;
    if digits.is_empty() || digits.len() > 64 {
        return Err(NumberError::Digits);
    }
    let mut bytes = [0u8; 32];
    for (place, digit) in digits.bytes().rev().enumerate() {
        let value = char::from(digit).to_digit(16).ok_or(NumberError::Digits)?;
        bytes[31 - place / 2] |= (value as u8) << (4 * (place % 2));
    }
    Ok(bytes)
}

pub(crate) fn format_bytes(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(66);
    text.push_str("0x");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PRIME: &str = "0x0800000000000011000000000000000000000000000000000000000000000001";

    #[test]
    fn only_canonical_elements_are_read() {
        assert_eq!(parse("0x0A"), Ok(Felt::from(10)));
        assert_eq!(parse(PRIME), Err(NumberError::Range));
        let largest = PRIME.replace("0001", "0000");
        assert_eq!(format(&parse(&largest).unwrap()), largest);
        for text in ["", "0x", "10", "0X1", "0xg", "0x+1", "0x 1", "0xé"] {
            assert_eq!(parse(text), Err(NumberError::Digits), "{text}");
        }
        assert_eq!(parse(&format!("0x{}", "0".repeat(65))), Err(NumberError::Digits));
    }

    #[test]
    fn chains_are_called_by_their_names() {
        assert_eq!(short_text(&Felt::from_bytes_be_slice(b"SN_MAIN")), "SN_MAIN");
        assert_eq!(short_text(&Felt::ZERO), "0x0");
        assert_eq!(short_text(&Felt::from(7)), "0x7");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_written_is_read_back(value: u128) {
            let number = Felt::from(value);
            prop_assert_eq!(parse(&format(&number)), Ok(number));
        }
    }
}
