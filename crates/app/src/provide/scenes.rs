//! Downloaded scenes: each fetched once, verified on the way in, used again, and let go when the room is needed.

use crate::Context;
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use veriframe_ipfs::{ContentError, ContentStore as _, ProgressSink, SealKey};
use veriframe_render::{free_bytes, remove_all};
use veriframe_wire::lease::Lease;

/// What must stay free on the disk, in bytes, so that the rest of the computer goes on working.
const LEAVE_FREE: u64 = 512 << 20;

/// The scenes folder, shared by the slots of a worker.
pub(super) struct Scenes {
    folder: PathBuf,
    /// Bytes all scenes may take; `None`: as many as there is room for.
    budget: Option<u64>,
    /// One entry a scene that is in use or being fetched; its lock is held while fetching.
    held: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A scene on the disk; it stays there while this lives.
pub(super) struct HeldScene {
    pub dir: PathBuf,
    _held: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("the scene's name is not one that VeriFrame knows")]
    Name,
    #[error("the key that came with the scene is not one")]
    Key,
    #[error("needs {} MB on the disk, {} MB are free for scenes", needed >> 20, free >> 20)]
    NoSpace { needed: u64, free: u64 },
    #[error("the scene could not be fetched: {0}")]
    Content(#[from] ContentError),
    #[error("the scene could not be written: {0}")]
    Disk(#[from] io::Error),
}

impl FetchError {
    pub fn is_no_space(&self) -> bool {
        match self {
            Self::NoSpace { .. } => true,
            Self::Content(error) => error.is_no_space(),
            Self::Disk(error) => matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded),
            Self::Name | Self::Key => false,
        }
    }
}

impl Scenes {
    pub fn new(folder: PathBuf, budget: Option<u64>) -> Self {
        Self {
            folder,
            budget,
            held: Mutex::default(),
        }
    }

    /// The scene of the lease on the disk.
    pub async fn fetch(&self, ctx: &Context, lease: &Lease, progress: ProgressSink) -> Result<HeldScene, FetchError> {
        let cid = lease.asset_cid.as_str();
        if cid.is_empty() || cid.len() > 128 || !cid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(FetchError::Name);
        }
        let dir = self.folder.join(cid);
        let entry = self.hold(cid);
        {
            let _fetching = entry.lock().await;
            if !dir.is_dir() {
                self.make_room(lease.summary.bytes)?;
                let part = self.folder.join(format!("{cid}.part"));
                // What a killed run left half done: its verified blocks are kept, so little is fetched twice.
                remove_all(&part)?;
                let key = lease.asset_key.as_ref().map(|key| key.0.parse::<SealKey>());
                let key = key.transpose().map_err(|_| FetchError::Key)?;
                ctx.content.get_tree(cid, key.as_ref(), &part, progress).await?;
                fs::rename(&part, &dir)?;
            }
        }
        // Used now: the folder's own time is what the oldest is chosen by.
        let _ = fs::File::open(&dir).and_then(|folder| folder.set_modified(SystemTime::now()));
        Ok(HeldScene { dir, _held: entry })
    }

    /// Deletes the scenes used longest ago until there is room for `needed` bytes.
    fn make_room(&self, needed: u64) -> Result<(), FetchError> {
        let mut scenes = self.unused()?;
        loop {
            let free = self.free();
            if needed <= free {
                return Ok(());
            }
            let Some(oldest) = scenes.pop() else {
                return Err(FetchError::NoSpace { needed, free });
            };
            tracing::info!(scene = %oldest.path.display(), "a scene is let go to make room");
            remove_all(&oldest.path)?;
        }
    }

    fn free(&self) -> u64 {
        let on_disk = free_bytes(&self.folder).map_or(u64::MAX, |free| free.saturating_sub(LEAVE_FREE));
        let in_budget = self
            .budget
            .map_or(u64::MAX, |budget| budget.saturating_sub(tree_bytes(&self.folder)));
        on_disk.min(in_budget)
    }

    /// Scenes that nobody uses, the one used last first.
    fn unused(&self) -> io::Result<Vec<Unused>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, entry| Arc::strong_count(entry) > 1);
        let mut scenes = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !held.contains_key(name.trim_end_matches(".part")) {
                let used = entry.metadata()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                scenes.push(Unused {
                    path: entry.path(),
                    used,
                });
            }
        }
        scenes.sort_by_key(|scene| std::cmp::Reverse(scene.used));
        Ok(scenes)
    }

    fn hold(&self, cid: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.entry(cid.to_owned()).or_default().clone()
    }
}

struct Unused {
    path: PathBuf,
    used: SystemTime,
}

/// Bytes of all files below `path`; links are not followed.
pub(crate) fn tree_bytes(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => tree_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn scene(folder: &Path, name: &str, bytes: usize, age: u64) {
        let dir = folder.join(name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("scene.blend"), vec![0u8; bytes]).unwrap();
        let used = SystemTime::now() - Duration::from_secs(age);
        fs::File::open(&dir).unwrap().set_modified(used).unwrap();
    }

    #[test]
    fn the_scene_used_longest_ago_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        scene(dir.path(), "old", 400, 100);
        scene(dir.path(), "new", 400, 10);
        let scenes = Scenes::new(dir.path().to_owned(), Some(1000));
        scenes.make_room(500).unwrap();
        assert!(!dir.path().join("old").exists() && dir.path().join("new").exists());
    }

    #[test]
    fn a_scene_in_use_stays() {
        let dir = tempfile::tempdir().unwrap();
        scene(dir.path(), "busy", 800, 100);
        let scenes = Scenes::new(dir.path().to_owned(), Some(1000));
        let held = scenes.hold("busy");
        assert!(matches!(
            scenes.make_room(500),
            Err(FetchError::NoSpace { free: 200, .. })
        ));
        assert!(dir.path().join("busy").exists());
        drop(held);
        scenes.make_room(500).unwrap();
        assert!(!dir.path().join("busy").exists());
    }
}
