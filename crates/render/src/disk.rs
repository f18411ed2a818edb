//! Room on a disk.

use std::path::Path;

/// Bytes that may still be written where `path` is, which exists; `None` when the system does not tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_known_where_something_is() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_bytes(folder.path()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(&folder.path().join("nowhere")), None);
    }
}
