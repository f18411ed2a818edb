use super::{Pixels, Samples};
use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hex over width and height (`u32`, little endian) and the normalised RGBA samples: `u16` little
/// endian, or the bits of each `f32` little endian. Equal for equal pixels whatever the metadata of the files.
pub fn digest(pixels: &Pixels) -> String {
    let mut hash = Sha256::new();
    hash.update(pixels.width.to_le_bytes());
    hash.update(pixels.height.to_le_bytes());
    // In slices of a few kilobytes: sample by sample the hasher's own overhead dominates.
    let mut slice = Vec::with_capacity(4 * 4096);
    match &pixels.samples {
        Samples::Unsigned(samples) => {
            for chunk in samples.chunks(4096) {
                slice.clear();
                slice.extend(chunk.iter().flat_map(|sample| sample.to_le_bytes()));
                hash.update(&slice);
            }
        }
        Samples::Float(samples) => {
            for chunk in samples.chunks(4096) {
                slice.clear();
                slice.extend(chunk.iter().flat_map(|sample| sample.to_bits().to_le_bytes()));
                hash.update(&slice);
            }
        }
    }
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_pinned() {
        let pixels = Pixels {
            width: 1,
            height: 1,
            samples: Samples::Unsigned(vec![0, 257, 65535, 65535]),
        };
        // printf '\x01\0\0\0\x01\0\0\0\0\0\x01\x01\xff\xff\xff\xff' | sha256sum
        assert_eq!(
            digest(&pixels),
            "6187a6d53c8113b270a13404d049df1217a1a8cd2f345421a5d4a5401860fb5b"
        );
        let float = Pixels {
            samples: Samples::Float(vec![0.0, 1.0, 1.0, 1.0]),
            ..pixels.clone()
        };
        assert_ne!(digest(&float), digest(&pixels));
        let wide = Pixels {
            width: 2,
            ..pixels.clone()
        };
        assert_ne!(digest(&wide), digest(&pixels));
    }
}
