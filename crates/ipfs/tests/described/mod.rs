//! Files and folders that are described rather than kept: a gibibyte takes a line.

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};
use veriframe_peers::SeededStream;

const MIB: u64 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tree {
    /// A file with this content.
    Text(String),
    /// A file of so many bytes: zeros, and at the start of each MiB its number, from 1, in eight bytes, the lowest
    /// first. No two chunks are equal, and the file takes little room on the disk.
    Numbered(u64),
    /// A file of so many bytes of the [`SeededStream`].
    Stream {
        seed: String,
        bytes: u64,
    },
    Folder(BTreeMap<String, Tree>),
    /// A folder of `frame_0000.png`, `frame_0001.png` and so on, with the content `frame 0`, `frame 1` ...
    Frames(u32),
    /// A folder of so many files with the content `x`, as the tests of Kubo make it for the same vectors. Their names are
    /// letters chosen by the bytes of the stream of that seed, `length` of them, in the last name `last` of them.
    Letters {
        seed: String,
        count: usize,
        length: usize,
        last: usize,
    },
}

impl Tree {
    /// Makes the file or folder at a path where there is none.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Text(text) => fs::write(path, text),
            Self::Numbered(bytes) => numbered(path, *bytes),
            Self::Stream { seed, bytes } => {
                let mut out = BufWriter::new(File::create(path)?);
                stream(seed, *bytes, |some| out.write_all(some))?;
                out.flush()
            }
            Self::Folder(entries) => {
                fs::create_dir(path)?;
                entries
                    .iter()
                    .try_for_each(|(name, child)| child.write(&path.join(name)))
            }
            Self::Frames(count) => {
                fs::create_dir(path)?;
                (0..*count).try_for_each(|number| {
                    fs::write(path.join(format!("frame_{number:04}.png")), format!("frame {number}"))
                })
            }
            Self::Letters {
                seed,
                count,
                length,
                last,
            } => {
                fs::create_dir(path)?;
                letters(seed, *count, *length, *last)?
                    .iter()
                    .try_for_each(|name| fs::write(path.join(name), "x"))
            }
        }
    }
}

fn numbered(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.set_len(bytes)?;
    for chunk in 0..bytes.div_ceil(MIB) {
        let start = chunk * MIB;
        let number = (chunk + 1).to_le_bytes();
        file.seek(SeekFrom::Start(start))?;
        file.write_all(&number[..(bytes - start).min(8) as usize])?;
    }
    Ok(())
}

/// In pieces of at most a MiB.
fn stream(seed: &str, bytes: u64, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut bytes_of_seed = SeededStream::new(seed);
    let mut left = bytes;
    let mut buffer = vec![0; MIB as usize];
    while left > 0 {
        let some = &mut buffer[..left.min(MIB) as usize];
        bytes_of_seed.fill(some);
        take(some)?;
        left -= some.len() as u64;
    }
    Ok(())
}

fn letters(seed: &str, count: usize, length: usize, last: usize) -> io::Result<Vec<String>> {
    // The zero is there twice, as it is there.
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz01234567890-_";
    let mut chosen = Vec::new();
    let total = (count.max(1) - 1) * length + last;
    stream(seed, total as u64, |bytes| {
        let letters = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        chosen.extend(letters);
        Ok(())
    })?;
    let mut rest = &chosen[..];
    Ok((1..=count)
        .map(|number| {
            let (name, after) = rest.split_at(if number == count { last } else { length });
            rest = after;
            name.iter().collect()
        })
        .collect())
}
