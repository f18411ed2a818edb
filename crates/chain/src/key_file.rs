//! The key on disk: one small JSON file that only its owner can read.
//!
//! A file that exists is complete: it is written under another name, synced, and then linked to its own name, which
//! fails if somebody was faster. Two programs that start together therefore end with the same key.

use crate::{
    key::{KeyError, LocalKey},
    private_file,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use zeroize::{Zeroize, Zeroizing};

const SCHEMA: u32 = 1;
/// Far more than a key file holds.
const MAX_BYTES: u64 = 4096;

#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key file {path} cannot be read or written")]
    Io { path: PathBuf, source: io::Error },
    /// The message never quotes the file: a part of the secret could be in it.
    #[error("{path} is not a VeriFrame key file")]
    Malformed { path: PathBuf },
    #[error("{path} was written by a newer VeriFrame")]
    Newer { path: PathBuf },
    #[error("the private key in {path} does not belong to the address written beside it")]
    Mismatch { path: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyError),
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    schema: u32,
    address: String,
    private_key: String,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.private_key.zeroize();
    }
}

impl LocalKey {
    /// The key in `path`; a new one is made and stored when there is no file. An existing file is never overwritten,
    /// whatever is wrong with it: it may be the only copy of somebody's money.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyFileError> {
        if let Some(key) = load(path)? {
            return Ok(key);
        }
        let key = Self::generate()?;
        let make = || {
            fs::create_dir_all(private_file::folder_of(path))?;
            private_file::create(path, &key.to_file()?)
        };
        if make().map_err(|source| io_error(path, source))? {
            return Ok(key);
        }
        // Another program made one in the meantime.
        load(path)?.ok_or_else(|| io_error(path, io::ErrorKind::NotFound.into()))
    }

    /// Reads what [`Self::to_file`] writes; `None` for anything else.
    pub fn from_file(text: &str) -> Option<Self> {
        let stored: KeyFile = serde_json::from_str(text).ok()?;
        let key = Self::from_hex(&stored.private_key).ok()?;
        (stored.schema == SCHEMA && stored.address.parse() == Ok(key.address())).then_some(key)
    }

    /// The content of a key file, for a place where one is replaced.
    pub fn to_file(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        let content = KeyFile {
            schema: SCHEMA,
            address: self.address().to_string(),
            private_key: self.to_hex().to_string(),
        };
        Ok(Zeroizing::new(serde_json::to_vec_pretty(&content)?))
    }
}

fn load(path: &Path) -> Result<Option<LocalKey>, KeyFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error(path, source)),
    };
    private_file::restrict(&file).map_err(|source| io_error(path, source))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize));
    file.take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|source| io_error(path, source))?;
    let malformed = || KeyFileError::Malformed { path: path.into() };
    let stored: KeyFile = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    if stored.schema > SCHEMA {
        return Err(KeyFileError::Newer { path: path.into() });
    }
    let key = LocalKey::from_hex(&stored.private_key).map_err(|_| malformed())?;
    if stored.address.parse() != Ok(key.address()) {
        return Err(KeyFileError::Mismatch { path: path.into() });
    }
    Ok(Some(key))
}

fn io_error(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_key_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/account.json");
        let first = LocalKey::load_or_create(&path).unwrap();
        let second = LocalKey::load_or_create(&path).unwrap();
        assert_eq!(first.address(), second.address());
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("account.json");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        LocalKey::load_or_create(&path).unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        LocalKey::load_or_create(&path).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_broken_file_is_reported_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("account.json");
        LocalKey::load_or_create(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();

        let check = |text: &str| {
            fs::write(&path, text).unwrap();
            let error = LocalKey::load_or_create(&path).unwrap_err();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert!(!format!("{error} {error:?}").contains("private_key"));
            error
        };
        assert!(matches!(check(""), KeyFileError::Malformed { .. }));
        assert!(matches!(check(&good[..good.len() / 2]), KeyFileError::Malformed { .. }));
        assert!(matches!(check(&good.replace(": 1", ": 2")), KeyFileError::Newer { .. }));
        let other = LocalKey::from_hex("0x1234").unwrap().address().to_string();
        let own = serde_json::from_str::<serde_json::Value>(&good).unwrap()["address"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(matches!(
            check(&good.replace(&own, &other)),
            KeyFileError::Mismatch { .. }
        ));
    }

    /// Names the folder in which this very test, run as a child, makes its key.
    const CHILD: &str = "VERIFRAME_TEST_KEY_FILE";

    #[test]
    fn programs_that_start_together_share_one_key() {
        if let Some(path) = std::env::var_os(CHILD) {
            println!(
                "address {}",
                LocalKey::load_or_create(Path::new(&path)).unwrap().address()
            );
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("account.json");
        let children: Vec<_> = (0..4)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args([
                        "--exact",
                        "key_file::tests::programs_that_start_together_share_one_key",
                        "--nocapture",
                    ])
                    .env(CHILD, &path)
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let own = LocalKey::load_or_create(&path).unwrap().address();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains(&format!("address {own}")), "{text}");
        }
    }
}
