//! Files and folders into blocks.
//!
//! Chunks are read, hashed and stored by all cores, a batch at a time; each worker holds one chunk. The trees above
//! them are built in order while the batches come back.

use crate::{
    Progress,
    aligned::ChunkBuffer,
    block::{raw_cid, raw_of},
    layout::Balanced,
    names::NameProblem,
    profile::{CHUNK_BYTES, MAX_DIRECTORY_BYTES},
    refs::{Header, Referred},
    seal::{self, PLAIN_BYTES, SealKey, Sealer},
    source::{Chunk, Naming, Source, SourceFile, SourceTree},
    spare::Spare,
    store::{BlockStore, StoreError},
    unixfs::{Subtree, encode_directory},
    writer::BlockWriter,
};
use cid::Cid;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
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

/// What an import does with the leaves of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Each becomes a block of the store.
    #[default]
    Copies,
    /// Only where they lie is written down: for an upload from files that stay as they are until it is through.
    References,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions<'a> {
    pub keeping: Keeping,
    /// Seals the content: only those with the key can read it. See [`crate::seal`].
    pub seal: Option<&'a SealKey>,
}

/// Where blocks go.
pub(crate) trait BlockSink: Sync {
    /// Whether leaves are put, too. Without them a chunk is hashed while it is read.
    fn takes_leaves(&self) -> bool;

    /// `cid` was computed from `data`.
    fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError>;
}

struct HashOnly;

impl BlockSink for HashOnly {
    fn takes_leaves(&self) -> bool {
        false
    }

    fn put(&self, _cid: &Cid, _data: &[u8]) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Stores the nodes above the leaves.
struct NodesOnly<'a>(&'a BlockWriter);

impl BlockSink for NodesOnly<'_> {
    fn takes_leaves(&self) -> bool {
        false
    }

    fn put(&self, cid: &Cid, data: &[u8]) -> Result<(), StoreError> {
        self.0.put(cid, data)
    }
}

/// The CID of a file or a folder; nothing is stored.
pub fn cid_of_path(path: &Path) -> Result<Cid, ImportError> {
    let source = Source::list(path, Naming::Any)?;
    let files = import_files(&source, None, &HashOnly, &mut |_| {}, &|| false)?;
    Ok(join_folders(&source.tree, &files.roots, &HashOnly)?.cid)
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
        self.import(path, &ImportOptions::default(), progress, cancelled)
    }

    /// As [`Self::import_path`], with a choice. Whoever pins the root, or uploads it, calls [`Self::hold`] before.
    pub fn import(
        &self,
        path: &Path,
        options: &ImportOptions<'_>,
        progress: &mut dyn FnMut(Progress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Imported, ImportError> {
        let _held = self.hold()?;
        // References outlive the folder that this program happens to stand in.
        let path = std::path::absolute(path).map_err(|error| ImportError::io(path, error))?;
        let source = Source::list(&path, Naming::Portable)?;
        let writer = self.writer();
        let nodes = NodesOnly(&writer);
        let sink: &dyn BlockSink = match options.keeping {
            Keeping::Copies => &writer,
            Keeping::References => &nodes,
        };
        let sealer = options.seal.map(Sealer::new);
        let files = import_files(&source, sealer.as_ref(), sink, progress, cancelled)?;
        let root = match options.seal.zip(sealer.as_ref()) {
            Some((key, sealer)) => join_sealed(&source, &files.roots, key, sealer, &writer)?,
            None => join_folders(&source.tree, &files.roots, sink)?,
        };
        writer.finish()?;
        if options.keeping == Keeping::References {
            self.refer(&root.cid, &source, options.seal, &files.leaves)?;
        }
        Ok(Imported {
            root: root.cid,
            bytes: source.bytes(),
            files: u32::try_from(source.files.len()).unwrap_or(u32::MAX),
        })
    }

    fn refer(&self, root: &Cid, source: &Source, key: Option<&SealKey>, leaves: &[Cid]) -> Result<(), ImportError> {
        let referred = |file: &SourceFile| Referred {
            path: file.path.clone(),
            bytes: file.bytes,
        };
        let whole = if key.is_some() { PLAIN_BYTES } else { CHUNK_BYTES };
        let header = Header::new(whole, key, source.files.iter().map(referred).collect());
        if let Some(key) = key {
            self.unlock(key);
        }
        let folder = self.references().folder();
        let file = self.scratch().file().map_err(|error| ImportError::io(folder, error))?;
        self.references()
            .add(root, &header, leaves, file)
            .map_err(|error| StoreError::io(folder, error).into())
    }
}

/// The files of a source, in its order.
struct ImportedFiles {
    roots: Vec<Subtree>,
    /// The leaves of all files, one after the other.
    leaves: Vec<Cid>,
}

fn import_files(
    source: &Source,
    sealer: Option<&Sealer>,
    sink: &dyn BlockSink,
    progress: &mut dyn FnMut(Progress),
    cancelled: &dyn Fn() -> bool,
) -> Result<ImportedFiles, ImportError> {
    let pool = worker_pool().map_err(|error| ImportError::io(Path::new(""), error))?;
    let total = source.bytes();
    let mut done = 0;
    let mut files = ImportedFiles {
        roots: Vec::with_capacity(source.files.len()),
        leaves: Vec::new(),
    };
    let mut current = Balanced::default();
    let mut chunks = source.chunks(if sealer.is_some() { PLAIN_BYTES } else { CHUNK_BYTES });
    let readers = Spare::<Reader>::new();
    progress(Progress { done, total });
    loop {
        let batch: Vec<Chunk> = chunks.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(files);
        }
        if cancelled() {
            return Err(ImportError::Cancelled);
        }
        let leaves: Vec<Result<Subtree, ImportError>> = pool.install(|| {
            batch
                .par_iter()
                .with_max_len(1)
                .map(|chunk| readers.lend(|reader| reader.leaf(source, *chunk, sealer, sink)))
                .collect()
        });
        for (chunk, leaf) in batch.iter().zip(leaves) {
            done += chunk.bytes;
            let leaf = leaf?;
            files.leaves.push(leaf.cid);
            current.push(leaf, sink)?;
            if chunk.last {
                files.roots.extend(std::mem::take(&mut current).finish(sink)?);
            }
        }
        progress(Progress { done, total });
    }
}

