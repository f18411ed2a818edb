use std::path::Path;
use tempfile::TempDir;

/// A temporary folder in memory, where there is such a place: for tests that are not about the disk. A database commits there sixty
/// times as fast.
pub fn folder_in_memory() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("veriframe-test-");
    builder
        .tempdir_in(Path::new("/dev/shm"))
        .or_else(|_| builder.tempdir())
        .expect("a temporary folder")
}
