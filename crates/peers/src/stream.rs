//! The bytes that the tests of Kubo make files of, for the vectors of IPIP-0499.

use chacha20::{
    ChaCha20,
    cipher::{KeyIvInit, StreamCipher},
};
use sha2::{Digest, Sha256};

/// The key stream of ChaCha20 (RFC 8439) from block 0, with the SHA-256 of a seed as its key and zero as its nonce.
pub struct SeededStream(ChaCha20);

impl SeededStream {
    pub fn new(seed: &str) -> Self {
        let key: [u8; 32] = Sha256::digest(seed).into();
        Self(ChaCha20::new(&key.into(), &[0; 12].into()))
    }

    /// The next bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
        self.0.apply_keystream(bytes);
    }
}
