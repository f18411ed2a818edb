//! The two kinds of CID that the profile uses, and the check of a block against its name.

use crate::profile::MAX_BLOCK_BYTES;
use cid::{Cid, Version};
use multihash::Multihash;
use sha2::{Digest, Sha256};

/// Multicodec of a raw leaf.
pub const RAW: u64 = 0x55;
/// Multicodec of a dag-pb node.
pub const DAG_PB: u64 = 0x70;
const SHA2_256: u64 = 0x12;
/// No CID of the profile is longer in any base.
const MAX_TEXT: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidError {
    #[error("this is not a CID")]
    Malformed,
    #[error("only CIDs of version 1 over SHA2-256 with raw or dag-pb content are used here")]
    Unsupported,
}

/// Reads a CID in any base and accepts only what the profile uses. Two texts of one CID give equal values: compare
/// values, never texts.
pub fn parse_cid(text: &str) -> Result<Cid, CidError> {
    if text.len() > MAX_TEXT || text.contains('/') {
        return Err(CidError::Malformed);
    }
    let cid = Cid::try_from(text).map_err(|_| CidError::Malformed)?;
    check_kind(&cid)?;
    Ok(cid)
}

/// Reads a CID at the start of `bytes`; the rest is what follows it.
pub(crate) fn split_cid(bytes: &[u8]) -> Result<(Cid, &[u8]), CidError> {
    let mut rest = bytes;
    let cid = Cid::read_bytes(&mut rest).map_err(|_| CidError::Malformed)?;
    check_kind(&cid)?;
    Ok((cid, rest))
}

fn check_kind(cid: &Cid) -> Result<(), CidError> {
    let known = cid.version() == Version::V1
        && matches!(cid.codec(), RAW | DAG_PB)
        && cid.hash().code() == SHA2_256
        && cid.hash().size() == 32;
    if known { Ok(()) } else { Err(CidError::Unsupported) }
}

/// The CID of a raw leaf.
pub fn raw_cid(data: &[u8]) -> Cid {
    cid_of(RAW, data)
}

/// The CID of a raw leaf, from its SHA2-256.
pub(crate) fn raw_of(digest: [u8; 32]) -> Cid {
    Cid::new_v1(
        RAW,
        Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit a multihash"),
    )
}

/// The CID of a dag-pb node.
pub fn node_cid(data: &[u8]) -> Cid {
    cid_of(DAG_PB, data)
}

/// Whether `data` is the block that `cid` names, and of a size that is accepted at all.
pub fn matches(cid: &Cid, data: &[u8]) -> bool {
    data.len() <= MAX_BLOCK_BYTES
        && cid.hash().code() == SHA2_256
        && cid.hash().digest() == Sha256::digest(data).as_slice()
}

fn cid_of(codec: u64, data: &[u8]) -> Cid {
    let digest = Sha256::digest(data);
    Cid::new_v1(
        codec,
        Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit a multihash"),
    )
}

/// What tells blocks apart, in a third of the space of a [`Cid`]: the first 32 bytes of the hash. One block may have
/// several CIDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlockKey([u8; 32]);

impl BlockKey {
    pub(crate) fn of(cid: &Cid) -> Self {
        let mut digest = [0; 32];
        let bytes = cid.hash().digest();
        let length = bytes.len().min(32);
        digest[..length].copy_from_slice(&bytes[..length]);
        Self(digest)
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HELLO: &str = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

    #[test]
    fn the_known_vector() {
        assert_eq!(raw_cid(b"hello world").to_string(), HELLO);
        assert!(matches(&parse_cid(HELLO).unwrap(), b"hello world"));
        assert!(!matches(&parse_cid(HELLO).unwrap(), b"hello worlds"));
    }

    #[test]
    fn other_bases_are_the_same_value() {
        // As js-ipfs prints it.
        let base58 = "zb2rhj7crUKTQYRGCRATFaQ6YFLTde2YzdqbbhAASkL9uRDXn";
        assert_eq!(parse_cid(base58).unwrap(), parse_cid(HELLO).unwrap());
    }

    #[test]
    fn other_kinds_are_refused() {
        // CIDv0.
        let v0 = "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG";
        assert_eq!(parse_cid(v0), Err(CidError::Unsupported));
        // dag-cbor.
        let other = Cid::new_v1(0x71, *parse_cid(HELLO).unwrap().hash()).to_string();
        assert_eq!(parse_cid(&other), Err(CidError::Unsupported));
        for text in ["", "b", "hello", &format!("/ipfs/{HELLO}"), &"b".repeat(1000)] {
            assert_eq!(parse_cid(text), Err(CidError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, text in ".{0,140}") {
            let _ = split_cid(&bytes);
            let _ = parse_cid(&text);
        }
    }
}
