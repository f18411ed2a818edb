//! Content that no file system, hash or compressor shortens.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

const MIB: usize = 1 << 20;

/// Bytes that look random, and are the same for the same seed.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.word());
        }
        bytes.truncate(count);
        bytes
    }

    /// xorshift64.
    fn word(&mut self) -> [u8; 8] {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_le_bytes()
    }
}

/// A file of this many mebibytes.
pub fn file(path: &Path, mebibytes: usize) {
    let mut file = File::create(path).expect("a file");
    let mut noise = Noise::new(1);
    for _ in 0..mebibytes {
        file.write_all(&noise.bytes(MIB)).expect("room for the file");
    }
}

/// A BMP of noise, square, 24 bits a pixel: a picture that every Blender opens and that takes `3 * side * side` bytes.
/// `side` is a multiple of 4, so that rows need no padding.
pub fn picture(path: &Path, side: u32, seed: u64) {
    let pixels = 3 * side * side;
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut put = |bytes: &[u8]| file.write_all(bytes).expect("room for a picture");
    put(b"BM");
    for field in [54 + pixels, 0, 54, 40, side, side] {
        put(&field.to_le_bytes());
    }
    // One plane, 24 bits; then: not compressed, bytes of the pixels, and four fields that nobody reads.
    put(&[1, 0, 24, 0]);
    for field in [0, pixels, 2835, 2835, 0, 0] {
        put(&field.to_le_bytes());
    }
    put(&Noise::new(seed).bytes(pixels as usize));
    file.flush().expect("room for a picture");
}
