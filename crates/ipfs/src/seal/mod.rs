//! Scenes that only those with the key can read.
//!
//! A sealed file is its content in chunks of [`PLAIN_BYTES`], each `nonce (24) | ciphertext | tag (16)`, so that a whole
//! chunk is exactly one block of the profile. The cipher is XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03); the nonce is
//! the first 24 bytes of a BLAKE3 hash of the plaintext under a key of its own. So one content under one key always gives
//! the same block: what did not change is not sent again. Two contents get the same nonce only if that hash collides.
//!
//! A sealed tree shows how many files there are, how large, and which chunks are equal; see [`tree`].

mod key;
mod open;
pub(crate) mod tree;

pub use key::{KeyTextError, SealKey};

use crate::profile::CHUNK_BYTES;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce, aead::AeadInOut};

const NONCE: usize = 24;
const TAG: usize = 16;
/// Bytes that sealing adds to a chunk.
pub(crate) const OVERHEAD: usize = NONCE + TAG;
/// Plaintext in a whole chunk.
pub(crate) const PLAIN_BYTES: u64 = CHUNK_BYTES - OVERHEAD as u64;

/// Bound to every chunk: what another program, or another version, sealed is not opened by this one.
const CONTEXT: &[u8] = b"veriframe scene chunk 1";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the key does not open this scene")]
    Key,
    #[error("this is not a sealed scene")]
    NotSealed,
    #[error("the sealed list of files makes no sense")]
    Manifest,
    /// The list and the tree disagree.
    #[error("the sealed file {0:?} is not the one that the list names")]
    File(String),
}

/// A key, ready for use by many threads.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: [u8; 32],
}

impl Sealer {
    pub(crate) fn new(key: &SealKey) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new((&*key.derived("veriframe 2026-11 scene chunks")).into()),
            nonces: *key.derived("veriframe 2026-11 nonces of scene chunks"),
        }
    }

    /// Seals `chunk[NONCE..NONCE + length]` in place and returns the length of the whole block, which begins at 0.
    pub(crate) fn seal(&self, chunk: &mut [u8], length: usize) -> usize {
        let (head, rest) = chunk.split_at_mut(NONCE);
        let (content, rest) = rest.split_at_mut(length);
        head.copy_from_slice(&blake3::keyed_hash(&self.nonces, content).as_bytes()[..NONCE]);
        let nonce = XNonce::try_from(&*head).expect("the head has the length of a nonce");
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, CONTEXT, content.into())
            .expect("a chunk is far below the cipher's limit of 256 GiB");
        rest[..TAG].copy_from_slice(&tag);
        NONCE + length + TAG
    }

    /// Opens a block in place; the plaintext begins at [`NONCE`].
    pub(crate) fn open(&self, mut block: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let length = block.len().checked_sub(OVERHEAD).ok_or(SealError::Key)?;
        let (head, rest) = block.split_at_mut(NONCE);
        let (content, tag) = rest.split_at_mut(length);
        let nonce = XNonce::try_from(&*head).map_err(|_| SealError::Key)?;
        let tag = Tag::try_from(&*tag).map_err(|_| SealError::Key)?;
        self.cipher
            .decrypt_inout_detached(&nonce, CONTEXT, content.into(), &tag)
            .map_err(|_| SealError::Key)?;
        block.truncate(NONCE + length);
        block.drain(..NONCE);
        Ok(block)
    }

    /// A whole small content as one sealed piece after the other.
    pub(crate) fn seal_all(&self, content: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces: Vec<&[u8]> = content.chunks(PLAIN_BYTES as usize).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        pieces
            .into_iter()
            .map(|piece| {
                let mut chunk = vec![0; piece.len() + OVERHEAD];
                chunk[NONCE..NONCE + piece.len()].copy_from_slice(piece);
                self.seal(&mut chunk, piece.len());
                chunk
            })
            .collect()
    }

    /// Where plaintext goes before it is sealed in place.
    pub(crate) fn plain_part(chunk: &mut [u8], length: usize) -> &mut [u8] {
        &mut chunk[NONCE..NONCE + length]
    }
}

/// Bytes of a sealed file, from those of its content.
pub(crate) fn sealed_bytes(plain: u64) -> u64 {
    plain + plain.div_ceil(PLAIN_BYTES).max(1) * OVERHEAD as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&SealKey::from_bytes([byte; 32]))
    }

    #[test]
    fn a_whole_chunk_fills_a_block() {
        let sealed = sealer(1).seal_all(&vec![7; PLAIN_BYTES as usize + 1]);
        assert_eq!(sealed[0].len() as u64, CHUNK_BYTES);
        assert_eq!(sealed[1].len(), OVERHEAD + 1);
        assert_eq!(sealed_bytes(PLAIN_BYTES + 1), CHUNK_BYTES + OVERHEAD as u64 + 1);
        assert_eq!(sealed_bytes(0), OVERHEAD as u64);
    }

    #[test]
    fn equal_chunks_under_one_key_are_equal_and_under_two_are_not() {
        assert_eq!(sealer(1).seal_all(b"scene"), sealer(1).seal_all(b"scene"));
        assert_ne!(sealer(1).seal_all(b"scene"), sealer(2).seal_all(b"scene"));
        // Not even a part of it: the nonce differs with the content.
        let (one, two) = (sealer(1).seal_all(b"scene"), sealer(1).seal_all(b"scenf"));
        assert_ne!(one[0][..NONCE], two[0][..NONCE]);
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_and_nothing_else(content: Vec<u8>, place: prop::sample::Index, flip in 1u8..) {
            let sealed = sealer(1).seal_all(&content).remove(0);
            prop_assert_eq!(sealer(1).open(sealed.clone()), Ok(content));
            prop_assert_eq!(sealer(2).open(sealed.clone()), Err(SealError::Key));
            let mut broken = sealed;
            let place = place.index(broken.len());
            broken[place] ^= flip;
            prop_assert_eq!(sealer(1).open(broken), Err(SealError::Key));
        }

        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            prop_assert_eq!(sealer(1).open(bytes), Err(SealError::Key));
        }
    }
}
