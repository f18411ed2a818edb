//! Which processes still have to do with a home.

use std::fs;
use std::path::Path;

/// Processes, except this one, that name the folder in their arguments or environment, stand in it, or have it
/// mounted: Blender in its sandbox sees the folder under another name, and only its mounts tell.
pub fn that_use(folder: &Path) -> Vec<(u32, String)> {
    let wanted = folder.to_string_lossy();
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| *id != std::process::id() && mentions(*id, &wanted))
        .map(|id| (id, name(id)))
        .collect()
}

/// Those of them that are a Blender or its sandbox.
pub fn blenders_that_use(folder: &Path) -> Vec<(u32, String)> {
    that_use(folder)
        .into_iter()
        .filter(|(_, name)| name.contains("blender") || name.contains("bwrap"))
        .collect()
}

fn mentions(id: u32, wanted: &str) -> bool {
    let in_file = |name: &str| {
        fs::read(format!("/proc/{id}/{name}")).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(wanted))
    };
    let stands_in = fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|path| path.starts_with(wanted));
    stands_in || in_file("cmdline") || in_file("environ") || in_file("mountinfo")
}

fn name(id: u32) -> String {
    fs::read_to_string(format!("/proc/{id}/comm"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}
