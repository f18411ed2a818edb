use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

/// Every file that may be a Blender, the likeliest first, each once however many links lead to it: the one named by
/// `VERIFRAME_BLENDER`, those of the settings (`extra`, a file or a folder with one), those in `PATH`, and those in the usual
/// folders of this system. Only files that exist are listed; whether they are Blender is for [`crate::probe`] to find out.
pub fn candidates(extra: &[PathBuf]) -> Vec<PathBuf> {
    let named = env::var_os("VERIFRAME_BLENDER").map(PathBuf::from);
    let in_path = env::var_os("PATH").map_or_else(Vec::new, |path| env::split_paths(&path).collect());
    existing(
        named
            .iter()
            .chain(extra)
            .map(|path| executable_in(path))
            .chain(in_path.iter().map(|folder| folder.join(EXECUTABLE)))
            .chain(usual_places()),
    )
}

#[cfg(windows)]
const EXECUTABLE: &str = "blender.exe";
#[cfg(not(windows))]
const EXECUTABLE: &str = "blender";

/// A person may name the folder that Blender was unpacked to, or the application of macOS.
fn executable_in(path: &Path) -> PathBuf {
    let inside = [path.join(EXECUTABLE), path.join("Contents/MacOS/Blender")];
    inside
        .into_iter()
        .find(|file| file.is_file())
        .unwrap_or_else(|| path.to_owned())
}

fn existing(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    paths
        .filter(|path| path.is_file())
        .filter(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())))
        .collect()
}

/// `folder/PREFIX*/rest` for every entry of `folder` whose name starts with `prefix`, newest version first.
fn unpacked(folder: &Path, prefix: &str, rest: &str) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().to_lowercase().starts_with(prefix))
        .map(|entry| entry.path().join(rest))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

#[cfg(target_os = "linux")]
fn usual_places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = ["/usr/bin/blender", "/usr/local/bin/blender"].map(PathBuf::from).into();
    places.extend(unpacked(Path::new("/opt"), "blender", EXECUTABLE));
    let mut exports = vec![PathBuf::from("/var/lib/flatpak/exports/bin")];
    if let Some(home) = env::home_dir() {
        places.extend(unpacked(&home, "blender", EXECUTABLE));
        for folder in ["Applications", "apps", "bin", ".local/opt", "Downloads", "software"] {
            places.extend(unpacked(&home.join(folder), "blender", EXECUTABLE));
        }
        exports.push(home.join(".local/share/flatpak/exports/bin"));
    }
    places.push("/snap/bin/blender".into());
    places.extend(exports.iter().map(|folder| folder.join("org.blender.Blender")));
    places
}

#[cfg(target_os = "macos")]
fn usual_places() -> Vec<PathBuf> {
    let inside = "Contents/MacOS/Blender";
    let mut folders = vec![PathBuf::from("/Applications")];
    folders.extend(env::home_dir().map(|home| home.join("Applications")));
    folders
        .iter()
        .flat_map(|folder| {
            let mut found = unpacked(folder, "blender", inside);
            // The installer of several versions side by side makes a folder for each.
            for version in unpacked(folder, "blender", "") {
                found.push(version.join("Blender.app").join(inside));
            }
            found
        })
        .collect()
}

#[cfg(windows)]
fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for variable in ["ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"] {
        let Some(programs) = env::var_os(variable).map(PathBuf::from) else {
            continue;
        };
        places.extend(unpacked(&programs.join("Blender Foundation"), "blender", EXECUTABLE));
        places.push(programs.join("Steam/steamapps/common/Blender").join(EXECUTABLE));
    }
    if let Some(local) = env::var_os("LOCALAPPDATA").map(PathBuf::from) {
        places.extend(unpacked(&local.join("Programs"), "blender", EXECUTABLE));
    }
    places
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn usual_places() -> Vec<PathBuf> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn each_file_is_listed_once_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let install = |name: &str| {
            let path = folder.path().join(name).join(EXECUTABLE);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        };
        let (new, old) = (install("blender-4.2"), install("Blender-3.6"));
        let listed = existing(
            [
                executable_in(&folder.path().join("blender-4.2")),
                folder.path().join("nothing"),
            ]
            .into_iter()
            .chain(unpacked(folder.path(), "blender", EXECUTABLE)),
        );
        assert_eq!(listed, [new.clone(), old]);
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&new, &link).unwrap();
            assert_eq!(existing([link.clone(), new].into_iter()), [link]);
        }
    }

    #[test]
    fn what_the_settings_name_comes_before_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(EXECUTABLE);
        fs::write(&own, "").unwrap();
        let found = candidates(&[folder.path().to_owned()]);
        let place = found.iter().position(|path| *path == own).unwrap();
        assert!(place <= 1, "only VERIFRAME_BLENDER may come before: {found:?}");
    }
}
