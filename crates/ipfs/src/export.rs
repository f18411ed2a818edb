//! Blocks back into files and folders.
//!
//! Everything is written beside the destination under another name and renamed when it is complete, so that a folder
//! that exists is whole. The names in the tree are a stranger's: see [`crate::names`].

#[cfg(test)]
mod tests;

use crate::{
    Progress,
    block::RAW,
    durable::sync_folder,
    import::worker_pool,
    names::{NameProblem, Siblings},
    profile::{CHUNK_BYTES, MAX_DEPTH, MAX_ENTRIES},
    seal::{PLAIN_BYTES, SealError, SealKey, Sealer, sealed_bytes},
    spare::Spare,
    store::{BlockStore, StoreError, is_disk_full},
    tree::{Piece, Pieces, TreeError},
    unixfs::Node,
};
use cid::Cid;
use rayon::prelude::*;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

const BATCH: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path} is already there")]
    Exists { path: PathBuf },
    #[error("the disk that holds {path} is full")]
    NoSpace { path: PathBuf },
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// The tree was made to write elsewhere, or by a system with other rules.
    #[error("an entry cannot be written safely: {name:?} is {problem}")]
    Name { name: String, problem: NameProblem },
    #[error("the tree has more than {limit} files and folders")]
    TooMany { limit: usize },
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl ExportError {
    fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_disk_full(&source) {
            Self::NoSpace { path }
        } else {
            Self::Io { path, source }
        }
    }
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Tree(error.into())
    }
}

