//! The tar, with the digest of every file in it.

use super::{BackupError, FileEntry, MANIFEST, Manifest};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek as _, Write},
    path::Path,
};

/// A manifest that is longer was not made here.
const MANIFEST_BYTES: u64 = 64 << 20;

/// Reads through and remembers.
struct Digested<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

fn digested<R: Read>(inner: R) -> Digested<R> {
    Digested {
        inner,
        hash: Sha256::new(),
        bytes: 0,
    }
}

/// A file that only its owner can read.
pub fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).read(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub struct Writer {
    tar: tar::Builder<BufWriter<File>>,
    pub files: Vec<FileEntry>,
}

impl Writer {
    pub fn new(path: &Path) -> io::Result<Self> {
        Ok(Self {
            tar: tar::Builder::new(BufWriter::new(private(path)?)),
            files: Vec::new(),
        })
    }

    pub fn add_file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        self.add(name, bytes, BufReader::new(file))
    }

    pub fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.add(name, bytes.len() as u64, bytes)
    }

    fn add(&mut self, name: &str, bytes: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        let mut content = digested(content.take(bytes));
        self.tar.append_data(&mut header, name, &mut content)?;
        if content.bytes != bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.files.push(FileEntry {
            name: name.to_owned(),
            bytes,
            sha256: hex::encode(content.hash.finalize()),
        });
        Ok(())
    }

    /// Ends with the manifest; everything is on the disk then.
    pub fn finish(mut self, manifest: &Manifest) -> io::Result<()> {
        self.add_bytes(MANIFEST, &serde_json::to_vec_pretty(manifest)?)?;
        let file = self
            .tar
            .into_inner()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

/// Reads the whole file and compares every digest with the manifest, before anything of it is used.
pub fn check(path: &Path) -> Result<Manifest, BackupError> {
    let damaged = |what: String| BackupError::Damaged(what);
    let unreadable = |error: io::Error| damaged(error.to_string());
    let file = File::open(path).map_err(BackupError::at(path))?;
    let mut found = BTreeMap::new();
    let mut manifest = None;
    let mut archive = tar::Archive::new(BufReader::new(file));
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = name(&entry)?;
        if name == MANIFEST {
            let mut text = Vec::new();
            entry
                .by_ref()
                .take(MANIFEST_BYTES)
                .read_to_end(&mut text)
                .map_err(unreadable)?;
            manifest = Some(serde_json::from_slice::<Manifest>(&text).map_err(|error| damaged(error.to_string()))?);
            continue;
        }
        let mut content = digested(entry);
        io::copy(&mut content, &mut io::sink()).map_err(unreadable)?;
        found.insert(name, (content.bytes, hex::encode(content.hash.finalize())));
    }
    let manifest = manifest.ok_or_else(|| damaged("it has no manifest, so it was not finished".to_owned()))?;
    for file in &manifest.files {
        if found.remove(&file.name) != Some((file.bytes, file.sha256.clone())) {
            return Err(damaged(format!("{} is not as it was", file.name)));
        }
    }
    match found.pop_first() {
        None => Ok(manifest),
        Some((name, _)) => Err(damaged(format!("{name} does not belong to it"))),
    }
}

/// Hands over each file but the manifest.
pub fn each(
    path: &Path,
    mut take: impl FnMut(&str, &mut dyn Read) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let unreadable = |error: io::Error| BackupError::Damaged(error.to_string());
    let mut file = File::open(path).map_err(BackupError::at(path))?;
    file.rewind().map_err(unreadable)?;
    let mut archive = tar::Archive::new(BufReader::new(file));
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = name(&entry)?;
        if name != MANIFEST {
            take(&name, &mut entry)?;
        }
    }
    Ok(())
}

fn name<R: Read>(entry: &tar::Entry<'_, R>) -> Result<String, BackupError> {
    let path = entry.path().map_err(|error| BackupError::Damaged(error.to_string()))?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| BackupError::Damaged("a name is not Unicode".to_owned()))
}

/// Writes a file that only its owner can read.
pub fn write_private(path: &Path, content: &mut dyn Read) -> Result<(), BackupError> {
    let write = || {
        let mut file = private(path)?;
        io::copy(content, &mut file)?;
        file.flush()?;
        file.sync_all()
    };
    let mut write = write;
    write().map_err(BackupError::at(path))
}
