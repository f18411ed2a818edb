//! What is to be imported: the files below a path, listed before the first is read.

use crate::{
    import::ImportError,
    names::Siblings,
    profile::{MAX_DEPTH, MAX_ENTRIES},
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A file as it was when the import began. If it looks different afterwards, its CID would be of a mixture.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub path: PathBuf,
    pub bytes: u64,
    pub modified: Option<SystemTime>,
}

#[derive(Debug)]
pub(crate) enum SourceTree {
    /// Index into [`Source::files`].
    File(usize),
    Folder {
        path: PathBuf,
        entries: Vec<(String, SourceTree)>,
    },
}

#[derive(Debug)]
pub(crate) struct Source {
    pub files: Vec<SourceFile>,
    pub tree: SourceTree,
}

/// Which names are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// All that UTF-8 can say: a CID is asked for, nothing is stored.
    Any,
    /// Only what every computer that may get the tree can write.
    Portable,
}

/// A piece of a file: one block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk {
    pub file: usize,
    pub offset: u64,
    pub bytes: u64,
    /// Whether the file ends here.
    pub last: bool,
}

impl Source {
    /// Lists what is at `path`. A link at `path` itself is followed, because a person named it; links below are refused.
    pub(crate) fn list(path: &Path, naming: Naming) -> Result<Self, ImportError> {
        let mut files = Vec::new();
        let mut entries = 0;
        let metadata = fs::metadata(path).map_err(|source| ImportError::io(path, source))?;
        let tree = list(path, &metadata, naming, 0, &mut entries, &mut files)?;
        Ok(Self { files, tree })
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// All chunks of `whole` bytes, file after file. An empty file has one empty chunk.
    pub(crate) fn chunks(&self, whole: u64) -> impl Iterator<Item = Chunk> + '_ {
        self.files.iter().enumerate().flat_map(move |(file, source)| {
            let count = source.bytes.div_ceil(whole).max(1);
            (0..count).map(move |number| Chunk {
                file,
                offset: number * whole,
                bytes: (source.bytes - number * whole).min(whole),
                last: number + 1 == count,
            })
        })
    }
}

/// About as many bytes as a file or a folder will take in a store. What cannot be read is told by the import itself.
pub(crate) fn bytes_below(path: &Path) -> u64 {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| bytes_below(&entry.path()))
            .sum(),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

fn list(
    path: &Path,
    metadata: &fs::Metadata,
    naming: Naming,
    depth: usize,
    count: &mut usize,
    files: &mut Vec<SourceFile>,
) -> Result<SourceTree, ImportError> {
    *count += 1;
    if *count > MAX_ENTRIES {
        return Err(ImportError::TooMany { limit: MAX_ENTRIES });
    }
    if metadata.is_file() {
        files.push(SourceFile {
            path: path.to_owned(),
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        });
        return Ok(SourceTree::File(files.len() - 1));
    }
    if !metadata.is_dir() {
        return Err(ImportError::NotAFile { path: path.to_owned() });
    }
    if depth == MAX_DEPTH {
        return Err(ImportError::TooDeep { path: path.to_owned() });
    }
    let error = |source| ImportError::io(path, source);
    let mut names = Siblings::default();
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(error)? {
        let entry = entry.map_err(error)?;
        let child = entry.path();
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| ImportError::NotUnicode { path: child.clone() })?;
        found.push((name, child));
    }
    // The order of a folder is the file system's own; errors and blocks should come in the same order everywhere.
    found.sort();
    let mut entries = Vec::with_capacity(found.len());
    for (name, child) in found {
        if naming == Naming::Portable {
            names.add(&name).map_err(|problem| ImportError::Name {
                path: child.clone(),
                problem,
            })?;
        }
        let metadata = fs::symlink_metadata(&child).map_err(|source| ImportError::io(&child, source))?;
        if metadata.is_symlink() {
            return Err(ImportError::Symlink { path: child });
        }
        let tree = list(&child, &metadata, naming, depth + 1, count, files)?;
        entries.push((name, tree));
    }
    Ok(SourceTree::Folder {
        path: path.to_owned(),
        entries,
    })
}
