use super::{Access, Confined, NoSandbox, Sandbox, nobody, system_calls};
use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
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

/// Parts of the kernel's files that root could write, and that tell of the computer.
const KERNEL: [&str; 5] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"];

/// What `/dev/shm` holds at most, in bytes.
const SHARED_MEMORY: &str = "67108864";

/// Opens the filter of system calls as file 9, and becomes the rest of the line.
const WITH_FILTER: &str = r#"exec 9<"$0" && exec "$@""#;

/// Linux namespaces through `bwrap`: no network, no processes of others, no folder of the user, one folder to write.
pub(super) struct Bubblewrap {
    bwrap: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

/// `--size` of a `--tmpfs`.
const KNOWS_SIZES: Version = Version(0, 7);
const KNOWS_TO_DISABLE_NAMESPACES: Version = Version(0, 8);

impl Bubblewrap {
    /// Looks in `PATH`, then in the usual place.
    pub(super) fn find() -> Result<Self, NoSandbox> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .map(|folder| folder.join("bwrap"))
            .chain([PathBuf::from("/usr/bin/bwrap")])
            .find(|file| file.is_file())
            .map(|bwrap| Self {
                version: version_of(&bwrap),
                bwrap,
            })
            .ok_or(NoSandbox::NotInstalled)
    }
}

/// Asked once: it does not change while this program runs.
fn version_of(bwrap: &Path) -> Version {
    static VERSION: OnceLock<Version> = OnceLock::new();
    *VERSION.get_or_init(|| {
        let said = Command::new(bwrap)
            .arg("--version")
            .output()
            .map(|output| output.stdout);
        parse_version(&String::from_utf8_lossy(&said.unwrap_or_default()))
    })
}

/// `bubblewrap 0.8.0`; what cannot be read counts as old.
fn parse_version(said: &str) -> Version {
    let mut numbers = said
        .trim()
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .split('.')
        .map_while(|part| part.parse().ok());
    Version(numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

impl Sandbox for Bubblewrap {
    fn name(&self) -> &'static str {
        "Bubblewrap"
    }

    fn confines(&self) -> bool {
        true
    }

    fn confine(&self, access: Access<'_>) -> io::Result<Confined> {
        let mut line = Line(Vec::new());
        let filter = system_calls::filter();
        if let Some(filter) = &filter {
            let file = access.write_dir.join("system-calls.bpf");
            fs::write(&file, filter)?;
            line.words(&["/bin/sh", "-c", WITH_FILTER]);
            line.0.push(file.into());
        }
        line.0.push(self.bwrap.clone().into());
        if filter.is_some() {
            line.words(&["--seccomp", "9"]);
        }
        line.words(&["--cap-drop", "ALL"]);
        let drops_root = nobody::is_needed();
        if drops_root {
            // Root makes the sandbox without a user namespace, and in it becomes somebody who owns nothing: `setpriv` below.
            nobody::may_use(access.write_dir, access.scene_dir)?;
            for capability in ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"] {
                line.words(&["--cap-add", capability]);
            }
        } else {
            line.words(&["--unshare-user"]);
            if self.version >= KNOWS_TO_DISABLE_NAMESPACES {
                line.words(&["--disable-userns"]);
            }
        }
        line.words(&["--unshare-ipc", "--unshare-pid", "--unshare-net"]);
        line.words(&["--unshare-uts", "--unshare-cgroup-try", "--hostname", "veriframe"]);
        line.words(&["--new-session", "--die-with-parent"]);
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
            line.enter(Path::new(path));
            line.words(&["--ro-bind-try", path, path]);
        }
        line.words(&["--proc", "/proc", "--dev", "/dev"]);
        for path in KERNEL {
            line.words(&["--ro-bind-try", path, path]);
        }
        // Files there are memory that is not counted as Blender's: few, or none.
        if self.version >= KNOWS_SIZES {
            line.words(&["--perms", "1777", "--size", SHARED_MEMORY, "--tmpfs", "/dev/shm"]);
        }
        if access.gpu {
            line.words(&["--ro-bind-try", "/sys", "/sys"]);
            for node in GPU_NODES {
                line.words(&["--dev-bind-try", node, node]);
            }
        }
        line.words(&["--remount-ro", "/dev"]);
        if let Some(folder) = folder_of(access.program) {
            line.enter(&folder);
            line.bind("--ro-bind", &folder, &folder);
        }
        line.bind("--bind", &access.write_dir.join("tmp"), Path::new("/tmp"));
        line.bind("--bind", &access.write_dir.join("out"), Path::new(OUT));
        if let Some(scene) = access.scene_dir {
            line.bind("--ro-bind", scene, Path::new(SCENE));
        }
        for path in access.also {
            line.enter(path);
            line.bind("--ro-bind-try", path, path);
        }
        line.words(&["--remount-ro", "/", "--chdir", OUT, "--"]);
        if drops_root {
            let groups = if access.gpu {
                nobody::groups_of(&GPU_NODES)
            } else {
                Vec::new()
            };
            line.0.extend(nobody::become_them(&groups));
        }
        line.0.push(access.program.into());
        Ok(Confined {
            command: line.0,
            environment: Vec::new(),
            // What is process 1 inside is started with it, and shows it to everybody there.
            clear_environment: true,
            scene_dir: SCENE.into(),
            out_dir: OUT.into(),
        })
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

    /// Folders above this one that everybody may enter: by itself bubblewrap makes them for root alone.
    fn enter(&mut self, path: &Path) {
        let above: Vec<&Path> = path
            .ancestors()
            .skip(1)
            .filter(|above| above.parent().is_some())
            .collect();
        for folder in above.into_iter().rev() {
            self.words(&["--perms", "0755", "--dir"]);
            self.0.push(folder.into());
        }
    }

    fn bind(&mut self, how: &str, outside: &Path, inside: &Path) {
        self.0.extend([how.into(), outside.into(), inside.into()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse_version("bubblewrap 0.8.0\n"), Version(0, 8));
        assert_eq!(parse_version("bubblewrap 0.11.0"), Version(0, 11));
        assert!(parse_version("bubblewrap 0.10.0") >= KNOWS_TO_DISABLE_NAMESPACES);
        assert_eq!(parse_version("what"), Version(0, 0));
    }

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
