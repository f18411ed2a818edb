use super::header::Header;
use crate::BlendError;

/// One block of a file: a struct, or an array of structs, or raw data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// `SC`, `OB`, `DATA`..., padded with zeros.
    pub code: [u8; 4],
    /// Index of its struct in the DNA; 0 also stands for raw data.
    pub kind: u32,
    /// Where the block was in the memory of the Blender that saved it: what pointers point to.
    pub address: u64,
    /// Of its data, in the file.
    pub offset: u64,
    pub len: u64,
    pub count: u64,
    /// The block of the datablock that this one belongs to: itself, or the last one before it that is no `DATA`.
    pub owner: u32,
}

impl Block {
    pub fn is_data(&self) -> bool {
        &self.code == b"DATA"
    }

    /// A datablock, or the stand-in for one that is linked from a library.
    pub fn is_id(&self) -> bool {
        self.code[1] != 0 && self.code[2] == 0
    }

    /// Stands for a datablock in a library.
    pub fn is_linked_placeholder(&self) -> bool {
        &self.code == b"ID\0\0"
    }
}

/// The block that begins at a byte, without its owner; `None` at the end of the file.
pub(super) fn block_at(bytes: &[u8], header: Header, at: usize) -> Result<Option<Block>, BlendError> {
    let head_size = header.block_header_size();
    let Some(head) = at.checked_add(head_size).and_then(|end| bytes.get(at..end)) else {
        // The last block of old files is cut after its code.
        if bytes.get(at..at.saturating_add(4)) == Some(b"ENDB") {
            return Ok(None);
        }
        return Err(BlendError::truncated(bytes.len() as u64, "its last block is missing"));
    };
    let Some(mut block) = parse(head, header) else {
        return Err(BlendError::corrupt(at as u64, "a block has a negative length"));
    };
    if &block.code == b"ENDB" {
        return Ok(None);
    }
    let is_name = |byte: &u8| *byte == 0 || byte.is_ascii_graphic() || *byte == b' ';
    if block.code[0] == 0 || !block.code.iter().all(is_name) {
        return Err(BlendError::corrupt(at as u64, "a block has no name"));
    }
    let start = at + head_size;
    let end = usize::try_from(block.len).ok().and_then(|len| start.checked_add(len));
    if end.is_none_or(|end| end > bytes.len()) {
        return Err(BlendError::truncated(
            bytes.len() as u64,
            format!(
                "the block {} at byte {at} holds {} bytes, of which {} are there",
                name(block.code),
                block.len,
                bytes.len() - start
            ),
        ));
    }
    block.offset = start as u64;
    Ok(Some(block))
}

fn parse(head: &[u8], header: Header) -> Option<Block> {
    let raw: [u8; 4] = head.get(..4)?.try_into().ok()?;
    // Two-letter codes are numbers of 16 bits in a field of 32: big-endian files have the zeros in front.
    let code = if raw[0] == 0 && raw[1] == 0 {
        [raw[2], raw[3], 0, 0]
    } else {
        raw
    };
    let (kind, address, len, count) = if header.large_blocks {
        (
            header.u32(head, 4)?,
            header.u64(head, 8)?,
            i64::from_ne_bytes(header.u64(head, 16)?.to_ne_bytes()),
            header.u64(head, 24)?,
        )
    } else {
        let after = 8 + header.pointer_size;
        let len = i32::from_ne_bytes(header.u32(head, 4)?.to_ne_bytes());
        (
            header.u32(head, after)?,
            header.pointer(head, 8)?,
            i64::from(len),
            u64::from(header.u32(head, after + 4)?),
        )
    };
    Some(Block {
        code,
        kind,
        address,
        offset: 0,
        len: u64::try_from(len).ok()?,
        count,
        owner: 0,
    })
}

pub(crate) fn name(code: [u8; 4]) -> String {
    code.iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| char::from(*byte))
        .collect()
}
