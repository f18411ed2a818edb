//! The heads of dag-cbor items.
//!
//! Source: RFC 8949 and the IPLD specification of dag-cbor, which allows no item without a length and one tag, 42, for
//! CIDs.

use crate::{
    block::{self, CidError},
    profile::MAX_LINKS_READ,
};
use cid::Cid;

// Major types.
pub(crate) const UNSIGNED: u8 = 0;
pub(crate) const BYTES: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;
pub(crate) const TAG: u8 = 6;

// An item's first byte: the major type in the upper three bits, in the lower five the value or the length of it.
const ONE_BYTE: u8 = 0x18;
const TWO_BYTES: u8 = 0x19;
const FOUR_BYTES: u8 = 0x1a;
const EIGHT_BYTES: u8 = 0x1b;

pub(crate) const CID_TAG: u64 = 42;
/// Before a CID's bytes: the identity multibase.
pub(crate) const MULTIBASE: u8 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    #[error("the block is not valid dag-cbor")]
    Malformed,
    #[error("the block has too many links")]
    TooManyLinks,
    #[error("the block links to something of an unknown kind")]
    Link,
}

impl From<CidError> for CborError {
    fn from(_: CidError) -> Self {
        Self::Link
    }
}

/// The major type and the value of the next item.
pub(crate) fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
    let first = take(rest, 1)?[0];
    let length = match first & 0x1f {
        value @ 0..24 => return Some((first >> 5, u64::from(value))),
        ONE_BYTE => 1,
        TWO_BYTES => 2,
        FOUR_BYTES => 4,
        EIGHT_BYTES => 8,
        _ => return None,
    };
    let value = take(rest, length)?
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte));
    Some((first >> 5, value))
}

pub(crate) fn take<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(bytes)
}

pub(crate) fn put_head(out: &mut Vec<u8>, major: u8, value: u64) {
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

/// The links of a block in its order. What else it says is not looked at.
///
/// Items follow one another in the bytes whatever lies in what, so counting those still to come is enough, and no
/// depth of nesting costs anything.
pub(crate) fn links(block: &[u8]) -> Result<Vec<Cid>, CborError> {
    let mut links = Vec::new();
    let mut rest = block;
    let mut to_come: u64 = 1;
    while to_come > 0 {
        to_come -= 1;
        let (major, value) = head(&mut rest).ok_or(CborError::Malformed)?;
        let inside = match (major, value) {
            (BYTES | TEXT, length) => {
                take(&mut rest, length).ok_or(CborError::Malformed)?;
                0
            }
            (ARRAY, count) => count,
            (MAP, count) => count.checked_mul(2).ok_or(CborError::Malformed)?,
            (TAG, CID_TAG) => {
                if links.len() == MAX_LINKS_READ {
                    return Err(CborError::TooManyLinks);
                }
                links.push(link(&mut rest)?);
                0
            }
            (TAG, _) => return Err(CborError::Malformed),
            _ => 0,
        };
        to_come = to_come.checked_add(inside).ok_or(CborError::Malformed)?;
    }
    if rest.is_empty() {
        Ok(links)
    } else {
        Err(CborError::Malformed)
    }
}

/// What follows the tag of a CID.
fn link(rest: &mut &[u8]) -> Result<Cid, CborError> {
    let Some((BYTES, length)) = head(rest) else {
        return Err(CborError::Malformed);
    };
    match take(rest, length) {
        Some([MULTIBASE, name @ ..]) => match block::split_cid(name)? {
            (cid, []) => Ok(cid),
            _ => Err(CborError::Link),
        },
        _ => Err(CborError::Malformed),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::block::{node_cid, raw_cid};
    use proptest::prelude::*;

    pub(crate) fn put_link(out: &mut Vec<u8>, cid: &Cid) {
        let name = cid.to_bytes();
        put_head(out, TAG, CID_TAG);
        put_head(out, BYTES, name.len() as u64 + 1);
        out.push(MULTIBASE);
        out.extend_from_slice(&name);
    }

    #[test]
    fn links_are_found_wherever_they_lie() {
        let (a, b) = (raw_cid(b"a"), node_cid(b"b"));
        // {"x": [1, A, {"y": B}], "z": null}
        let mut block = Vec::new();
        put_head(&mut block, MAP, 2);
        block.extend_from_slice(b"\x61x");
        put_head(&mut block, ARRAY, 3);
        block.push(1);
        put_link(&mut block, &a);
        put_head(&mut block, MAP, 1);
        block.extend_from_slice(b"\x61y");
        put_link(&mut block, &b);
        block.extend_from_slice(b"\x61z\xf6");
        assert_eq!(links(&block), Ok(vec![a, b]));
        for length in 0..block.len() {
            assert!(links(&block[..length]).is_err());
        }
        block.push(0);
        assert_eq!(links(&block), Err(CborError::Malformed));
    }

    #[test]
    fn counts_that_lie_and_nesting_without_end_are_answered() {
        let mut block = Vec::new();
        for _ in 0..3 {
            put_head(&mut block, ARRAY, u64::MAX);
        }
        assert_eq!(links(&block), Err(CborError::Malformed));
        assert_eq!(links(&vec![0x81; 1 << 20]), Err(CborError::Malformed));
        let mut deep = vec![0x81; 1 << 20];
        deep.push(0);
        assert_eq!(links(&deep), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = links(&bytes);
        }
    }
}
