//! Room on a disk, and folders that strangers' programs wrote into.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes that may still be written where `path` is, which exists; `None` when the system does not tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}

/// What is in a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    pub bytes: u64,
    /// And folders.
    pub files: usize,
}

/// In all of a folder; links are not followed, and what cannot be read counts as empty. Counting ends behind so many files:
/// then it is too much, whatever it is.
pub(crate) fn written_below(folder: &Path, files_at_most: usize) -> Written {
    let mut waiting = vec![folder.to_owned()];
    let mut written = Written::default();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            written.files += 1;
            if written.files > files_at_most {
                return written;
            }
            match entry.metadata() {
                Ok(about) if about.is_dir() => waiting.push(entry.path()),
                Ok(about) => written.bytes += on_disk(&about),
                Err(_) => {}
            }
        }
    }
    written
}

/// Bytes that a file takes: one with holes takes less than its length.
#[cfg(unix)]
fn on_disk(about: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    about.blocks() * 512
}

#[cfg(not(unix))]
fn on_disk(about: &fs::Metadata) -> u64 {
    about.len()
}

/// Removes a folder or a file, whatever a stranger's program made of it: folders thousands deep, whose paths are longer than
/// any call takes, and such as nobody may enter. Nothing there is no error.
pub fn remove_all(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(about) if !about.is_dir() => return fs::remove_file(path),
        Ok(_) => {}
    }
    let run = uuid::Uuid::new_v4().simple().to_string();
    let mut waiting = vec![path.to_owned()];
    let mut moved = 0_u64;
    // A folder inside comes up to the outermost one before it is emptied: so no path grows, and no call waits for another.
    while let Some(folder) = waiting.last().cloned() {
        let is_outermost = waiting.len() == 1;
        make_accessible(&folder);
        let mut went_up = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
                continue;
            }
            if is_outermost {
                went_up.push(entry.path());
                continue;
            }
            make_accessible(&entry.path());
            let up = path.join(format!("{run}-{moved}"));
            moved += 1;
            fs::rename(entry.path(), &up)?;
            went_up.push(up);
        }
        if went_up.is_empty() || !is_outermost {
            fs::remove_dir(&folder)?;
            waiting.pop();
        }
        waiting.extend(went_up);
    }
    Ok(())
}

/// What its maker forbade to everybody.
fn make_accessible(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What is wrong with it shows when it is read.
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// A folder of its own to work in, which is gone with this.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    /// When there cannot be one.
    pub fn new_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        let made = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
        Ok(Self(made.keep()))
    }

    /// Where the system keeps such.
    ///
    /// # Errors
    /// When there cannot be one.
    pub fn new() -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir(), "veriframe-")
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "a folder that is not needed any more is left");
        }
    }
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

    #[cfg(unix)]
    #[test]
    fn holes_and_links_weigh_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        fs::File::create(inside.join("hole")).unwrap().set_len(1 << 40).unwrap();
        std::os::unix::fs::symlink("/", inside.join("link")).unwrap();
        fs::write(inside.join("full"), vec![1; 100_000]).unwrap();
        let written = written_below(folder.path(), 10);
        assert_eq!(written.files, 4);
        assert!((100_000..200_000).contains(&written.bytes), "{written:?}");
    }

    /// Deeper than any stack and than all files that may be open.
    #[cfg(target_os = "linux")]
    #[test]
    fn whatever_was_made_of_a_folder_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("deep");
        fs::create_dir(&deep).unwrap();
        let made = std::process::Command::new("perl")
            .args([
                "-e",
                "for (1..20000) { mkdir 'd'; mkdir 'side'; chdir 'd' or die } open F, '>', 'file'; chmod 0, '.'",
            ])
            .current_dir(&deep)
            .status()
            .expect("perl is on every Debian");
        assert!(made.success());
        fs::write(folder.path().join("beside"), "stays").unwrap();
        let scratch = Scratch(deep.clone());
        drop(scratch);
        assert!(!deep.exists());
        assert!(folder.path().join("beside").exists());
        remove_all(&deep).expect("nothing there is no error");
    }
}
