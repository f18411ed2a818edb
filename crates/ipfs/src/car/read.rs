//! Reading a CAR from pieces of any length, as a network hands them over.

use super::{CarError, header};
use crate::{block, profile::MAX_BLOCK_BYTES};
use cid::Cid;
use unsigned_varint::decode;

/// Longest header that is read; [`header::MAX_ROOTS`] roots take a third of it.
const MAX_HEADER: usize = 8 << 10;
/// A block and its CID.
const MAX_SECTION: usize = MAX_BLOCK_BYTES + 128;

/// A part of a CAR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarItem {
    Roots(Vec<Cid>),
    /// Not checked yet: see [`crate::block::matches`].
    Block(Cid, Vec<u8>),
}

/// Takes bytes in, gives parts out. Holds at most one block, and the bytes that were fed at once.
#[derive(Debug, Default)]
pub struct CarDecoder {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that were already given out.
    used: usize,
    after_header: bool,
}

impl CarDecoder {
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next part, or `None` until more bytes are fed.
    pub fn next_item(&mut self) -> Result<Option<CarItem>, CarError> {
        let rest = &self.buffer[self.used..];
        let (length, body) = match decode::usize(rest) {
            Ok(found) => found,
            Err(decode::Error::Insufficient) => return Ok(None),
            Err(_) => return Err(CarError::Header),
        };
        let limit = if self.after_header { MAX_SECTION } else { MAX_HEADER };
        if length > limit {
            return Err(CarError::TooLarge);
        }
        let Some(section) = body.get(..length) else {
            return Ok(None);
        };
        let item = if self.after_header {
            let (cid, data) = block::split_cid(section).map_err(|_| CarError::Cid)?;
            CarItem::Block(cid, data.to_vec())
        } else {
            CarItem::Roots(header::decode(section)?)
        };
        self.used += rest.len() - body.len() + length;
        self.after_header = true;
        Ok(Some(item))
    }

    /// To be called after the last byte: an end in the middle of a part is an error.
    pub fn finish(&self) -> Result<(), CarError> {
        if self.after_header && self.used == self.buffer.len() {
            Ok(())
        } else {
            Err(CarError::Truncated)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        block::raw_cid,
        car::{append_block, header},
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            blocks in prop::collection::vec(any::<Vec<u8>>(), 0..6),
            cuts in prop::collection::vec(1usize..40, 1..20),
        ) {
            let mut bytes = header(&[raw_cid(b"r")]);
            for data in &blocks {
                append_block(&mut bytes, &raw_cid(data), data);
            }
            let mut decoder = CarDecoder::default();
            let mut found = Vec::new();
            let mut cuts = cuts.iter().cycle();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                rest = after;
                decoder.feed(piece);
                while let Some(item) = decoder.next_item().unwrap() {
                    found.push(item);
                }
            }
            decoder.finish().unwrap();
            let expected: Vec<_> = std::iter::once(CarItem::Roots(vec![raw_cid(b"r")]))
                .chain(blocks.into_iter().map(|data| CarItem::Block(raw_cid(&data), data)))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_huge_length_is_refused_before_anything_is_kept() {
        let mut decoder = CarDecoder::default();
        decoder.feed(&header(&[]));
        assert_eq!(decoder.next_item().unwrap(), Some(CarItem::Roots(vec![])));
        decoder.feed(&[0xff, 0xff, 0xff, 0x7f]);
        assert!(matches!(decoder.next_item(), Err(CarError::TooLarge)));
    }
}
