//! A Blender process and everything it starts: its lines of output come in, orders go out, and all of it ends together.

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use std::{
    io,
    process::{ExitStatus, Stdio},
    sync::{
        OnceLock,
        mpsc::{Sender, channel},
    },
    thread,
    time::Duration,
};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, Command},
    runtime::Handle,
    sync::{mpsc, oneshot},
    task::JoinSet,
};

/// A longer line is cut: a stranger's scene must not fill our memory with one.
const MAX_LINE: usize = 16 << 10;
/// Lines that wait to be read. When they are not, Blender waits too.
const WAITING_LINES: usize = 1024;

/// How long a killed tree may take to disappear: a process that waits for a disk dies late.
const GONE: Duration = Duration::from_secs(10);

/// A running process tree. Dropping it kills the tree.
pub(crate) struct ProcessTree {
    child: Box<dyn ChildWrapper>,
    stdin: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    /// Reads what the process writes; ends with its pipes.
    _readers: JoinSet<()>,
    id: Option<u32>,
    ended: bool,
}

impl ProcessTree {
    /// Starts a command with its three streams connected to us.
    pub(crate) async fn start(mut command: Command) -> io::Result<Self> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command
            .wrap(process_wrap::tokio::KillOnDrop)
            .wrap(process_wrap::tokio::JobObject);
        let mut child = spawn_from_lasting_thread(command).await?;
        let id = child.id();
        let (sender, lines) = mpsc::channel(WAITING_LINES);
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout().take() {
            readers.spawn(read_lines(BufReader::new(stdout), sender.clone()));
        }
        if let Some(stderr) = child.stderr().take() {
            readers.spawn(read_lines(BufReader::new(stderr), sender));
        }
        let stdin = child.stdin().take();
        Ok(Self {
            child,
            stdin,
            lines,
            _readers: readers,
            id,
            ended: false,
        })
    }

    /// The identifier of the outermost process.
    pub(crate) fn id(&self) -> Option<u32> {
        self.id
    }

    /// False when it has ended, whoever ended it.
    pub(crate) fn is_running(&mut self) -> bool {
        !self.ended && matches!(self.child.try_wait(), Ok(None))
    }

    /// The next line of output or errors; `None` after both were closed.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Writes one line to the process.
    pub(crate) async fn send(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.write_all(format!("{line}\n").as_bytes()).await?;
        stdin.flush().await
    }

    /// Waits for the end that has already announced itself by closed pipes.
    pub(crate) async fn exit(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        let status = self.child.wait().await?;
        self.ended = true;
        Ok(status)
    }

    /// Kills the whole tree and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        if self.ended {
            return;
        }
        // It may be gone already, which is what was wanted.
        let _ = self.child.start_kill();
        if let Err(error) = self.exit().await {
            tracing::warn!(%error, "waiting for a killed Blender");
        }
        // The sandbox's own process is gone before those inside; the pipes close when the last of them is.
        let all_gone = async { while self.lines.recv().await.is_some() {} };
        if tokio::time::timeout(GONE, all_gone).await.is_err() {
            tracing::warn!("a killed Blender still holds its pipes");
        }
    }
}

impl Drop for ProcessTree {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.start_kill();
        }
    }
}

/// Linux kills Blender when the *thread* that started it ends (`PR_SET_PDEATHSIG`), and the threads of an async runtime come
/// and go. So one thread that lasts as long as the program starts them all.
async fn spawn_from_lasting_thread(mut command: CommandWrap) -> io::Result<Box<dyn ChildWrapper>> {
    type Order = Box<dyn FnOnce() + Send>;
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, orders) = channel::<Order>();
        let started = thread::Builder::new().name("blender-starter".into()).spawn(move || {
            for order in orders {
                order();
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "the thread that starts Blender");
        }
        sender
    });
    let runtime = Handle::current();
    let (reply, answer) = oneshot::channel();
    let order = Box::new(move || {
        let _inside = runtime.enter();
        // When nobody waits any more the child is dropped, and killed by that.
        let _ = reply.send(command.spawn());
    });
    let gone = || io::Error::other("the thread that starts Blender is gone");
    spawner.send(order).map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?
}

async fn read_lines(mut reader: impl AsyncBufRead + Unpin, lines: mpsc::Sender<String>) {
    let mut line = Vec::new();
    while let Ok(available) = reader.fill_buf().await {
        if available.is_empty() {
            break;
        }
        let end = available.iter().position(|&byte| byte == b'\n');
        let taken = &available[..end.unwrap_or(available.len())];
        let room = MAX_LINE - line.len();
        line.extend_from_slice(&taken[..taken.len().min(room)]);
        let consumed = taken.len() + usize::from(end.is_some());
        reader.consume(consumed);
        if end.is_some() {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if lines.send(text).await.is_err() {
                return;
            }
        }
    }
    if !line.is_empty() {
        let _ = lines.send(String::from_utf8_lossy(&line).into_owned()).await;
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn lines_arrive_cut_to_size() {
        let mut tree = ProcessTree::start(shell(
            "read x; echo got $x; head -c 40000 /dev/zero | tr '\\0' a; echo; printf end",
        ))
        .await
        .unwrap();
        tree.send("order").await.unwrap();
        assert_eq!(tree.line().await.unwrap(), "got order");
        assert_eq!(tree.line().await.unwrap().len(), MAX_LINE);
        assert_eq!(tree.line().await.unwrap(), "end");
        assert_eq!(tree.line().await, None);
        assert!(tree.exit().await.unwrap().success());
    }

    #[tokio::test]
    async fn the_whole_tree_dies() {
        let mut tree = ProcessTree::start(shell("sleep 1000 & echo $!; wait")).await.unwrap();
        let grandchild = tree.line().await.unwrap();
        tree.kill().await;
        // The pipe closes when the last of the tree that held it is gone.
        assert_eq!(tree.line().await, None);
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        // A process closes its files a moment before it is gone.
        let gone = async {
            while !is_gone() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), gone)
            .await
            .expect("the grandchild dies");
    }
}
