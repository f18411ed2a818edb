//! Where VeriFrame runs as root, a confined Blender does not: it is somebody to whom nothing on this computer belongs.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown},
    path::{Path, PathBuf},
};

/// `nobody` and `nogroup` nearly everywhere; no file belongs to them.
const ID: u32 = 65534;
const OTHERS_READ: u32 = 0o004;
const OTHERS_ENTER: u32 = 0o005;

pub(super) fn is_needed() -> bool {
    rustix::process::geteuid().is_root()
}

/// They may write the folders that a confined program writes, and read the scene.
pub(super) fn may_use(write_dir: &Path, scene_dir: Option<&Path>) -> io::Result<()> {
    for name in ["out", "tmp"] {
        walk(&write_dir.join(name), |path, _| lchown(path, Some(ID), Some(ID)))?;
    }
    match scene_dir {
        Some(scene) => walk(scene, |path, rights| add(path, rights)),
        None => Ok(()),
    }
}

/// Every folder and file below, itself first, with what others need to read it. Links are passed over.
fn walk(top: &Path, each: impl Fn(&Path, u32) -> io::Result<()>) -> io::Result<()> {
    let mut waiting = vec![top.to_owned()];
    while let Some(folder) = waiting.pop() {
        each(&folder, OTHERS_ENTER)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                each(&entry.path(), OTHERS_READ)?;
            }
        }
    }
    Ok(())
}

fn add(path: &Path, rights: u32) -> io::Result<()> {
    let mut permissions = fs::symlink_metadata(path)?.permissions();
    if permissions.mode() & rights == rights {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() | rights);
    fs::set_permissions(path, permissions)
}

/// The groups that may use these devices.
pub(super) fn groups_of(nodes: &[&str]) -> Vec<u32> {
    let mut groups: Vec<u32> = nodes
        .iter()
        .flat_map(|node| {
            let inside = fs::read_dir(node)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path());
            inside.chain([PathBuf::from(node)])
        })
        .filter_map(|path| Some(fs::metadata(path).ok()?.gid()))
        .filter(|&group| group != 0)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The start of a command line: who runs the rest of it has no rights, and never gets any.
pub(super) fn become_them(groups: &[u32]) -> Vec<OsString> {
    let id = ID.to_string();
    let groups = match groups {
        [] => "--clear-groups".to_owned(),
        groups => {
            let groups: Vec<String> = groups.iter().map(u32::to_string).collect();
            format!("--groups={}", groups.join(","))
        }
    };
    [
        "setpriv",
        "--reuid",
        &id,
        "--regid",
        &id,
        &groups,
        "--inh-caps=-all",
        "--bounding-set=-all",
        "--no-new-privs",
    ]
    .into_iter()
    .map(OsString::from)
    .collect()
}
