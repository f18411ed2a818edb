//! The shape of a sealed tree.
//!
//! ```text
//! ROOT/scene.sealed        the sealed list: JSON, what each file is called and which one it is
//! ROOT/XY/NAME.sealed      a sealed file; NAME is a keyed hash of its path, XY its first two digits
//! ```
//! Names hide, and stay the same from one version of a scene to the next, so that a folder whose files did not change
//! gives the same blocks. The list names the CID of each sealed file: nobody without the key can exchange two of them.

use super::{SealError, SealKey, Sealer, sealed_bytes};
use crate::{
    block::parse_cid,
    names::Siblings,
    profile::{MAX_DEPTH, MAX_ENTRIES},
    source::{Source, SourceTree},
    unixfs::Subtree,
};
use cid::Cid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The list's name in the root, by which a sealed tree is known.
pub(crate) const LIST: &str = "scene.sealed";
const ENDING: &str = ".sealed";
const VERSION: u32 = 1;
/// Bytes of a list that are read; 200,000 files take about 40 MB.
pub(crate) const MAX_LIST: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
struct List {
    version: u32,
    /// The content is one file, not a folder.
    file: bool,
    /// Folders, which may be hollow; with `/`, without the root.
    folders: Vec<String>,
    files: Vec<Listed>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    path: String,
    /// Of the content.
    bytes: u64,
    cid: String,
}

/// A sealed file and the path that its content gets, with `/`; empty when the content is one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub path: String,
    pub cid: Cid,
    pub bytes: u64,
}

/// What a sealed tree holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OpenedTree {
    pub is_file: bool,
    /// Parents before children.
    pub folders: Vec<String>,
    pub files: Vec<Opened>,
}

/// The sealed list for files whose sealed content was stored as `stored`, in the order of the source.
pub(crate) fn list(source: &Source, stored: &[Subtree], sealer: &Sealer) -> Vec<Vec<u8>> {
    let mut list = List {
        version: VERSION,
        file: matches!(source.tree, SourceTree::File(_)),
        folders: Vec::new(),
        files: Vec::new(),
    };
    collect(&source.tree, "", &mut |path, entry| match entry {
        None => list.folders.push(path.to_owned()),
        Some(index) => list.files.push(Listed {
            path: path.to_owned(),
            bytes: source.files[index].bytes,
            cid: stored[index].cid.to_string(),
        }),
    });
    let json = serde_json::to_vec(&list).expect("texts and numbers are always JSON");
    sealer.seal_all(&json)
}

/// The opaque folders of the root, with the files in them.
pub(crate) fn folders(source: &Source, stored: &[Subtree], key: &SealKey) -> BTreeMap<String, Vec<(String, Subtree)>> {
    let names = key.derived("veriframe 2026-11 names of sealed files");
    let mut folders: BTreeMap<String, Vec<(String, Subtree)>> = BTreeMap::new();
    collect(&source.tree, "", &mut |path, entry| {
        if let Some(index) = entry {
            let hash = blake3::keyed_hash(&names, path.as_bytes()).to_hex();
            folders
                .entry(hash[..2].to_owned())
                .or_default()
                .push((format!("{}{ENDING}", &hash[2..34]), stored[index]));
        }
    });
    folders
}

/// Every folder (without an index) and file below, but not the root itself when it is a folder.
fn collect(tree: &SourceTree, path: &str, found: &mut dyn FnMut(&str, Option<usize>)) {
    match tree {
        SourceTree::File(index) => found(path, Some(*index)),
        SourceTree::Folder { entries, .. } => {
            for (name, child) in entries {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}/{name}")
                };
                if matches!(child, SourceTree::Folder { .. }) {
                    found(&path, None);
                }
                collect(child, &path, found);
            }
        }
    }
}

/// Reads an opened list. Whoever has the key may have made it, so its names and sizes are a stranger's.
pub(crate) fn read_list(json: &[u8]) -> Result<OpenedTree, SealError> {
    let list: List = serde_json::from_slice(json).map_err(|_| SealError::Manifest)?;
    if list.version != VERSION || list.files.len() + list.folders.len() > MAX_ENTRIES {
        return Err(SealError::Manifest);
    }
    if list.file {
        return match <[Listed; 1]>::try_from(list.files) {
            Ok([file]) if file.path.is_empty() && list.folders.is_empty() => Ok(OpenedTree {
                is_file: true,
                folders: Vec::new(),
                files: vec![opened(file)?],
            }),
            _ => Err(SealError::Manifest),
        };
    }
    let mut places = Places::default();
    for folder in &list.folders {
        places.add(folder, Kind::Folder)?;
    }
    let mut files = Vec::with_capacity(list.files.len());
    for file in list.files {
        places.add(&file.path, Kind::File)?;
        files.push(opened(file)?);
    }
    Ok(OpenedTree {
        is_file: false,
        folders: list.folders,
        files,
    })
}

fn opened(file: Listed) -> Result<Opened, SealError> {
    // A claim beyond what can be is one to harm.
    if file.bytes > u64::MAX / 4 || sealed_bytes(file.bytes) > u64::MAX / 2 {
        return Err(SealError::Manifest);
    }
    let cid = parse_cid(&file.cid).map_err(|_| SealError::Manifest)?;
    Ok(Opened {
        path: file.path,
        cid,
        bytes: file.bytes,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
}

/// Checks that each path is new, may be written everywhere, and lies in a folder that was named before.
#[derive(Default)]
struct Places {
    folders: HashMap<String, Siblings>,
}

impl Places {
    fn add(&mut self, path: &str, kind: Kind) -> Result<(), SealError> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let siblings = if parent.is_empty() {
            self.folders.entry(String::new()).or_default()
        } else {
            self.folders.get_mut(parent).ok_or(SealError::Manifest)?
        };
        if path.starts_with('/') || path.matches('/').count() >= MAX_DEPTH || siblings.add(name).is_err() {
            return Err(SealError::Manifest);
        }
        if kind == Kind::Folder {
            self.folders.insert(path.to_owned(), Siblings::default());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use proptest::prelude::*;

    fn json(folders: &[&str], files: &[&str]) -> Vec<u8> {
        let files: Vec<_> = files
            .iter()
            .map(|path| serde_json::json!({"path": path, "bytes": 1, "cid": raw_cid(b"x").to_string()}))
            .collect();
        serde_json::to_vec(&serde_json::json!({"version": 1, "file": false, "folders": folders, "files": files}))
            .unwrap()
    }

    #[test]
    fn a_list_that_leads_elsewhere_is_refused() {
        assert!(read_list(&json(&["a", "a/b"], &["a/b/c", "d"])).is_ok());
        for (folders, files) in [
            (&[][..], &["../x"][..]),
            (&[], &["/etc/x"]),
            (&[], &["a/x"]),
            (&["a", "a"], &[]),
            (&["a"], &["A"]),
            (&["a/b"], &[]),
            (&[], &["C:x"]),
            (&[], &[""]),
            (&[".."], &["../x"]),
            (&["a"], &["a//x"]),
        ] {
            assert_eq!(
                read_list(&json(folders, files)),
                Err(SealError::Manifest),
                "{folders:?} {files:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = read_list(&bytes);
        }
    }
}
