//! Gives a scene to a Blender that already runs: its files appear in the folder that Blender was started with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Makes `to` show the files of `from`, as links where the file system can, so that gigabytes need no time and no room.
/// Whatever is neither folder nor file is left out: a link could lead anywhere.
pub(super) fn lend(from: &Path, to: &Path) -> io::Result<()> {
    let mut waiting: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type()?;
            if kind.is_dir() {
                fs::create_dir(&target)?;
                waiting.push((source, target));
            } else if kind.is_file() && fs::hard_link(&source, &target).is_err() {
                // Another disk, or a file system without links.
                fs::copy(&source, &target)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blender_command::empty_dir;

    #[test]
    fn files_and_folders_appear() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("textures/wood")).unwrap();
        fs::write(from.join("scene.blend"), "a").unwrap();
        fs::write(from.join("textures/wood/oak.png"), "b").unwrap();
        empty_dir(&to).unwrap();
        lend(&from, &to).unwrap();
        assert_eq!(fs::read(to.join("textures/wood/oak.png")).unwrap(), b"b");
        empty_dir(&to).unwrap();
        assert!(from.join("scene.blend").is_file(), "the scene itself stays");
        assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(&from).unwrap();
        std::os::unix::fs::symlink("/etc", from.join("etc")).unwrap();
        empty_dir(&to).unwrap();
        lend(&from, &to).unwrap();
        assert_eq!(fs::read_dir(&to).unwrap().count(), 0);
    }
}