/// The file a worker read last, and its buffer.
#[derive(Default)]
struct Reader {
    file: Option<(usize, File)>,
    buffer: ChunkBuffer,
}

impl Reader {
    fn leaf(
        &mut self,
        source: &Source,
        chunk: Chunk,
        sealer: Option<&Sealer>,
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
        let mut file = match self.file.take() {
            Some((index, file)) if index == chunk.file => file,
            _ => File::open(&described.path).map_err(error)?,
        };
        file.seek(SeekFrom::Start(chunk.offset)).map_err(error)?;
        let length = chunk.bytes as usize;
        let (cid, stored) = if let Some(sealer) = sealer {
            file.read_exact(Sealer::plain_part(&mut self.buffer, length))
                .map_err(error)?;
            let sealed = sealer.seal(&mut self.buffer, length);
            (raw_cid(&self.buffer[..sealed]), sealed)
        } else if sink.takes_leaves() {
            (hash_into(&mut file, &mut self.buffer[..length]).map_err(error)?, length)
        } else {
            (hash_only(&mut file, length, &mut self.buffer).map_err(error)?, length)
        };
        if chunk.last && !unchanged(&file, described).map_err(error)? {
            return Err(ImportError::Changed {
                path: described.path.clone(),
            });
        }
        self.file = Some((chunk.file, file));
        if sink.takes_leaves() {
            sink.put(&cid, &self.buffer[..stored])?;
        }
        Ok(Subtree {
            cid,
            content: stored as u64,
            total: stored as u64,
        })
    }
}

/// Bytes that are hashed while they still lie in the processor's cache.
const PIECE: usize = 64 << 10;

fn hash_into(file: &mut File, data: &mut [u8]) -> io::Result<Cid> {
    let mut hash = Sha256::new();
    for piece in data.chunks_mut(PIECE) {
        file.read_exact(piece)?;
        hash.update(&*piece);
    }
    Ok(raw_of(hash.finalize().into()))
}

/// Every piece into the same place: what is not stored need not leave the cache.
fn hash_only(file: &mut File, mut length: usize, buffer: &mut [u8]) -> io::Result<Cid> {
    let mut hash = Sha256::new();
    while length > 0 {
        let piece = &mut buffer[..length.min(PIECE)];
        file.read_exact(piece)?;
        hash.update(&*piece);
        length -= piece.len();
    }
    Ok(raw_of(hash.finalize().into()))
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
    for (name, child) in entries {
        let child = join_folders(child, files, sink)?;
        children.push((name.clone(), child));
    }
    let node = encode_directory(&children);
    if node.bytes.len() > MAX_DIRECTORY_BYTES {
        return Err(ImportError::FolderTooLarge { path: path.clone() });
    }
    sink.put(&node.subtree.cid, &node.bytes)?;
    Ok(node.subtree)
}

/// The root of a sealed tree: the list, and the folders of opaque names.
fn join_sealed(
    source: &Source,
    files: &[Subtree],
    key: &SealKey,
    sealer: &Sealer,
    sink: &dyn BlockSink,
) -> Result<Subtree, ImportError> {
    let mut list = Balanced::default();
    for piece in seal::tree::list(source, files, sealer) {
        let cid = raw_cid(&piece);
        sink.put(&cid, &piece)?;
        let bytes = piece.len() as u64;
        list.push(
            Subtree {
                cid,
                content: bytes,
                total: bytes,
            },
            sink,
        )?;
    }
    let mut children = Vec::new();
    children.extend(list.finish(sink)?.map(|list| (seal::tree::LIST.to_owned(), list)));
    for (name, entries) in seal::tree::folders(source, files, key) {
        children.push((name, put_folder(&entries, sink)?));
    }
    Ok(put_folder(&children, sink)?)
}

fn put_folder(entries: &[(String, Subtree)], sink: &dyn BlockSink) -> Result<Subtree, StoreError> {
    let node = encode_directory(entries);
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
