#![cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has namespaces"))]

use super::{Access, Confined, NoSandbox, Sandbox};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// What Blender needs of the system to run: programs, libraries, fonts, drivers and their settings. Everything else of this
/// computer does not exist inside.
const SYSTEM: [&str; 22] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/glvnd",
    "/etc/drirc",
    "/etc/OpenCL",
    "/etc/vulkan",
    "/etc/nvidia",
    // NixOS and Guix keep everything elsewhere.
    "/nix/store",
    "/run/opengl-driver",
    "/run/current-system/sw",
    "/gnu/store",
];

/// Nodes of graphics cards. NVIDIA's and AMD's drivers also read `/sys`.
const GPU_NODES: [&str; 9] = [
    "/dev/dri",
    "/dev/kfd",
    "/dev/nvidia0",
    "/dev/nvidia1",
    "/dev/nvidia2",
    "/dev/nvidia3",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
];

/// Linux namespaces through `bwrap`: no network, no processes of others, no folder of the user, one folder to write.
pub(super) struct Bubblewrap {
    bwrap: PathBuf,
}

impl Bubblewrap {
    /// Looks in `PATH`, then in the usual place.
    pub(super) fn find() -> Result<Self, NoSandbox> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .map(|folder| folder.join("bwrap"))
            .chain([PathBuf::from("/usr/bin/bwrap")])
            .find(|file| file.is_file())
            .map(|bwrap| Self { bwrap })
            .ok_or(NoSandbox::NotInstalled)
    }
}

impl Sandbox for Bubblewrap {
    fn name(&self) -> &'static str {
        "Bubblewrap"
    }

    fn confines(&self) -> bool {
        true
    }

    fn confine(&self, access: Access<'_>) -> Confined {
        let mut line = Line(vec![self.bwrap.clone().into_os_string()]);
        // As root there is no need of a user namespace, so it is only tried; what root could do is dropped either way.
        line.words(&["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-net"]);
        line.words(&["--unshare-uts", "--unshare-cgroup-try", "--hostname", "veriframe"]);
        line.words(&["--cap-drop", "ALL", "--new-session", "--die-with-parent"]);
        // Set inside: the own environment, which may hold secrets, stays outside.
        line.words(&["--clearenv", "--setenv", "PATH", "/usr/bin:/bin"]);
        for (name, value) in [
            ("HOME", "/tmp"),
            ("TMPDIR", "/tmp"),
            ("LANG", "C.UTF-8"),
            ("LC_ALL", "C.UTF-8"),
        ] {
            line.words(&["--setenv", name, value]);
        }
        for path in SYSTEM {
            line.words(&["--ro-bind-try", path, path]);
        }
        line.words(&["--proc", "/proc", "--dev", "/dev"]);
        if access.gpu {
            line.words(&["--ro-bind-try", "/sys", "/sys"]);
            for node in GPU_NODES {
                line.words(&["--dev-bind-try", node, node]);
            }
        }
        if let Some(folder) = folder_of(access.program) {
            line.bind("--ro-bind", &folder, &folder);
        }
        line.bind("--bind", &access.write_dir.join("tmp"), Path::new("/tmp"));
        line.bind("--bind", &access.write_dir.join("out"), Path::new(OUT));
        if let Some(scene) = access.scene_dir {
            line.bind("--ro-bind", scene, Path::new(SCENE));
        }
        line.words(&["--remount-ro", "/", "--chdir", OUT, "--"]);
        line.0.push(access.program.into());
        Confined {
            command: line.0,
            environment: Vec::new(),
            clear_environment: false,
            scene_dir: SCENE.into(),
            out_dir: OUT.into(),
        }
    }
}

const SCENE: &str = "/scene";
const OUT: &str = "/frames";

/// The folder to show so that the program can start: none when the system's folders already hold it.
fn folder_of(program: &Path) -> Option<PathBuf> {
    if SYSTEM.iter().any(|system| program.starts_with(system)) {
        return None;
    }
    let folder = program.parent()?;
    // A Blender directly in a home folder must not open the whole home to every scene. It then fails to start, and the
    // probe says so.
    let is_home = env::home_dir().is_some_and(|home| home.starts_with(folder));
    (!is_home).then(|| folder.to_owned())
}

struct Line(Vec<OsString>);

impl Line {
    fn words(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn bind(&mut self, how: &str, outside: &Path, inside: &Path) {
        self.0.extend([how.into(), outside.into(), inside.into()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_never_shown_whole() {
        let home = env::home_dir().unwrap();
        assert_eq!(folder_of(&home.join("blender")), None);
        assert_eq!(folder_of(Path::new("/blender")), None);
        assert_eq!(folder_of(Path::new("/usr/bin/blender")), None);
        let unpacked = home.join("blender-4.2.3-linux-x64");
        assert_eq!(folder_of(&unpacked.join("blender")), Some(unpacked));
    }
}
