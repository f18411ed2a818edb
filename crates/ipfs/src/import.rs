//! Files and folders into blocks.
//!
//! Chunks are read, hashed and stored by all cores, a batch at a time; each worker holds one chunk. The trees above
//! them are built in order while the batches come back.

use crate::{
    Progress,
    block::raw_cid,
    layout::Balanced,
    names::NameProblem,
    profile::{CHUNK_BYTES, MAX_DIRECTORY_BYTES},
    source::{Chunk, Naming, Source, SourceFile, SourceTree},
    spare::Spare,
    store::{BlockStore, StoreError},
    unixfs::{Subtree, encode_directory},
};
use cid::Cid;
use rayon::prelude::*;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// Chunks of a batch: enough to keep the cores busy, few enough that a cancel is answered at once.
const BATCH: usize = 64;

/// What came of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    pub root: Cid,
    /// Bytes of file content.
    pub bytes: u64,
    pub files: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} is a symbolic link; put the file itself there")]
    Symlink { path: PathBuf },
    #[error("{path} is neither a file nor a folder")]
    NotAFile { path: PathBuf },
    #[error("the name of {path} is not Unicode")]
    NotUnicode { path: PathBuf },
    #[error("{path} has {problem}")]
    Name { path: PathBuf, problem: NameProblem },
    #[error("{path} changed while it was read; try again")]
    Changed { path: PathBuf },
    #[error("{path} lies too many folders deep")]
    TooDeep { path: PathBuf },
    #[error("there are more than {limit} files and folders")]
    TooMany { limit: usize },
    #[error("{path} has too many entries; spread them over several folders")]
    FolderTooLarge { path: PathBuf },
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// Where blocks go.
pub(crate) trait BlockSink: Sync {
    /// `cid` was computed from `data`.
    fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError>;
}

struct HashOnly;

impl BlockSink for HashOnly {
    fn put(&self, _cid: &Cid, _data: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The CID of a file or a folder; nothing is stored.
pub fn cid_of_path(path: &Path) -> Result<Cid, ImportError> {
    let source = Source::list(path, Naming::Any)?;
    import(&source, &HashOnly, &mut |_| {}, &|| false).map(|imported| imported.root)
}

impl BlockStore {
    /// Stores a file or a folder. When it returns, all of it is on the disk; it is not pinned.
    ///
    /// Names that some computer could not write are refused. `progress` and `cancelled` are called on this thread,
    /// every few megabytes.
    pub fn import_path(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Imported, ImportError> {
        let source = Source::list(path, Naming::Portable)?;
        let writer = self.writer();
        let imported = import(&source, &writer, progress, cancelled)?;
        writer.finish()?;
        Ok(imported)
    }
}

fn import(
    source: &Source,
    sink: &dyn BlockSink,
    progress: &mut dyn FnMut(Progress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Imported, ImportError> {
    let pool = worker_pool().map_err(|error| ImportError::io(Path::new(""), error))?;
    let total = source.bytes();
    let mut done = 0;
    let mut files: Vec<Subtree> = Vec::with_capacity(source.files.len());
    let mut current = Balanced::default();
    let mut chunks = source.chunks();
    let readers = Spare::<Reader>::new();
    progress(Progress { done, total });
    loop {
        let batch: Vec<Chunk> = chunks.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        if cancelled() {
            return Err(ImportError::Cancelled);
        }
        let leaves: Vec<Result<Subtree, ImportError>> = pool.install(|| {
            batch
                .par_iter()
                .with_max_len(1)
                .map(|chunk| readers.lend(|reader| store_chunk(reader, source, *chunk, sink)))
                .collect()
        });
        for (chunk, leaf) in batch.iter().zip(leaves) {
            done += chunk.bytes;
            current.push(leaf?, sink)?;
            if chunk.last {
                files.extend(std::mem::take(&mut current).finish(sink)?);
            }
        }
        progress(Progress { done, total });
    }
    let root = join_folders(&source.tree, &files, sink)?;
    Ok(Imported {
        root: root.cid,
        bytes: total,
        files: u32::try_from(files.len()).unwrap_or(u32::MAX),
    })
}

/// The file a worker read last, and its buffer.
struct Reader {
    file: Option<(usize, File)>,
    buffer: Box<[u8]>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            file: None,
            buffer: vec![0; CHUNK_BYTES as usize].into(),
        }
    }
}

fn store_chunk(
    reader: &mut Reader,
    source: &Source,
    chunk: Chunk,
    sink: &dyn BlockSink,
) -> Result<Subtree, ImportError> {
    let described = &source.files[chunk.file];
    let error = |source: io::Error| {
        if source.kind() == io::ErrorKind::UnexpectedEof {
            ImportError::Changed {
                path: described.path.clone(),
            }
        } else {
            ImportError::io(&described.path, source)
        }
    };
    let mut file = match reader.file.take() {
        Some((index, file)) if index == chunk.file => file,
        _ => File::open(&described.path).map_err(error)?,
    };
    let data = &mut reader.buffer[..chunk.bytes as usize];
    file.seek(SeekFrom::Start(chunk.offset)).map_err(error)?;
    file.read_exact(data).map_err(error)?;
    if chunk.last && !unchanged(&file, described).map_err(error)? {
        return Err(ImportError::Changed {
            path: described.path.clone(),
        });
    }
    reader.file = Some((chunk.file, file));
    let cid = raw_cid(data);
    sink.put(&cid, data)?;
    Ok(Subtree {
        cid,
        content: chunk.bytes,
        total: chunk.bytes,
    })
}

fn unchanged(file: &File, described: &SourceFile) -> io::Result<bool> {
    let now = file.metadata()?;
    Ok(now.len() == described.bytes && now.modified().ok() == described.modified)
}

fn join_folders(tree: &SourceTree, files: &[Subtree], sink: &dyn BlockSink) -> Result<Subtree, ImportError> {
    let (path, entries) = match tree {
        SourceTree::File(index) => return Ok(files[*index]),
        SourceTree::Folder { path, entries } => (path, entries),
    };
    let mut children = Vec::with_capacity(entries.len());
    let mut size = 0;
    for (name, child) in entries {
        let child = join_folders(child, files, sink)?;
        size += name.len() + child.cid.encoded_len();
        children.push((name.clone(), child));
    }
    if size > MAX_DIRECTORY_BYTES {
        return Err(ImportError::FolderTooLarge { path: path.clone() });
    }
    let node = encode_directory(&children);
    sink.put(&node.subtree.cid, &node.bytes)?;
    Ok(node.subtree)
}

/// Threads of their own: they also wait for the disk, and must not hold up others who compute.
pub(crate) fn worker_pool() -> io::Result<rayon::ThreadPool> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("blocks-{number}"))
        .build()
        .map_err(io::Error::other)
}
