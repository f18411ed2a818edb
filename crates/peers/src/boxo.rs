//! The Go program in `tests/peers/boxo`.

use crate::process::run_well;
use cid::Cid;
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// Enough for a gibibyte into a synced store on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);
/// CIDs on one command line.
const AT_ONCE: usize = 1000;

/// How boxo cuts files and names blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// `unixfs-v1-2025`: ours.
    V1In2025,
    /// `unixfs-v0-2015`: CIDv0, leaves in dag-pb, 256 KiB, 174 links; what Kubo did by default for ten years.
    LegacyV0,
}

/// A folder of two files, one of them without a block.
#[derive(Debug, Clone, Copy)]
pub struct IdentityFolder {
    pub folder: Cid,
    /// `inline.txt`, an identity CID with the content `inlined in its name`.
    pub inline: Cid,
    /// `stored.txt`, with the content `stored in a block`.
    pub stored: Cid,
}

/// `{"file": link, "name": "linked.txt"}` in dag-cbor.
#[derive(Debug, Clone, Copy)]
pub struct CborNode {
    pub node: Cid,
    /// A raw block, `linked from dag-cbor`.
    pub file: Cid,
}

/// A `repo` is a folder that boxo keeps blocks in; it is made when it is not there. One process uses it at a time,
/// except that blocks may be added while a gateway serves it.
#[derive(Debug, Clone)]
pub struct Boxo {
    program: PathBuf,
}

impl Boxo {
    /// The program that `VERIFRAME_BOXO` names. When there is none, says so and the test is to return.
    pub fn find() -> Option<Self> {
        let program = std::env::var_os("VERIFRAME_BOXO").map(PathBuf::from);
        let found = program
            .filter(|program| program.is_file())
            .map(|program| Self { program });
        if found.is_none() {
            println!("SKIPPED: boxo is not built (./dev builds it where Go is, and names it in VERIFRAME_BOXO)");
        }
        found
    }

    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(name);
        command
    }

    fn on(&self, repo: &Path, name: &str) -> Command {
        let mut command = self.command(name);
        command.arg("--repo").arg(repo);
        command
    }

    /// The CID of a file or a folder in the profile `unixfs-v1-2025`; nothing is stored.
    pub fn cid(&self, path: &Path) -> Cid {
        let said = run_well(self.command("cid").arg("--").arg(path), PATIENCE);
        first(&cids(&said))
    }

    /// One process that answers for many paths.
    pub fn cids(&self) -> Cids {
        Cids::start(self)
    }

    /// Stores a file or a folder as `ipfs add` does, synced; its CID.
    pub fn add(&self, repo: &Path, profile: Profile, path: &Path) -> Cid {
        let name = match profile {
            Profile::V1In2025 => "v1-2025",
            Profile::LegacyV0 => "legacy-v0",
        };
        let mut command = self.on(repo, "add");
        first(&cids(&run_well(
            command.args(["--profile", name, "--"]).arg(path),
            PATIENCE,
        )))
    }

    /// Stores a folder in shards of `fanout` slots, a power of two, with `entries` files: `entry-00042.txt` has the
    /// content `entry 42`.
    pub fn hamt(&self, repo: &Path, entries: u32, fanout: u32) -> Cid {
        let mut command = self.on(repo, "hamt");
        command.args(["--entries", &entries.to_string(), "--fanout", &fanout.to_string()]);
        first(&cids(&run_well(&mut command, PATIENCE)))
    }

    pub fn identity(&self, repo: &Path) -> IdentityFolder {
        match cids(&run_well(&mut self.on(repo, "identity"), PATIENCE))[..] {
            [folder, inline, stored] => IdentityFolder { folder, inline, stored },
            _ => panic!("boxo identity prints three CIDs"),
        }
    }

    pub fn cbor(&self, repo: &Path) -> CborNode {
        match cids(&run_well(&mut self.on(repo, "cbor"), PATIENCE))[..] {
            [node, file] => CborNode { node, file },
            _ => panic!("boxo cbor prints two CIDs"),
        }
    }

    /// Stores the blocks of a CAR, each checked; the roots that it names.
    pub fn import(&self, repo: &Path, car: &Path) -> Vec<Cid> {
        cids(&run_well(self.on(repo, "import").arg("--").arg(car), PATIENCE))
    }

    /// Writes all that lies below `root` into a CARv1, depth first, each block once.
    pub fn export(&self, repo: &Path, root: &Cid, car: &Path) {
        run_well(
            self.on(repo, "export").arg("-o").arg(car).arg(root.to_string()),
            PATIENCE,
        );
    }

    /// For each of these blocks whether it is stored.
    pub fn has(&self, repo: &Path, blocks: &[Cid]) -> Vec<bool> {
        let mut found = Vec::with_capacity(blocks.len());
        for some in blocks.chunks(AT_ONCE) {
            let said = run_well(self.on(repo, "has").args(some.iter().map(Cid::to_string)), PATIENCE);
            found.extend(said.lines().map(|line| line.ends_with(" yes")));
        }
        assert_eq!(found.len(), blocks.len(), "boxo has prints a line for each");
        found
    }
}

/// The first word of each line.
fn cids(said: &str) -> Vec<Cid> {
    said.lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .map(|word| word.parse().unwrap_or_else(|_| panic!("boxo said {word:?}, not a CID")))
        .collect()
}

fn first(found: &[Cid]) -> Cid {
    *found.first().expect("boxo prints a CID")
}

/// Ends when it is dropped, for its input does.
pub struct Cids {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Cids {
    fn start(boxo: &Boxo) -> Self {
        let mut child = boxo
            .command("cid")
            .arg("--stdin0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("boxo starts");
        let output = child.stdout.take().expect("it is piped");
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(output)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self {
            input: child.stdin.take(),
            child,
            answers,
        }
    }

    /// The CID of a file or a folder, as [`Boxo::cid`].
    pub fn of(&mut self, path: &Path) -> Cid {
        let input = self.input.as_mut().expect("it is open until it is dropped");
        let mut line = path.as_os_str().as_bytes().to_vec();
        line.push(0);
        input.write_all(&line).expect("boxo reads paths");
        let answer = self.answers.recv_timeout(PATIENCE).expect("boxo answers");
        answer.parse().unwrap_or_else(|_| panic!("boxo said {answer:?}"))
    }
}

impl Drop for Cids {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
