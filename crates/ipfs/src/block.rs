//! CIDs: the two kinds that the profile makes, the kinds that others make, and the check of a block against its name.

use crate::profile::MAX_BLOCK_BYTES;
use cid::{Cid, Version};
use multihash::Multihash;
use multihash_codetable::{Code, MultihashDigest};
use sha2::{Digest, Sha256};

/// Multicodec of a raw leaf.
pub(crate) const RAW: u64 = 0x55;
/// Multicodec of a dag-pb node.
pub(crate) const DAG_PB: u64 = 0x70;
/// Multicodec of a dag-cbor block: served and followed, never written to a disk as a file.
pub(crate) const DAG_CBOR: u64 = 0x71;

// Multihash codes (the table "multicodec" of the Multiformats project).
const IDENTITY: u64 = 0x00;
const SHA2_256: u64 = 0x12;
const SHA2_512: u64 = 0x13;
const SHA3_512: u64 = 0x14;
const SHA3_384: u64 = 0x15;
const SHA3_256: u64 = 0x16;
const SHA3_224: u64 = 0x17;
const BLAKE3: u64 = 0x1e;
const BLAKE2B_256: u64 = 0xb220;

/// No CID of the profile is longer in any base.
const MAX_TEXT: usize = 128;
/// The longest digest as base 16, and what stands before it.
const MAX_ANY_TEXT: usize = 160;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidError {
    #[error("this is not a CID")]
    Malformed,
    #[error("only CIDs of version 1 over SHA2-256 with raw or dag-pb content are used here")]
    Unsupported,
    #[error("the codec or the hash function of this CID is not known here")]
    Unknown,
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

/// Reads a CID of any kind that others make and that can be checked here: version 0 or 1, raw, dag-pb or dag-cbor, a
/// whole digest of a known hash function.
pub fn parse_any_cid(text: &str) -> Result<Cid, CidError> {
    if text.len() > MAX_ANY_TEXT || text.contains('/') {
        return Err(CidError::Malformed);
    }
    let cid = Cid::try_from(text).map_err(|_| CidError::Malformed)?;
    check_any_kind(&cid)?;
    Ok(cid)
}

/// Reads a CID of any known kind at the start of `bytes`; the rest is what follows it.
pub(crate) fn split_cid(bytes: &[u8]) -> Result<(Cid, &[u8]), CidError> {
    let mut rest = bytes;
    let cid = Cid::read_bytes(&mut rest).map_err(|_| CidError::Malformed)?;
    check_any_kind(&cid)?;
    Ok((cid, rest))
}

fn check_kind(cid: &Cid) -> Result<(), CidError> {
    let known = cid.version() == Version::V1
        && matches!(cid.codec(), RAW | DAG_PB)
        && cid.hash().code() == SHA2_256
        && cid.hash().size() == 32;
    if known { Ok(()) } else { Err(CidError::Unsupported) }
}

/// A digest that was cut short would make a false block cheap to find, so each has its one length.
fn check_any_kind(cid: &Cid) -> Result<(), CidError> {
    let length = match cid.hash().code() {
        // Up to what a `Cid` can hold, 64 bytes.
        IDENTITY => cid.hash().size(),
        SHA3_224 => 28,
        SHA2_256 | SHA3_256 | BLAKE3 | BLAKE2B_256 => 32,
        SHA3_384 => 48,
        SHA2_512 | SHA3_512 => 64,
        _ => return Err(CidError::Unknown),
    };
    if cid.hash().size() == length && matches!(cid.codec(), RAW | DAG_PB | DAG_CBOR) {
        Ok(())
    } else {
        Err(CidError::Unknown)
    }
}

/// The block that lies in its own name: the digest of an identity CID.
pub fn inline(cid: &Cid) -> Option<&[u8]> {
    (cid.hash().code() == IDENTITY).then(|| cid.hash().digest())
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
    if data.len() > MAX_BLOCK_BYTES || check_any_kind(cid).is_err() {
        return false;
    }
    let hash = cid.hash();
    match hash.code() {
        SHA2_256 => hash.digest() == Sha256::digest(data).as_slice(),
        IDENTITY => hash.digest() == data,
        code => Code::try_from(code).is_ok_and(|code| code.digest(data) == *hash),
    }
}

fn cid_of(codec: u64, data: &[u8]) -> Cid {
    let digest = Sha256::digest(data);
    Cid::new_v1(
        codec,
        Multihash::wrap(SHA2_256, &digest).expect("32 bytes fit a multihash"),
    )
}

/// What tells blocks apart, in a third of the space of a [`Cid`]: the multihash. Version and codec say how a block is
/// named and read, not which bytes it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlockKey([u8; 32]);

impl BlockKey {
    pub(crate) fn of(cid: &Cid) -> Self {
        let hash = cid.hash();
        match <[u8; 32]>::try_from(hash.digest()) {
            Ok(digest) if hash.code() == SHA2_256 => Self(digest),
            // Hashed with what the digests above are not made with: nobody can make an inline block or a foreign
            // digest that passes for another block.
            _ => Self(*blake3::hash(&hash.to_bytes()).as_bytes()),
        }
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

    #[test]
    fn what_others_make_is_read_and_checked() {
        // What `hello world` and a newline are to the tools that make them.
        let vectors = [
            (
                "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o",
                &b"\x0a\x12\x08\x02\x12\x0chello world\n\x18\x0c"[..],
            ),
            ("bafkqaaa", b""),
            ("bafkqablimvwgy3y", b"hello"),
        ];
        for (text, data) in vectors {
            let cid = parse_any_cid(text).unwrap();
            assert!(matches(&cid, data), "{text}");
            assert!(!matches(&cid, b"other"), "{text}");
            assert_eq!(cid.to_string(), text);
            assert_eq!(split_cid(&cid.to_bytes()).unwrap(), (cid, &[][..]));
            assert_eq!(parse_cid(text), Err(CidError::Unsupported));
        }
        for code in [
            Code::Sha2_256,
            Code::Sha2_512,
            Code::Sha3_224,
            Code::Sha3_256,
            Code::Sha3_384,
            Code::Sha3_512,
            Code::Blake2b256,
            Code::Blake3_256,
        ] {
            for codec in [RAW, DAG_PB, DAG_CBOR] {
                let cid = Cid::new_v1(codec, code.digest(b"data"));
                assert_eq!(parse_any_cid(&cid.to_string()), Ok(cid));
                assert!(matches(&cid, b"data") && !matches(&cid, b"date"));
            }
        }
    }

    #[test]
    fn digests_that_were_cut_short_and_unknown_kinds_are_refused() {
        let whole = Code::Sha2_256.digest(b"data");
        let kinds = [
            Cid::new_v1(RAW, Multihash::wrap(SHA2_256, &whole.digest()[..20]).unwrap()),
            Cid::new_v1(RAW, Multihash::wrap(BLAKE3, &whole.digest()[..31]).unwrap()),
            Cid::new_v1(RAW, Multihash::wrap(SHA2_256, &[]).unwrap()),
            // SHA-1, and the codec of git.
            Cid::new_v1(RAW, Multihash::wrap(0x11, &[0; 20]).unwrap()),
            Cid::new_v1(0x78, whole),
        ];
        for cid in kinds {
            assert_eq!(parse_any_cid(&cid.to_string()), Err(CidError::Unknown));
            assert_eq!(split_cid(&cid.to_bytes()), Err(CidError::Unknown));
            assert!(!matches(&cid, b"data"));
        }
    }

    #[test]
    fn one_block_under_several_names_is_one() {
        let node = node_cid(b"data");
        let v0 = Cid::new_v0(*node.hash()).unwrap();
        assert_eq!(BlockKey::of(&node), BlockKey::of(&v0));
        assert_eq!(BlockKey::of(&node), BlockKey::of(&raw_cid(b"data")));
        // An inline block that looks like another's digest, and two that differ only in zeros at the end.
        let inline = |bytes: &[u8]| Cid::new_v1(RAW, Multihash::wrap(IDENTITY, bytes).unwrap());
        assert_ne!(BlockKey::of(&inline(node.hash().digest())), BlockKey::of(&node));
        assert_ne!(BlockKey::of(&inline(b"a")), BlockKey::of(&inline(b"a\0")));
        let names = inline(node.hash().digest()).hash().to_bytes();
        assert_ne!(
            BlockKey::of(&inline(node.hash().digest())),
            BlockKey::of(&raw_cid(&names))
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, text in ".{0,140}") {
            let _ = split_cid(&bytes);
            let _ = parse_cid(&text);
            let _ = parse_any_cid(&text);
        }
    }
}
