//! How much memory a process tree takes, and how many processes it is.
//!
//! The limit is enforced by looking four times a second and killing the tree that is above it. `RLIMIT_AS` is no way: it
//! counts address space, of which GPU drivers reserve terabytes. A memory cgroup needs systemd or root. Blender also marks
//! itself as the first to go when the whole computer runs out.

use std::time::Duration;

/// What a process tree takes; nothing when it is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Bytes of resident memory.
    pub memory: u64,
    pub processes: usize,
}

/// How often a tree is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(250);

/// Of `root` and all its descendants.
#[cfg(target_os = "linux")]
pub(crate) fn of_tree(root: u32) -> Usage {
    use std::fs;
    let mut waiting = vec![root];
    let mut usage = Usage::default();
    while let Some(id) = waiting.pop() {
        if let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
            usage.memory += resident_in(&status);
            usage.processes += 1;
        }
        let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        for thread in threads {
            if let Ok(children) = fs::read_to_string(thread.path().join("children")) {
                waiting.extend(
                    children
                        .split_whitespace()
                        .filter_map(|child| child.parse::<u32>().ok()),
                );
            }
        }
    }
    usage
}

/// `VmRSS: 123 kB` of `/proc/PID/status` (proc(5)).
#[cfg(target_os = "linux")]
fn resident_in(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes << 10)
}

/// Of `root` and all its descendants.
#[cfg(not(target_os = "linux"))]
pub(crate) fn of_tree(root: u32) -> Usage {
    use std::collections::BTreeSet;
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::All,
        true,
        ProcessRefreshKind::nothing().with_memory(),
    );
    let mut tree = BTreeSet::from([Pid::from_u32(root)]);
    loop {
        let before = tree.len();
        for (id, process) in system.processes() {
            if process.parent().is_some_and(|parent| tree.contains(&parent)) {
                tree.insert(*id);
            }
        }
        if tree.len() == before {
            break;
        }
    }
    let there: Vec<_> = tree.iter().filter_map(|id| system.process(*id)).collect();
    Usage {
        memory: there.iter().map(|process| process.memory()).sum(),
        processes: there.len(),
    }
}

/// The memory of this computer, in bytes.
pub(crate) fn of_this_computer() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    system.total_memory()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_added_up() {
        assert_eq!(
            resident_in("Name:\tblender\nVmRSS:\t    2048 kB\nThreads: 3\n"),
            2 << 20
        );
        assert_eq!(resident_in("Name:\tkernel thread\n"), 0);
        let own = of_tree(std::process::id());
        assert!(own.memory > 1 << 20 && own.memory < of_this_computer());
        assert!(own.processes >= 1);
        assert_eq!(of_tree(u32::MAX), Usage::default());
    }
}
