//! Finding missing files by name.

use super::{problems::file_name, scene};
use crate::view::{CommandError, Located};
use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use veriframe_blend::{DependencyStatus, Report, TraceOptions};

/// A person waits; what is not found by then is most likely not there.
const LOOK_FOR: Duration = Duration::from_secs(20);
const ENTRIES_AT_MOST: usize = 500_000;
const DEPTH_AT_MOST: usize = 24;

/// Walks `folder` for every file that the scene misses. Names are compared without their case, because scenes move
/// between systems that mind it and systems that do not. Of several files of one name, the one wins whose folders
/// resemble the stored path most.
pub async fn search_missing(path: String, folder: String) -> Result<Vec<Located>, CommandError> {
    let task = tokio::task::spawn_blocking(move || {
        let report = scene::read_blocking(Path::new(&path), &TraceOptions::default())?;
        search(&report, Path::new(&folder))
    });
    task.await.map_err(|error| CommandError::internal(&error))?
}

pub fn search(report: &Report, folder: &Path) -> Result<Vec<Located>, CommandError> {
    if !folder.is_dir() {
        return Err(CommandError::new(
            "not_found",
            format!("There is no folder “{}”.", folder.display()),
            "Choose another folder.",
        ));
    }
    let missing: Vec<&str> = report
        .dependencies
        .iter()
        .filter(|dependency| dependency.status == DependencyStatus::Missing)
        .map(|dependency| dependency.path.as_str())
        .collect();
    let mut wanted: HashMap<String, Vec<PathBuf>> = missing
        .iter()
        .map(|stored| (file_name(stored).to_lowercase(), Vec::new()))
        .collect();
    walk(folder, &mut wanted);
    Ok(missing
        .into_iter()
        .filter_map(|stored| {
            let candidates = wanted.get(&file_name(stored).to_lowercase())?;
            let best = candidates
                .iter()
                .max_by_key(|candidate| resemblance(stored, candidate))?;
            Some(Located {
                stored_path: stored.to_owned(),
                actual: best.to_string_lossy().into_owned(),
            })
        })
        .collect())
}

/// Breadth first, so that what lies near is found first; symbolic links to folders are not followed.
fn walk(folder: &Path, wanted: &mut HashMap<String, Vec<PathBuf>>) {
    let until = Instant::now() + LOOK_FOR;
    let mut seen = 0;
    let mut folders = VecDeque::from([(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            seen += 1;
            if seen > ENTRIES_AT_MOST || Instant::now() > until {
                return;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if let Some(found) = wanted.get_mut(&name) {
                found.push(entry.path());
            }
            if kind.is_dir() && depth < DEPTH_AT_MOST {
                folders.push_back((entry.path(), depth + 1));
            }
        }
    }
}

/// How many folders, counted from the file's name upwards, the two have in common.
fn resemblance(stored: &str, candidate: &Path) -> usize {
    let candidate: Vec<String> = candidate
        .iter()
        .rev()
        .map(|part| part.to_string_lossy().to_lowercase())
        .collect();
    stored
        .split(['/', '\\'])
        .rev()
        .filter(|part| !part.is_empty())
        .zip(candidate)
        .take_while(|(stored, candidate)| stored.to_lowercase() == *candidate)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::problems::scene::tests::report;
    use std::fs;
    use veriframe_blend::{Dependency, DependencyKind};

    fn missing(stored: &str) -> Dependency {
        Dependency {
            path: stored.into(),
            resolved: "/nowhere".into(),
            kind: DependencyKind::Image,
            status: DependencyStatus::Missing,
            used_by: vec![],
            in_file: "/scene.blend".into(),
            bytes: 0,
            files: vec![],
        }
    }

    #[test]
    fn files_are_found_by_name_and_the_most_alike_wins() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["a/wood/diffuse.png", "b/tiles/Diffuse.PNG", "c/other.png"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let mut report = report();
        report.dependencies = vec![
            missing("D:\\art\\Tiles\\diffuse.png"),
            missing("//wood/diffuse.png"),
            missing("//gone.png"),
        ];
        let found = search(&report, dir.path()).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].actual.ends_with("b/tiles/Diffuse.PNG"), "{}", found[0].actual);
        assert!(found[1].actual.ends_with("a/wood/diffuse.png"), "{}", found[1].actual);
    }

    #[test]
    fn no_folder_is_said() {
        assert_eq!(
            search(&report(), Path::new("/does/not/exist")).unwrap_err().code,
            "not_found"
        );
    }
}
