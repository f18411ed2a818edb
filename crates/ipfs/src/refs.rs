//! Blocks that are parts of files elsewhere, so that an upload needs no second copy of them.
//!
//! ```text
//! DIR/refs/ROOT     a line of JSON: which files, of which size; then the SHA-256 of each chunk, file after file
//! ```
//! What such a file says is a hint: the chunk is read and hashed again whenever it is asked for, and a file that was
//! changed since is told as such. Several programs may use one folder: a new file in it is found when a block is missed.

use crate::{
    block::{BlockKey, raw_of},
    durable::sync_folder,
    seal::{OVERHEAD, SealKey, Sealer},
    store::StoreError,
};
use cid::Cid;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};
use tempfile::NamedTempFile;

const VERSION: u32 = 1;
/// Bytes of the line of JSON that are read.
const MAX_LINE: u64 = 64 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub version: u32,
    /// Content in one whole chunk.
    pub chunk_bytes: u64,
    /// Which key the chunks were sealed with, when they were.
    pub sealed: Option<String>,
    pub files: Vec<Referred>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Referred {
    pub path: PathBuf,
    pub bytes: u64,
}

impl Header {
    pub(crate) fn new(chunk_bytes: u64, key: Option<&SealKey>, files: Vec<Referred>) -> Self {
        Self {
            version: VERSION,
            chunk_bytes,
            sealed: key.map(SealKey::id),
            files,
        }
    }
}

/// The part of a file that is a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub path: PathBuf,
    pub offset: u64,
    /// Of the content, before it is sealed.
    pub bytes: u64,
    sealed: Option<String>,
}

#[derive(Debug)]
pub(crate) struct References {
    folder: PathBuf,
    loaded: RwLock<Loaded>,
}

#[derive(Default)]
struct Loaded {
    /// When the folder was last looked through; `None`: never.
    folder_time: Option<SystemTime>,
    names: HashSet<String>,
    headers: Vec<Header>,
    /// Header, file, number of the chunk in it.
    index: HashMap<BlockKey, (u32, u32, u32)>,
    /// Keys that this program was told, by their ids.
    sealers: HashMap<String, Arc<Sealer>>,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} references", self.index.len())
    }
}

impl References {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            loaded: RwLock::default(),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sealed chunks can only be made again by a program that has the key.
    pub(crate) fn unlock(&self, key: &SealKey) {
        let sealer = Arc::new(Sealer::new(key));
        self.write().sealers.insert(key.id(), sealer);
    }

