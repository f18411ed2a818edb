use crate::BlendError;

/// How numbers and blocks are laid out in one file.
///
/// Source: Blender, `source/blender/blenloader/BLO_core_blend_header.hh` and `BLO_core_bhead.hh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes before the first block: 12, or 17 since Blender 5.0.
    pub size: usize,
    /// 4 or 8.
    pub pointer_size: usize,
    pub big_endian: bool,
    /// Block lengths and counts have 64 bits (`LargeBHead8`).
    pub large_blocks: bool,
    /// Such as 304 for 3.4.
    pub version: u16,
}

impl Header {
    pub fn parse(bytes: &[u8]) -> Result<Self, BlendError> {
        let short = || BlendError::truncated(bytes.len() as u64, "it ends within its header");
        let kind = *bytes.get(7).ok_or_else(short)?;
        if kind.is_ascii_digit() {
            return Self::parse_large(bytes.get(..17).ok_or_else(short)?);
        }
        let legacy = bytes.get(..12).ok_or_else(short)?;
        Ok(Self {
            size: 12,
            pointer_size: match kind {
                b'_' => 4,
                b'-' => 8,
                _ => return Err(BlendError::corrupt(7, "the pointer size is neither 4 nor 8")),
            },
            big_endian: endianness(legacy, 8)?,
            large_blocks: false,
            version: number(legacy, 9, 12)?,
        })
    }

    /// `BLENDER17-01v0500`: header size, pointer size, format of the file, endianness, version.
    fn parse_large(bytes: &[u8]) -> Result<Self, BlendError> {
        let size = number(bytes, 7, 9)?;
        let format = number(bytes, 10, 12)?;
        if size != 17 || format != 1 {
            return Err(BlendError::Unsupported {
                reason: format!("file format {format}, header of {size} bytes"),
            });
        }
        if bytes.get(9) != Some(&b'-') {
            return Err(BlendError::corrupt(9, "pointers of such files have 8 bytes"));
        }
        Ok(Self {
            size: 17,
            pointer_size: 8,
            big_endian: endianness(bytes, 12)?,
            large_blocks: true,
            version: number(bytes, 13, 17)?,
        })
    }

    /// Bytes of the header of each block.
    pub fn block_header_size(self) -> usize {
        if self.large_blocks { 32 } else { 16 + self.pointer_size }
    }

    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u16::from_be_bytes(raw)
        } else {
            u16::from_le_bytes(raw)
        })
    }

    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u32::from_be_bytes(raw)
        } else {
            u32::from_le_bytes(raw)
        })
    }

    pub fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let raw = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
        Some(if self.big_endian {
            u64::from_be_bytes(raw)
        } else {
            u64::from_le_bytes(raw)
        })
    }

    pub fn pointer(self, bytes: &[u8], at: usize) -> Option<u64> {
        if self.pointer_size == 8 {
            self.u64(bytes, at)
        } else {
            self.u32(bytes, at).map(u64::from)
        }
    }
}

fn endianness(bytes: &[u8], at: usize) -> Result<bool, BlendError> {
    match bytes.get(at) {
        Some(b'v') => Ok(false),
        Some(b'V') => Ok(true),
        _ => Err(BlendError::corrupt(at as u64, "the byte order is neither “v” nor “V”")),
    }
}

fn number(bytes: &[u8], from: usize, to: usize) -> Result<u16, BlendError> {
    bytes
        .get(from..to)
        .filter(|digits| digits.iter().all(u8::is_ascii_digit))
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| BlendError::corrupt(from as u64, "the header holds a number that is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_header() {
        let old = Header::parse(b"BLENDER_V249").unwrap();
        assert_eq!(
            (old.pointer_size, old.big_endian, old.version, old.block_header_size()),
            (4, true, 249, 20)
        );
        let common = Header::parse(b"BLENDER-v304REND").unwrap();
        assert_eq!(
            (common.pointer_size, common.big_endian, common.version),
            (8, false, 304)
        );
        assert_eq!(common.block_header_size(), 24);
        let large = Header::parse(b"BLENDER17-01v0500GLOB").unwrap();
        assert_eq!(
            (large.size, large.version, large.large_blocks, large.block_header_size()),
            (17, 500, true, 32)
        );
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(matches!(
            Header::parse(b"BLENDER-v30"),
            Err(BlendError::Truncated { offset: 11, .. })
        ));
        assert!(matches!(
            Header::parse(b"BLENDER=v304"),
            Err(BlendError::Corrupt { offset: 7, .. })
        ));
        assert!(matches!(
            Header::parse(b"BLENDER-v3x4"),
            Err(BlendError::Corrupt { offset: 9, .. })
        ));
        assert!(matches!(
            Header::parse(b"BLENDER17-02v0600"),
            Err(BlendError::Unsupported { .. })
        ));
    }
}
