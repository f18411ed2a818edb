//! Writing past the system's cache.
//!
//! A block that is synced at once gains nothing from the cache, and the cache loses what others would read again; a
//! gibibyte written this way and synced took half as long. Where the system or the file system cannot, or the bytes do
//! not lie as the disk wants them, blocks are written as usual; what is on the disk after a sync is the same.

use crate::aligned::PAGE;
use std::{
    fs::File,
    io::{self, Seek, Write},
};

/// Writes all of a new, empty file.
pub(crate) fn write_new(file: &mut File, data: &[u8]) -> io::Result<()> {
    if data.is_empty() || !data.len().is_multiple_of(PAGE) || data.as_ptr().align_offset(PAGE) != 0 || !begin(file) {
        return file.write_all(data);
    }
    match file.write_all(data) {
        // Said by disks with larger blocks than a page.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            end(file)?;
            file.rewind()?;
            file.write_all(data)
        }
        written => written,
    }
}

#[cfg(target_os = "linux")]
fn begin(file: &File) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    fcntl_getfl(file)
        .and_then(|flags| fcntl_setfl(file, flags | OFlags::DIRECT))
        .is_ok()
}

#[cfg(target_os = "linux")]
fn end(file: &File) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let flags = fcntl_getfl(file)?;
    Ok(fcntl_setfl(file, flags - OFlags::DIRECT)?)
}

#[cfg(not(target_os = "linux"))]
fn begin(_file: &File) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn end(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aligned::ChunkBuffer;
    use std::fs;

    #[test]
    fn bytes_arrive_however_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let mut buffer = ChunkBuffer::default();
        for (number, byte) in buffer.iter_mut().enumerate() {
            *byte = (number % 251) as u8;
        }
        // A whole chunk, a piece of pages, one that begins beside a page, one that ends beside one, nothing.
        for range in [0..buffer.len(), 0..3 * PAGE, 16..16 + PAGE, 0..PAGE + 1, 0..0] {
            let path = folder.path().join(format!("{range:?}"));
            write_new(&mut File::create(&path).unwrap(), &buffer[range.clone()]).unwrap();
            assert_eq!(fs::read(&path).unwrap(), buffer[range]);
        }
    }
}
