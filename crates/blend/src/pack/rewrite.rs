use std::io::{self, Write};

use crate::{
    PackError,
    read::BlendFile,
    trace::{Place, Spot},
};

/// A part of a file that is written anew.
pub(super) struct Splice {
    start: usize,
    end: usize,
    bytes: Vec<u8>,
}

/// What a mention is to say: one path, or a folder and names in it. Paths begin with `//`.
pub(super) enum NewPath {
    Whole(String),
    Split { folder: String, names: Vec<String> },
}

pub(super) fn splices(file: &BlendFile, place: &Place, new: &NewPath) -> Result<Vec<Splice>, PackError> {
    match (place, new) {
        (Place::Field(spot), NewPath::Whole(path)) => Ok(vec![fill(*spot, path)?]),
        (Place::Split { folder, names: spots }, NewPath::Split { folder: path, names }) => {
            // Blender wants the closing slash: folder and name are simply joined.
            let mut all = vec![fill(*folder, &with_slash(path))?];
            for (spot, name) in spots.iter().zip(names) {
                all.push(fill(*spot, name)?);
            }
            Ok(all)
        }
        (Place::Behind { block }, NewPath::Whole(path)) => Ok(lengthened(file, *block, path).into_iter().collect()),
        _ => Ok(Vec::new()),
    }
}

/// `//plates` as `//plates/`; the folder of the file itself, `//`, stays.
fn with_slash(path: &str) -> String {
    let below = path.trim_start_matches("//").trim_end_matches('/');
    if below.is_empty() {
        "//".to_owned()
    } else {
        format!("//{below}/")
    }
}

/// A text in a field of fixed size. The rest of the field is zeroed: nothing of the old path stays.
pub(super) fn fill(spot: Spot, text: &str) -> Result<Splice, PackError> {
    if text.len() >= spot.size {
        return Err(PackError::PathTooLong {
            path: text.to_owned(),
            limit: spot.size,
        });
    }
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(spot.size, 0);
    Ok(Splice {
        start: spot.offset,
        end: spot.offset + spot.size,
        bytes,
    })
}

/// A text in a block of its own, which grows or shrinks with it.
fn lengthened(file: &BlendFile, position: u32, text: &str) -> Option<Splice> {
    let block = *file.block(position)?;
    let header = file.header();
    let head_size = header.block_header_size();
    let data = block.offset as usize;
    let start = data.checked_sub(head_size)?;
    let mut head = file.bytes().get(start..data)?.to_vec();
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    while !bytes.len().is_multiple_of(4) {
        bytes.push(0);
    }
    let len = bytes.len() as u64;
    // A block of characters counts them, or counts itself as one.
    let count = if block.count == block.len { len } else { block.count };
    let wide = |value: u64| {
        if header.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let narrow = |value: u64| {
        let value = value as u32;
        if header.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    if header.large_blocks {
        head.get_mut(16..24)?.copy_from_slice(&wide(len));
        head.get_mut(24..32)?.copy_from_slice(&wide(count));
    } else {
        let after = 12 + header.pointer_size;
        head.get_mut(4..8)?.copy_from_slice(&narrow(len));
        head.get_mut(after..after + 4)?.copy_from_slice(&narrow(count));
    }
    head.extend_from_slice(&bytes);
    Some(Splice {
        start,
        end: data + block.len as usize,
        bytes: head,
    })
}

/// Writes the file with its splices, uncompressed. `wrote` is told of every part and may stop the writing.
pub(super) fn write(
    file: &BlendFile,
    mut splices: Vec<Splice>,
    to: &mut dyn Write,
    wrote: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<u64> {
    const STEP: usize = 8 << 20;
    let bytes = file.bytes();
    splices.sort_by_key(|splice| splice.start);
    let mut at = 0;
    let mut total = 0;
    let mut put = |part: &[u8]| -> io::Result<()> {
        for step in part.chunks(STEP) {
            to.write_all(step)?;
            total += step.len() as u64;
            wrote(step.len() as u64)?;
        }
        Ok(())
    };
    for splice in &splices {
        // Two mentions of one place say the same; the first has been written.
        if splice.start < at {
            continue;
        }
        put(bytes.get(at..splice.start).unwrap_or_default())?;
        put(&splice.bytes)?;
        at = splice.end;
    }
    put(bytes.get(at..).unwrap_or_default())?;
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::with_slash;

    #[test]
    fn a_folder_ends_with_one_slash() {
        assert_eq!(with_slash("//plates"), "//plates/");
        assert_eq!(with_slash("//plates/a/"), "//plates/a/");
        assert_eq!(with_slash("//"), "//");
    }
}
