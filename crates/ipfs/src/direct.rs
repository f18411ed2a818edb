//! Writing past the system's cache.
//!
//! A block that is synced at once gains nothing from the cache: copying it there takes as long as hashing it, and the
//! cache loses what others would read again. Where the system or the file system cannot, or the bytes do not lie as the
//! disk wants them, blocks are written as usual; what is on the disk after a sync is the same.

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
