//! PostgreSQL: a server of the test's own, in a folder that goes with it.

use crate::process::{Daemon, run_well};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(90);
/// Starts after a kill: processes of the killed server may hold its memory for a moment.
const ATTEMPTS: usize = 50;

/// A server that ends when it is dropped. It does not wait for the disk: it survives a kill, not a power cut.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    daemon: Option<Daemon>,
}

impl Postgres {
    /// When there is no PostgreSQL, says so and the test is to return.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("SKIPPED: PostgreSQL is not there (./dev installs it)");
            return None;
        };
        let folder = TempDir::new().expect("a folder");
        // The server does not run as root, and its user has to reach the folder.
        if let Some(account) = Account::of_server() {
            chown(folder.path(), Some(account.user), Some(account.group)).expect("the folder can be given away");
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("the folder is ours");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut server = Self {
            folder,
            programs,
            port: port.expect("a free port").port(),
            daemon: None,
        };
        let mut initdb = server.command("initdb");
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        initdb.arg("-D").arg(server.data());
        run_well(&mut initdb, PATIENCE);
        server.start_again();
        Some(server)
    }

    /// Address of the database that every server has.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// `kill -9` for every process of the server; returns when none is left.
    pub fn kill(&mut self) {
        let family = self.family();
        let ids: Vec<String> = family.iter().map(u32::to_string).collect();
        let _ = Command::new("kill").arg("-KILL").args(&ids).output();
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
        let deadline = Instant::now() + PATIENCE;
        while ids.iter().any(|id| is_alive(id)) {
            assert!(Instant::now() < deadline, "a killed server is still there: {ids:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// On the same folder and port. Returns when it lets clients in.
    pub fn start_again(&mut self) {
        for _ in 0..ATTEMPTS {
            let mut command = self.command("postgres");
            command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
            command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-F"]);
            for setting in ["max_connections=400", "shared_buffers=64MB", "lc_messages=C"] {
                command.args(["-c", setting]);
            }
            let daemon = Daemon::start(&command);
            let ready = daemon.wait_for(PATIENCE, |line| {
                line.contains("ready to accept connections").then_some(())
            });
            if ready.is_ok() {
                self.daemon = Some(daemon);
                return;
            }
            assert!(
                daemon.log().contains("still in use") || daemon.log().contains("Is another postmaster"),
                "PostgreSQL does not start: {}",
                daemon.log()
            );
            thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not start again");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program as a user that is not root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let Some(account) = Account::of_server() else {
            return Command::new(program);
        };
        let mut command = Command::new("setpriv");
        command
            .args([
                format!("--reuid={}", account.user),
                format!("--regid={}", account.group),
            ])
            .args(["--clear-groups", "--"])
            .arg(program)
            .current_dir("/");
        command
    }

    /// The server and its children, which have process groups of their own.
    fn family(&self) -> Vec<u32> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let Some(server) = file.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
            return Vec::new();
        };
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        std::iter::once(server).chain(children).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Who the server runs as, when the tests are run by root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn of_server() -> Option<Self> {
        if fs::metadata("/proc/self").ok()?.uid() != 0 {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").ok()?;
        let find = |name: &str| {
            let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(Self {
                user: fields.next()?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
            })
        };
        find("postgres").or_else(|| find("nobody"))
    }
}

fn is_alive(id: &str) -> bool {
    // Gone, or a zombie that nobody has waited for.
    fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The folder of the newest server's programs: Debian keeps them off the `PATH`.
fn programs() -> Option<PathBuf> {
    let has_all = |folder: &Path| ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file());
    let versions = fs::read_dir("/usr/lib/postgresql").ok();
    let mut debian: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|folder| has_all(folder))
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .pop()
        .or_else(|| std::env::split_paths(&path).find(|folder| has_all(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_server_starts_again() {
        let Some(mut server) = Postgres::start() else { return };
        let first = server.family();
        assert!(first.len() > 3, "{first:?}");
        server.kill();
        server.start_again();
        let second = server.family();
        assert!(second.iter().all(|id| !first.contains(id)));
        drop(server);
        assert!(!second.iter().any(|id| is_alive(&id.to_string())));
    }
}
