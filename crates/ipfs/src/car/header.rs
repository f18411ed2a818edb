//! The header of a CAR: `{"roots": [CID, ...], "version": 1}` in dag-cbor.
//!
//! dag-cbor (RFC 8949 with one tag, 42, for CIDs) has many forms; a header has this one. Only it is read.

use super::CarError;
use crate::block;
use cid::Cid;

/// Roots of one CAR that are read.
pub const MAX_ROOTS: usize = 64;

// An item's first byte: the major type in the upper three bits, in the lower five the value or the length of it.
const ONE_BYTE: u8 = 0x18;
const TWO_BYTES: u8 = 0x19;
const FOUR_BYTES: u8 = 0x1a;
const EIGHT_BYTES: u8 = 0x1b;

// Major types.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const CID_TAG: u64 = 42;
/// Before a CID's bytes: the identity multibase.
const IDENTITY: u8 = 0;

pub(super) fn encode(roots: &[Cid]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + roots.len() * 48);
    item(&mut out, MAP, 2);
    text(&mut out, "roots");
    item(&mut out, ARRAY, roots.len() as u64);
    for root in roots {
        let name = root.to_bytes();
        item(&mut out, TAG, CID_TAG);
        item(&mut out, BYTES, name.len() as u64 + 1);
        out.push(IDENTITY);
        out.extend_from_slice(&name);
    }
    text(&mut out, "version");
    item(&mut out, UNSIGNED, 1);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    item(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn item(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend_from_slice(&[major | ONE_BYTE, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | TWO_BYTES);
            out.extend_from_slice(&(value as u16).to_be_bytes());
        }
        _ => {
            out.push(major | EIGHT_BYTES);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Cid>, CarError> {
    let mut rest = bytes;
    if take(&mut rest, MAP)? != 2 {
        return Err(CarError::Header);
    }
    let (mut roots, mut version) = (None, None);
    for _ in 0..2 {
        let length = take(&mut rest, TEXT)?;
        match take_bytes(&mut rest, length)? {
            b"roots" => roots = Some(take_roots(&mut rest)?),
            b"version" => version = Some(take(&mut rest, UNSIGNED)?),
            _ => return Err(CarError::Header),
        }
    }
    match (roots, version, rest) {
        (Some(roots), Some(1), []) => Ok(roots),
        _ => Err(CarError::Header),
    }
}

fn take_roots(rest: &mut &[u8]) -> Result<Vec<Cid>, CarError> {
    let count = take(rest, ARRAY)?;
    if count > MAX_ROOTS as u64 {
        return Err(CarError::Header);
    }
    (0..count)
        .map(|_| {
            if take(rest, TAG)? != CID_TAG {
                return Err(CarError::Header);
            }
            let length = take(rest, BYTES)?;
            match take_bytes(rest, length)? {
                [IDENTITY, name @ ..] => match block::split_cid(name) {
                    Ok((cid, [])) => Ok(cid),
                    _ => Err(CarError::Cid),
                },
                _ => Err(CarError::Header),
            }
        })
        .collect()
}

fn take(rest: &mut &[u8], major: u8) -> Result<u64, CarError> {
    let first = take_bytes(rest, 1)?[0];
    if first >> 5 != major {
        return Err(CarError::Header);
    }
    let length = match first & 0x1f {
        value @ 0..24 => return Ok(u64::from(value)),
        ONE_BYTE => 1,
        TWO_BYTES => 2,
        FOUR_BYTES => 4,
        EIGHT_BYTES => 8,
        _ => return Err(CarError::Header),
    };
    Ok(take_bytes(rest, length)?
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn take_bytes<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], CarError> {
    let length = usize::try_from(length).map_err(|_| CarError::Header)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or(CarError::Header)?;
    *rest = after;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use proptest::prelude::*;

    #[test]
    fn any_number_of_roots_is_read_back() {
        for count in [0, 1, 23, 24, MAX_ROOTS] {
            let roots: Vec<Cid> = (0..count).map(|number| raw_cid(&number.to_le_bytes())).collect();
            assert_eq!(decode(&encode(&roots)).unwrap(), roots);
        }
        let roots = vec![raw_cid(b""); MAX_ROOTS + 1];
        assert!(matches!(decode(&encode(&roots)), Err(CarError::Header)));
    }

    #[test]
    fn other_versions_are_refused() {
        let mut bytes = encode(&[raw_cid(b"")]);
        *bytes.last_mut().unwrap() = 2;
        assert!(matches!(decode(&bytes), Err(CarError::Header)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
