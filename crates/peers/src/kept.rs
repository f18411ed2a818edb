//! What takes long to make and is always the same: scenes that Blender saved, frames that Blender alone rendered. Made once,
//! and kept beside the builds under a name that stands for everything it was made of.

use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::UNIX_EPOCH,
};

/// The folder that `make` filled for these `parts`: the script, its arguments, and the programs that were run (see
/// [`program_mark`]). It is shared with other tests and other runs: nothing may be written into it.
///
/// Tests that ask for the same at the same time wait for the first of them; one that fails leaves nothing behind.
pub fn kept(kind: &str, parts: &[&str], make: impl FnOnce(&Path)) -> PathBuf {
    let all = all_kept();
    fs::create_dir_all(&all).expect("a folder for what is kept");
    let mut name = Sha256::new();
    for part in parts {
        name.update((part.len() as u64).to_le_bytes());
        name.update(part);
    }
    let place = all.join(format!("{kind}-{}", &hex(&name.finalize())[..24]));
    if place.is_dir() {
        return place;
    }
    let lock = File::create(place.with_extension("lock")).expect("a lock");
    lock.lock().expect("the lock comes free");
    if place.is_dir() {
        return place;
    }
    let made = tempfile::tempdir_in(&all).expect("a folder to make it in");
    make(made.path());
    fs::rename(made.keep(), &place).expect("it can be kept");
    place
}

/// A folder of this name that is the same in every run, for what names its own files by absolute paths. Whoever uses it empties it.
pub fn fixed_place(name: &str) -> PathBuf {
    all_kept().join("places").join(name)
}

/// Copies what is in a folder into another one, with links, times and all.
pub fn copy_all(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "{} can be copied",
        from.display()
    );
}

/// Stands for a program in [`kept`]: another one, or another version of it, makes everything anew. A bare name is looked for on the
/// PATH, as it would be to start it.
pub fn program_mark(program: &Path) -> String {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    // Joined to a path that is absolute, a folder changes nothing.
    let found = std::env::split_paths(&paths)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    let program = found.as_deref().unwrap_or(program);
    let place = fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    let known = fs::metadata(&place).ok();
    let time = known
        .as_ref()
        .and_then(|known| known.modified().ok())
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!(
        "{} {} {:?}",
        place.display(),
        known.map_or(0, |known| known.len()),
        time
    )
}

/// Stands for the content of a file in [`kept`].
pub fn content_mark(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Beside the running test, which lies in TARGET/PROFILE/deps.
fn all_kept() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    test.ancestors().nth(3).expect("a target folder").join("kept-for-tests")
}