impl BlockStore {
    /// Writes the file or folder below `root` to `dest`, every block checked. `dest` must not exist; an empty folder
    /// of that name is replaced. All blocks must be held.
    pub fn export_tree(
        &self,
        root: &Cid,
        dest: &Path,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ExportError> {
        self.export_plan(dest, || Plan::of(self, root), progress, cancelled)
    }

    /// Writes what is sealed below `root`, opened, to `dest`. As [`Self::export_tree`] in all else.
    pub fn export_sealed(
        &self,
        root: &Cid,
        key: &SealKey,
        dest: &Path,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ExportError> {
        self.export_plan(dest, || Plan::of_sealed(self, root, key), progress, cancelled)
    }

    fn export_plan(
        &self,
        dest: &Path,
        plan: impl FnOnce() -> Result<Plan, ExportError>,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ExportError> {
        if dest.is_dir() {
            // Only an empty folder can be removed this way.
            fs::remove_dir(dest).map_err(|_| ExportError::Exists { path: dest.into() })?;
        } else if dest.symlink_metadata().is_ok() {
            return Err(ExportError::Exists { path: dest.into() });
        }
        let parent = dest
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|source| ExportError::io(parent, source))?;
        let plan = plan()?;
        let temporary = tempfile::Builder::new()
            .prefix(".incoming-")
            .tempdir_in(parent)
            .map_err(|source| ExportError::io(parent, source))?;
        let inside = temporary.path().join("tree");
        plan.write(self, &inside, progress, cancelled)?;
        fs::rename(&inside, dest).map_err(|source| ExportError::io(dest, source))?;
        sync_folder(parent).map_err(|source| ExportError::io(parent, source))
    }
}

/// What is to be written. Paths are relative to the destination; the path of the root is empty.
#[derive(Default)]
struct Plan {
    /// Parents before children.
    folders: Vec<PathBuf>,
    files: Vec<PlannedFile>,
    /// Opens what is sealed.
    sealer: Option<Sealer>,
}

struct PlannedFile {
    path: PathBuf,
    cid: Cid,
    /// As stored.
    bytes: u64,
}

impl Plan {
    fn of(store: &BlockStore, root: &Cid) -> Result<Self, ExportError> {
        let mut plan = Self::default();
        plan.add(store, *root, PathBuf::new(), 0)?;
        Ok(plan)
    }

    fn add(&mut self, store: &BlockStore, cid: Cid, path: PathBuf, depth: usize) -> Result<(), ExportError> {
        if self.files.len() + self.folders.len() == MAX_ENTRIES {
            return Err(ExportError::TooMany { limit: MAX_ENTRIES });
        }
        if depth > MAX_DEPTH {
            return Err(TreeError::TooDeep.into());
        }
        let node = if cid.codec() == RAW {
            None
        } else {
            Some(store.node(&cid)?)
        };
        let entries = match node {
            Some(Node::Directory(entries)) => entries,
            Some(Node::Shard(shard)) => store.shard_entries(shard)?,
            _ => {
                let bytes = store.file_size(&cid)?;
                self.files.push(PlannedFile { path, cid, bytes });
                return Ok(());
            }
        };
        self.folders.push(path.clone());
        let mut names = Siblings::default();
        for entry in entries {
            if let Err(problem) = names.add(&entry.name) {
                return Err(ExportError::Name {
                    name: entry.name,
                    problem,
                });
            }
            self.add(store, entry.cid, path.join(&entry.name), depth + 1)?;
        }
        Ok(())
    }

    fn of_sealed(store: &BlockStore, root: &Cid, key: &SealKey) -> Result<Self, ExportError> {
        let sealer = Sealer::new(key);
        let tree = store.open_list(root, &sealer)?;
        let mut plan = Self::default();
        if !tree.is_file {
            plan.folders.push(PathBuf::new());
        }
        // Joined part by part: the list has `/` on every system.
        let path = |path: &str| path.split('/').collect::<PathBuf>();
        plan.folders.extend(tree.folders.iter().map(|folder| path(folder)));
        for file in tree.files {
            let bytes = store.file_size(&file.cid)?;
            if bytes != sealed_bytes(file.bytes) {
                return Err(SealError::File(file.path).into());
            }
            plan.files.push(PlannedFile {
                path: path(&file.path),
                cid: file.cid,
                bytes,
            });
        }
        plan.sealer = Some(sealer);
        Ok(plan)
    }

    /// What the tree claims to hold; a claim beyond all numbers is one to harm.
    fn bytes(&self) -> Result<u64, TreeError> {
        self.files.iter().try_fold(0u64, |sum, file| {
            sum.checked_add(file.bytes).ok_or(TreeError::TooLarge {
                bytes: u64::MAX,
                limit: u64::MAX - 1,
            })
        })
    }

    fn write(
        &self,
        store: &BlockStore,
        root: &Path,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ExportError> {
        let pool = worker_pool().map_err(|source| ExportError::io(root, source))?;
        let mut state = Progress {
            done: 0,
            total: self.bytes()?,
        };
        progress(state);
        let targets: Vec<PathBuf> = self.files.iter().map(|file| place(root, &file.path)).collect();
        for folder in &self.folders {
            let folder = place(root, folder);
            fs::create_dir(&folder).map_err(|source| ExportError::io(&folder, source))?;
        }
        for target in &targets {
            File::create_new(target).map_err(|source| ExportError::io(target, source))?;
        }
        let files = Spare::<Option<(usize, File)>>::new();
        let mut pieces = self
            .files
            .iter()
            .enumerate()
            .flat_map(|(index, file)| Pieces::new(store, file.cid, file.bytes).map(move |piece| (index, piece)));
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            for (index, piece) in pieces.by_ref().take(BATCH) {
                batch.push((index, piece?));
            }
            if batch.is_empty() {
                break;
            }
            if cancelled() {
                return Err(ExportError::Cancelled);
            }
            pool.install(|| {
                batch.par_iter().with_max_len(1).try_for_each(|(index, piece)| {
                    files.lend(|open| self.write_piece(store, &targets, open, *index, piece))
                })
            })?;
            state.done += batch.iter().map(|(_, piece)| piece.bytes).sum::<u64>();
            progress(state);
        }
        pool.install(|| targets.par_iter().try_for_each(|target| sync_file(target)))?;
        for folder in &self.folders {
            let folder = place(root, folder);
            sync_folder(&folder).map_err(|source| ExportError::io(&folder, source))?;
        }
        Ok(())
    }

    fn write_piece(
        &self,
        store: &BlockStore,
        targets: &[PathBuf],
        open: &mut Option<(usize, File)>,
        index: usize,
        piece: &Piece,
    ) -> Result<(), ExportError> {
        let path = &targets[index];
        let error = |source| ExportError::io(path, source);
        let (mut data, mut offset) = (piece.read(store)?, piece.offset);
        if let Some(sealer) = &self.sealer {
            let misplaced = !offset.is_multiple_of(CHUNK_BYTES);
            data = sealer.open(data)?;
            offset = offset / CHUNK_BYTES * PLAIN_BYTES;
            if misplaced {
                return Err(SealError::File(self.files[index].path.display().to_string()).into());
            }
        }
        let mut file = match open.take() {
            Some((opened, file)) if opened == index => file,
            _ => OpenOptions::new().write(true).open(path).map_err(error)?,
        };
        file.seek(SeekFrom::Start(offset)).map_err(error)?;
        file.write_all(&data).map_err(error)?;
        *open = Some((index, file));
        Ok(())
    }
}

fn sync_file(path: &Path) -> Result<(), ExportError> {
    let sync = || OpenOptions::new().write(true).open(path)?.sync_data();
    sync().map_err(|source| ExportError::io(path, source))
}

/// Joining an empty path would add a slash, and a file cannot be opened by a name that ends so.
fn place(root: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() {
        root.to_owned()
    } else {
        root.join(path)
    }
}
