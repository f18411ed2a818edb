//! `key.json` in its three shapes: the key itself, the key under a password, or a note that the keychain has it.

use super::KeysError;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};
use veriframe_chain::{LocalKey, keystore, private_file};
use veriframe_core::Address;
use zeroize::Zeroizing;

const IN_KEYCHAIN: &str = "veriframe-keychain";
const SCHEMA: u32 = 1;

pub(super) enum Stored {
    Plain(LocalKey),
    /// The text, as [`keystore::unlock`] takes it.
    Password {
        address: Address,
        text: String,
    },
    Keychain {
        address: Address,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    kind: String,
    schema: u32,
    address: String,
}

/// Whose key the file holds; `None` while there is none that can be read.
pub fn address_in(path: &Path) -> Option<Address> {
    path.exists()
        .then(|| Stored::read(path).ok())?
        .map(|stored| stored.address())
}

impl Stored {
    /// What is in the file; a new key when there is none.
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        if let Some(text) = text(path)? {
            if let Some(address) = keystore::address(&text) {
                return Ok(Self::Password {
                    address,
                    text: text.to_string(),
                });
            }
            if let Some(address) = note(&text) {
                return Ok(Self::Keychain { address });
            }
        }
        Ok(Self::Plain(LocalKey::load_or_create(path)?))
    }

    pub fn address(&self) -> Address {
        match self {
            Self::Plain(key) => key.address(),
            Self::Password { address, .. } | Self::Keychain { address } => *address,
        }
    }
}

fn text(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    let failed = |source| KeysError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(keystore::MAX_BYTES as u64)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    // What is no text is no key file either: whoever reads it as one says so.
    Ok(std::str::from_utf8(&bytes)
        .ok()
        .map(|text| Zeroizing::new(text.to_owned())))
}

fn note(text: &str) -> Option<Address> {
    let note: Note = serde_json::from_str(text).ok()?;
    (note.kind == IN_KEYCHAIN && note.schema == SCHEMA).then_some(())?;
    note.address.parse().ok()
}

/// The note that stands in for a key in the keychain.
pub(super) fn keychain_note(address: &Address) -> String {
    let note = Note {
        kind: IN_KEYCHAIN.to_owned(),
        schema: SCHEMA,
        address: address.to_string(),
    };
    serde_json::to_string_pretty(&note).unwrap_or_default()
}

/// Puts new content in the place of the file, whole or not at all, and overwrites the old content where the disk lets it.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), KeysError> {
    let write = || -> io::Result<()> {
        let old = File::options().read(true).write(true).open(path).ok();
        private_file::replace(path, content)?;
        if let Some(old) = old
            && let Err(error) = overwrite(old)
        {
            tracing::debug!(%error, "the old content could not be overwritten");
        }
        Ok(())
    };
    write().map_err(|source| KeysError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Of a file that no longer has a name. Somebody's own link to it, such as a back-up, is left as it is.
#[cfg(unix)]
fn overwrite(mut file: File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    if metadata.nlink() > 0 {
        return Ok(());
    }
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    file.rewind()?;
    file.write_all(&vec![0; length.min(keystore::MAX_BYTES)])?;
    file.sync_all()
}

#[cfg(not(unix))]
fn overwrite(_file: File) -> io::Result<()> {
    Ok(())
}

/// Copies the file beside itself, under the account's name and the day, before another key takes its place.
///
/// # Errors
/// The file is as it was.
pub(super) fn put_aside(path: &Path, address: &Address, day: &str) -> Result<PathBuf, KeysError> {
    let failed = |source| KeysError::Io {
        path: path.to_owned(),
        source,
    };
    let content = Zeroizing::new(fs::read(path).map_err(failed)?);
    let folder = path.parent().unwrap_or(Path::new("."));
    let account = &address.to_string()[2..10];
    for attempt in 1..=1000 {
        let number = if attempt == 1 {
            String::new()
        } else {
            format!("-{attempt}")
        };
        let copy = folder.join(format!("key-{account}-{day}{number}.json"));
        if private_file::create(&copy, &content).map_err(failed)? {
            return Ok(copy);
        }
    }
    Err(failed(io::ErrorKind::AlreadyExists.into()))
}