    /// Writes down, durably, where the chunks of `root` lie. `file` is a new one on the same disk.
    pub(crate) fn add(&self, root: &Cid, header: &Header, chunks: &[Cid], file: NamedTempFile) -> io::Result<()> {
        let mut out = io::BufWriter::new(file);
        serde_json::to_writer(&mut out, header)?;
        out.write_all(b"\n")?;
        for chunk in chunks {
            out.write_all(chunk.hash().digest())?;
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_data()?;
        let name = root.to_string();
        file.persist(self.folder.join(&name)).map_err(|error| error.error)?;
        sync_folder(&self.folder)?;
        let mut loaded = self.write();
        // A second import of the same content may have other files: the newest is believed.
        loaded.names.insert(name);
        loaded.insert(header.clone(), chunks.iter().map(BlockKey::of));
        Ok(())
    }

    pub(crate) fn remove(&self, root: &str) -> io::Result<()> {
        match fs::remove_file(self.folder.join(root)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Read anew when it is needed next.
        let mut loaded = self.write();
        let sealers = std::mem::take(&mut loaded.sealers);
        *loaded = Loaded {
            sealers,
            ..Loaded::default()
        };
        Ok(())
    }

    /// Roots that are referred to.
    pub(crate) fn roots(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    /// Where the block can be read, if it can be made here at all.
    pub(crate) fn find(&self, cid: &Cid) -> Option<Place> {
        let key = BlockKey::of(cid);
        if let Some(place) = self.read().place(&key) {
            return Some(place);
        }
        let now = fs::metadata(&self.folder).and_then(|folder| folder.modified()).ok();
        if now.is_none() || self.read().folder_time == now {
            return None;
        }
        let mut loaded = self.write();
        if let Err(error) = loaded.refresh(&self.folder) {
            tracing::warn!(%error, "the references to files cannot be read");
        }
        loaded.folder_time = now;
        loaded.place(&key)
    }

    /// Bytes of the block, when the file is there and as long as it was.
    pub(crate) fn block_size(&self, cid: &Cid) -> Option<u64> {
        let place = self.find(cid)?;
        let length = fs::metadata(&place.path).ok()?.len();
        (length >= place.offset + place.bytes).then(|| place.block_bytes())
    }

    /// Makes the block again; whether it still is that block is for the caller to check.
    pub(crate) fn make(&self, place: &Place) -> io::Result<Vec<u8>> {
        let mut file = File::open(&place.path)?;
        file.seek(SeekFrom::Start(place.offset))?;
        let length = place.bytes as usize;
        let Some(sealed) = &place.sealed else {
            let mut data = vec![0; length];
            file.read_exact(&mut data)?;
            return Ok(data);
        };
        let sealer = self.read().sealers.get(sealed).cloned();
        let sealer = sealer.ok_or_else(|| io::Error::other("the key of the sealed file is not known here"))?;
        let mut chunk = vec![0; length + OVERHEAD];
        file.read_exact(Sealer::plain_part(&mut chunk, length))?;
        sealer.seal(&mut chunk, length);
        Ok(chunk)
    }

    fn read(&self) -> RwLockReadGuard<'_, Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Loaded> {
        self.loaded.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn block_bytes(&self) -> u64 {
        let overhead = if self.sealed.is_some() { OVERHEAD } else { 0 };
        self.bytes + overhead as u64
    }
}

impl Loaded {
    fn place(&self, key: &BlockKey) -> Option<Place> {
        let (header, file, chunk) = *self.index.get(key)?;
        let header = &self.headers[header as usize];
        if header.sealed.as_ref().is_some_and(|id| !self.sealers.contains_key(id)) {
            return None;
        }
        let file = &header.files[file as usize];
        let offset = u64::from(chunk) * header.chunk_bytes;
        Some(Place {
            path: file.path.clone(),
            offset,
            bytes: (file.bytes - offset).min(header.chunk_bytes),
            sealed: header.sealed.clone(),
        })
    }

    fn refresh(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if self.names.contains(&name) {
                continue;
            }
            match load(&entry.path()) {
                Ok((header, keys)) => self.insert(header, keys.into_iter()),
                Err(error) => tracing::warn!(name, %error, "references to files cannot be read"),
            }
            self.names.insert(name);
        }
        Ok(())
    }

    fn insert(&mut self, header: Header, keys: impl Iterator<Item = BlockKey>) {
        let number = self.headers.len() as u32;
        let mut keys = keys;
        for (file, referred) in header.files.iter().enumerate() {
            let chunks = referred.bytes.div_ceil(header.chunk_bytes).max(1);
            for (chunk, key) in keys.by_ref().take(chunks as usize).enumerate() {
                self.index.insert(key, (number, file as u32, chunk as u32));
            }
        }
        self.headers.push(header);
    }
}

fn load(path: &Path) -> io::Result<(Header, Vec<BlockKey>)> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the file makes no sense");
    let mut input = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    let header: Header = serde_json::from_slice(&line)?;
    if header.version != VERSION || header.chunk_bytes == 0 {
        return Err(broken());
    }
    let mut digests = Vec::new();
    input.read_to_end(&mut digests)?;
    let (digests, rest) = digests.as_chunks::<32>();
    let expected = header.files.iter().try_fold(0u64, |sum, file| {
        sum.checked_add(file.bytes.div_ceil(header.chunk_bytes).max(1))
    });
    if !rest.is_empty() || expected != Some(digests.len() as u64) {
        return Err(broken());
    }
    Ok((
        header,
        digests.iter().map(|digest| BlockKey::of(&raw_of(*digest))).collect(),
    ))
}

/// A block that a file elsewhere should hold could not be had from there.
pub(crate) fn changed(cid: &Cid, place: &Place) -> StoreError {
    StoreError::SourceChanged {
        cid: Box::new(*cid),
        path: place.path.clone(),
    }
}
