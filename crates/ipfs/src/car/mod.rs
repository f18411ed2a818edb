//! CARv1: blocks in one stream.
//!
//! Source: the specification "Content Addressable aRchives, version 1": a varint length and a dag-cbor header
//! `{roots, version: 1}`, then for each block a varint length, its CID and its bytes.

mod header;
mod read;

use crate::{
    block,
    store::{BlockStore, StoreError},
};
use cid::Cid;
use std::io::{self, Read, Write};
use unsigned_varint::encode;

pub use header::MAX_ROOTS;
pub use read::{CarDecoder, CarItem};

#[derive(Debug, thiserror::Error)]
pub enum CarError {
    #[error("the CAR ends in the middle")]
    Truncated,
    #[error("this is not a CAR of version 1")]
    Header,
    #[error("the CAR holds a block whose CID is of an unknown kind")]
    Cid,
    #[error("the CAR holds a block that is too large")]
    TooLarge,
    #[error("the bytes of the block {0} in the CAR are not that block")]
    Mismatch(Cid),
    #[error("reading or writing the CAR failed: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a CAR held; every block was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarContent {
    pub roots: Vec<Cid>,
    pub blocks: Vec<Cid>,
}

/// The first bytes of a CAR.
pub fn header(roots: &[Cid]) -> Vec<u8> {
    let body = header::encode(roots);
    let mut out = Vec::with_capacity(body.len() + 4);
    out.extend_from_slice(encode::usize(body.len(), &mut encode::usize_buffer()));
    out.extend_from_slice(&body);
    out
}

/// Appends a block. Returns nothing but the longer `out`; the block is taken to be checked.
pub fn append_block(out: &mut Vec<u8>, cid: &Cid, data: &[u8]) {
    let name = cid.to_bytes();
    out.reserve(name.len() + data.len() + 10);
    out.extend_from_slice(encode::usize(name.len() + data.len(), &mut encode::usize_buffer()));
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
}

/// Writes a CAR of these blocks, which are read from the store and checked one by one. Blocks that lie in their own
/// CIDs are left out, as the specification of gateways asks.
pub fn write_car(
    store: &BlockStore,
    roots: &[Cid],
    blocks: impl IntoIterator<Item = Cid>,
    out: &mut dyn Write,
) -> Result<(), CarError> {
    out.write_all(&header(roots))?;
    let mut section = Vec::new();
    for cid in blocks.into_iter().filter(|cid| block::inline(cid).is_none()) {
        section.clear();
        append_block(&mut section, &cid, &store.get(&cid)?);
        out.write_all(&section)?;
    }
    Ok(out.flush()?)
}

/// Reads a CAR and hands over each block once its hash was checked. Returns the roots that the header names.
pub fn read_car<E: From<CarError>>(
    input: &mut dyn Read,
    mut on_block: impl FnMut(Cid, &[u8]) -> Result<(), E>,
) -> Result<Vec<Cid>, E> {
    let mut decoder = CarDecoder::default();
    let mut roots = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        while let Some(item) = decoder.next_item()? {
            match item {
                CarItem::Roots(found) => roots = found,
                CarItem::Block(cid, data) if block::matches(&cid, &data) => on_block(cid, &data)?,
                CarItem::Block(cid, _) => return Err(CarError::Mismatch(cid).into()),
            }
        }
        match input.read(&mut buffer) {
            Ok(0) => {
                decoder.finish()?;
                return Ok(roots);
            }
            Ok(length) => decoder.feed(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CarError::from(error).into()),
        }
    }
}

impl BlockStore {
    /// Stores the blocks of a CAR durably. What was stored before an error stays: each block stands for itself.
    pub fn import_car(&self, input: &mut dyn Read) -> Result<CarContent, CarError> {
        let writer = self.writer();
        let mut blocks = Vec::new();
        let read = read_car::<CarError>(input, |cid, data| {
            writer.put(&cid, data)?;
            blocks.push(cid);
            Ok(())
        });
        writer.finish()?;
        Ok(CarContent { roots: read?, blocks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{parse_cid, raw_cid};
    use proptest::prelude::*;

    fn car(blocks: &[&[u8]]) -> Vec<u8> {
        let mut out = header(&[raw_cid(b"root")]);
        for data in blocks {
            append_block(&mut out, &raw_cid(data), data);
        }
        out
    }

    fn read(bytes: &[u8]) -> Result<CarContent, CarError> {
        let mut blocks = Vec::new();
        let roots = read_car::<CarError>(&mut &bytes[..], |cid, _| {
            blocks.push(cid);
            Ok(())
        })?;
        Ok(CarContent { roots, blocks })
    }

    /// The header that the specification's reference implementation writes for one root.
    #[test]
    fn the_header_has_the_known_bytes() {
        let root = parse_cid("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e").unwrap();
        let hex = "3aa265726f6f747381d82a58250001551220\
                   b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\
                   6776657273696f6e01";
        let known: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&hex[place..place + 2], 16).unwrap())
            .collect();
        assert_eq!(header(&[root]), known);
    }

    #[test]
    fn a_car_is_read_back() {
        let content = read(&car(&[b"a", b"", b"bb"])).unwrap();
        assert_eq!(content.roots, [raw_cid(b"root")]);
        assert_eq!(content.blocks, [raw_cid(b"a"), raw_cid(b""), raw_cid(b"bb")]);
        assert_eq!(read(&car(&[])).unwrap().blocks, []);
    }

    #[test]
    fn a_false_block_is_found() {
        let mut bytes = car(&[b"good", b"evil"]);
        *bytes.last_mut().unwrap() ^= 1;
        assert!(matches!(read(&bytes), Err(CarError::Mismatch(cid)) if cid == raw_cid(b"evil")));
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = car(&[b"a", b"bb"]);
        let ends = [car(&[]).len(), car(&[b"a"]).len()];
        for length in (0..bytes.len()).filter(|length| !ends.contains(length)) {
            assert!(matches!(read(&bytes[..length]), Err(CarError::Truncated)), "{length}");
        }
    }

    #[test]
    fn the_good_blocks_before_a_bad_one_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlockStore::open(folder.path()).unwrap();
        let mut bytes = car(&[b"good", b"evil"]);
        *bytes.last_mut().unwrap() ^= 1;
        assert!(store.import_car(&mut &bytes[..]).is_err());
        assert_eq!(store.get(&raw_cid(b"good")).unwrap(), b"good");
        assert!(!store.has(&raw_cid(b"evil")));
        let content = store.import_car(&mut &car(&[b"good", b"evil"])[..]).unwrap();
        let mut copy = Vec::new();
        write_car(&store, &content.roots, content.blocks, &mut copy).unwrap();
        assert_eq!(copy, car(&[b"good", b"evil"]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(tail: Vec<u8>, with_header: bool) {
            let mut bytes = if with_header { car(&[]) } else { Vec::new() };
            bytes.extend(tail);
            let _ = read(&bytes);
        }

        #[test]
        fn any_change_is_answered(place: prop::sample::Index, value: u8) {
            let mut bytes = car(&[b"a", b"bb"]);
            let place = place.index(bytes.len());
            bytes[place] = value;
            let _ = read(&bytes);
        }
    }
}
