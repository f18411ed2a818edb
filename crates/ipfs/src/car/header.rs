//! The header of a CAR: `{"roots": [CID, ...], "version": 1}` in dag-cbor.
//!
//! dag-cbor has many forms; a header has this one. Only it is read.

use super::CarError;
use crate::{
    block,
    cbor::{self, ARRAY, BYTES, CID_TAG, MAP, MULTIBASE, TAG, TEXT, UNSIGNED, put_head},
};
use cid::Cid;

/// Roots of one CAR that are read.
pub const MAX_ROOTS: usize = 64;

pub(super) fn encode(roots: &[Cid]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + roots.len() * 48);
    put_head(&mut out, MAP, 2);
    text(&mut out, "roots");
    put_head(&mut out, ARRAY, roots.len() as u64);
    for root in roots {
        let name = root.to_bytes();
        put_head(&mut out, TAG, CID_TAG);
        put_head(&mut out, BYTES, name.len() as u64 + 1);
        out.push(MULTIBASE);
        out.extend_from_slice(&name);
    }
    text(&mut out, "version");
    put_head(&mut out, UNSIGNED, 1);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    put_head(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
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
                [MULTIBASE, name @ ..] => match block::split_cid(name) {
                    Ok((cid, [])) => Ok(cid),
                    _ => Err(CarError::Cid),
                },
                _ => Err(CarError::Header),
            }
        })
        .collect()
}

fn take(rest: &mut &[u8], major: u8) -> Result<u64, CarError> {
    match cbor::head(rest) {
        Some((found, value)) if found == major => Ok(value),
        _ => Err(CarError::Header),
    }
}

fn take_bytes<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], CarError> {
    cbor::take(rest, length).ok_or(CarError::Header)
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
