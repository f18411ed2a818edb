//! The secret from which the keys of one's scenes are derived.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use veriframe_ipfs::SealKey;
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum SceneKeyError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} does not hold a key")]
    Malformed { path: PathBuf },
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Makes the key of each project. A project is the folder that its `.blend` lies in: versions of a scene share a key, so
/// that what did not change is not sent again.
#[derive(Debug, Clone)]
pub struct SceneKeys {
    secret: SealKey,
}

impl SceneKeys {
    /// Reads the secret, or makes one. Only its owner may read the file.
    pub fn load_or_create(path: &Path) -> Result<Self, SceneKeyError> {
        let failed = |source| SceneKeyError::Io {
            path: path.to_owned(),
            source,
        };
        if let Some(secret) = read(path)? {
            return Ok(Self { secret });
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(SceneKeyError::Random)?;
        let secret = SealKey::from_bytes(bytes);
        let folder = path.parent().unwrap_or(Path::new("."));
        // A temporary file is for its owner alone from the start.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let write = |file: &mut File| -> io::Result<()> {
            file.write_all(secret.to_text().as_bytes())?;
            file.sync_all()
        };
        write(file.as_file_mut()).map_err(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(Self { secret }),
            // Another program was first: its secret counts.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => read(path)?
                .map(|secret| Self { secret })
                .ok_or_else(|| failed(io::ErrorKind::NotFound.into())),
            Err(error) => Err(failed(error.error)),
        }
    }

    pub fn of_project(&self, project: &str) -> SealKey {
        self.secret.of_project(project)
    }
}

/// The project of the scene at `blend`: never empty.
pub fn project_of(blend: &Path) -> String {
    let blend = fs::canonicalize(blend).unwrap_or_else(|_| blend.to_owned());
    blend.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<Option<SealKey>, SceneKeyError> {
    let mut text = Zeroizing::new(String::with_capacity(128));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.and_then(|file| file.take(128).read_to_string(&mut text)),
    };
    file.map_err(|source| SceneKeyError::Io {
        path: path.to_owned(),
        source,
    })?;
    let key = text
        .trim()
        .parse()
        .map_err(|_| SceneKeyError::Malformed { path: path.to_owned() })?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_project_has_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scenes.key");
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        for project in [&one, &two] {
            fs::create_dir(project).unwrap();
            fs::write(project.join("scene.blend"), b"").unwrap();
        }
        let keys = || SceneKeys::load_or_create(&path).unwrap();
        let key = |blend: &Path| keys().of_project(&project_of(blend));
        assert_eq!(key(&one.join("scene.blend")), key(&one.join("scene2.blend")));
        assert_ne!(key(&one.join("scene.blend")), key(&two.join("scene.blend")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        }
        fs::write(&path, b"half a k").unwrap();
        assert!(matches!(
            SceneKeys::load_or_create(&path),
            Err(SceneKeyError::Malformed { .. })
        ));
    }
}
