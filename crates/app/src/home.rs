//! The folder that holds everything a VeriFrame keeps: one home, one person, one key.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Names the home; without it the platform's folder for application data is used.
pub const HOME_VARIABLE: &str = "VERIFRAME_HOME";

/// Paths inside one home. Cheap to clone; owns no lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error("no folder for VeriFrame's data is known; set {HOME_VARIABLE}")]
    Unknown,
    #[error("the folder {path} cannot be used: {source}")]
    Unusable { path: PathBuf, source: io::Error },
}

impl Home {
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `VERIFRAME_HOME`, or `veriframe` in the platform's folder for application data.
    pub fn of_this_user() -> Result<Self, HomeError> {
        let set = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(home) = set(HOME_VARIABLE) {
            return Ok(Self::at(std::path::absolute(&home).unwrap_or(home)));
        }
        data_folder(set)
            .map(|data| Self::at(data.join("veriframe")))
            .ok_or(HomeError::Unknown)
    }

    /// Makes the folders that are missing; on Unix the home is for its owner alone.
    pub fn create(&self) -> Result<(), HomeError> {
        let unusable = |path: &Path, source| HomeError::Unusable {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(&self.root).map_err(|e| unusable(&self.root, e))?;
        make_private(&self.root).map_err(|e| unusable(&self.root, e))?;
        for folder in [
            self.coordinator(),
            self.blocks(),
            self.work(),
            self.kept(),
            self.scenes(),
            self.packed(),
            self.samples(),
        ] {
            fs::create_dir_all(&folder).map_err(|e| unusable(&folder, e))?;
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The account's key; readable by its owner only.
    pub fn key(&self) -> PathBuf {
        self.root.join("key.json")
    }

    /// Where the contracts are; absent in local mode.
    pub fn chain_file(&self) -> PathBuf {
        self.root.join("chain.json")
    }

    pub fn database(&self) -> PathBuf {
        self.root.join("desktop.sqlite")
    }

    /// Data of the embedded coordinator.
    pub fn coordinator(&self) -> PathBuf {
        self.root.join("coordinator")
    }

    /// Held while an embedded coordinator runs on this home.
    pub fn coordinator_lock(&self) -> PathBuf {
        self.root.join("coordinator.lock")
    }

    /// There while an operator's settings, and not the program's own, are those of the home's coordinator.
    pub fn coordinator_of_operator(&self) -> PathBuf {
        self.root.join("coordinator.operator")
    }

    /// The port that the home's own coordinator had last.
    pub fn coordinator_port(&self) -> PathBuf {
        self.root.join("coordinator.port")
    }

    /// Where the embedded coordinator that holds the lock listens.
    pub fn coordinator_url(&self) -> PathBuf {
        self.root.join("coordinator.url")
    }

    /// Blocks of the content store.
    pub fn blocks(&self) -> PathBuf {
        self.root.join("blocks")
    }

    /// The secret from which the keys of scenes are derived.
    pub fn scenes_key(&self) -> PathBuf {
        self.root.join("scenes.key")
    }

    /// Tokens of services, where there is no keychain.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    /// What a running render writes; swept when the worker starts.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Finished frames that are not handed in yet.
    pub fn kept(&self) -> PathBuf {
        self.root.join("kept")
    }

    /// Downloaded scenes, a folder a CID.
    pub fn scenes(&self) -> PathBuf {
        self.root.join("scenes")
    }

    /// Scenes of one's own, packed for posting.
    pub fn packed(&self) -> PathBuf {
        self.root.join("packed")
    }

    /// The sample scene and the benchmark, written on demand.
    pub fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }

    /// Small pictures of frames, under the hash of the frame.
    pub fn thumbnails(&self) -> PathBuf {
        self.root.join("thumbnails")
    }

    /// Held while a worker runs on this home.
    pub fn worker_lock(&self) -> PathBuf {
        self.root.join("worker.lock")
    }
}

#[cfg(windows)]
fn data_folder(set: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("LOCALAPPDATA").or_else(|| set("APPDATA"))
}

#[cfg(target_os = "macos")]
fn data_folder(set: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("HOME").map(|home| home.join("Library/Application Support"))
}

/// The XDG base directory specification: a relative `XDG_DATA_HOME` does not count.
#[cfg(not(any(windows, target_os = "macos")))]
fn data_folder(set: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
}

#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    // The platform's application data folder is the user's own already.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_made_with_its_folders() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path().join("nested/home"));
        home.create().unwrap();
        home.create().unwrap();
        assert!(home.kept().is_dir() && home.scenes().is_dir() && home.blocks().is_dir());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(home.root()).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "a home is nobody else's business");
        }
    }

    #[test]
    fn a_file_in_the_way_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = Home::at(&file).create().unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }

    #[cfg(not(any(windows, target_os = "macos")))]
    #[test]
    fn the_data_folder_follows_xdg() {
        let with = |pairs: &'static [(&str, &str)]| {
            data_folder(move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v)))
        };
        assert_eq!(
            with(&[("XDG_DATA_HOME", "/data"), ("HOME", "/h")]),
            Some("/data".into())
        );
        assert_eq!(
            with(&[("XDG_DATA_HOME", "data"), ("HOME", "/h")]),
            Some("/h/.local/share".into())
        );
        assert_eq!(with(&[]), None);
    }
}
