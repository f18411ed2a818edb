//! Small files that only their owner can read, and that are whole from the moment they have their name.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// `false` when a file of that name was there first, which is left as it is.
pub fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    let folder = folder_of(path);
    let file = written(folder, content)?;
    match file.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error.error),
    }
    sync_folder(folder)?;
    Ok(true)
}

/// Puts new content in the place of the file, whole or not at all.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    written(folder, content)?.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Where the file is.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Readable by the owner alone from its first moment.
fn written(folder: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    restrict(file.as_file())?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
pub(crate) fn restrict(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o777 == 0o600 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

/// On Windows the folder of a user's data is already that user's alone.
#[cfg(not(unix))]
pub(crate) fn restrict(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
