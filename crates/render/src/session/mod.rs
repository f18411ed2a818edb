//! One warm Blender per scene. Starting Blender and opening a scene takes longer than many a frame, so one process stays and
//! is fed frame numbers.

mod error;
mod finished;
mod lend;
mod message;
mod options;
mod standby;

pub use error::RenderError;
pub use options::{RenderedFrame, SessionOptions, SessionSettings};
pub use standby::Standby;

use crate::{
    disk::{remove_all, written_below},
    log_tail::LogTail,
    memory::{self, Usage},
    process::ProcessTree,
    progress::FrameProgress,
};
use message::{FailureCode, Message, RenderOrder, SetUp, message_in};
use standby::{BLENDER_DIR, SCENE_DIR};
use std::{
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use veriframe_core::Engine;

/// A render starts a few programs at the most; who starts more wants something else.
const PROCESSES_AT_MOST: usize = 64;
/// Files and folders besides the frame: caches that a scene makes while it renders.
const FILES_AT_MOST: usize = 10_000;
/// Bytes of them, when nobody set a limit.
const WRITTEN_AT_MOST: u64 = 64 << 30;

/// A running Blender with an open scene. Dropping it kills the process and everything it started.
pub struct Session {
    options: SessionOptions,
    process: ProcessTree,
    marker: String,
    /// As we see them.
    write_dir: PathBuf,
    out_dir: PathBuf,
    layers: u32,
    log: LogTail,
    peak_memory: u64,
    /// Nothing can be rendered any more: Blender is gone, or was left in the middle of a frame.
    over: bool,
}

impl Session {
    /// Starts Blender, opens the scene and applies the settings. What the scene needs and this computer lacks (a camera, a
    /// denoiser, an engine, a sandbox) is told here, before any frame.
    pub async fn start(options: SessionOptions) -> Result<Self, RenderError> {
        let standby = Standby::start(
            &options.installation,
            &options.work_dir,
            options.settings.format,
            options.wants_gpu(),
            options.sandbox,
        )
        .await?;
        Self::open_in(standby, options).await
    }

    /// The same in a Blender that is up already and [fits](Standby::fits).
    pub async fn open_in(standby: Standby, options: SessionOptions) -> Result<Self, RenderError> {
        let scene_dir = options.scene_dir.canonicalize().map_err(|error| unreadable(&error))?;
        let file = scene_dir.join(&options.entry);
        // An entry that leads out of the folder, or is no file, must not even be tried.
        if !file
            .canonicalize()
            .map_err(|error| unreadable(&error))?
            .starts_with(&scene_dir)
            || !file.is_file()
        {
            return Err(RenderError::SceneUnreadable {
                reason: format!("there is no file {}", options.entry),
            });
        }
        let lent = standby.scene_dir.clone();
        tokio::task::spawn_blocking(move || lend::lend(&scene_dir, &lent))
            .await
            .map_err(|error| RenderError::WorkDir(error.into()))?
            .map_err(disk)?;
        let log = LogTail::hiding(&[(&standby.scene_dir, "(scene)"), (&standby.write_dir, "(work)")]);
        let mut session = Self {
            marker: uuid::Uuid::new_v4().simple().to_string(),
            out_dir: standby.write_dir.join("out"),
            write_dir: standby.write_dir,
            layers: 1,
            log,
            peak_memory: 0,
            over: true,
            process: standby.process,
            options,
        };
        let scene = standby.scene_dir_inside.join(&session.options.entry);
        session.open(&scene, &standby.out_dir_inside, standby.confined).await?;
        session.over = false;
        Ok(session)
    }

    /// Gives the guard its orders and waits until the scene is open.
    async fn open(&mut self, scene: &Path, out_dir: &Path, confined: bool) -> Result<(), RenderError> {
        let order = to_line(&SetUp::new(&self.options, &self.marker, scene, out_dir, confined));
        // When Blender is gone already its output tells why.
        let _ = self.process.send(&order).await;
        let timeout = self.options.start_timeout;
        match self.next_message(timeout, &mut |_| ()).await {
            Ok(Message::Ready { engine, layers }) => {
                let engine = Engine::from_blender(&engine);
                if !self.options.installation.info.engines.contains(&engine) {
                    self.process.kill().await;
                    return Err(RenderError::EngineUnavailable {
                        engine: engine.to_string(),
                    });
                }
                self.layers = layers;
                Ok(())
            }
            Ok(Message::Refused { code, detail }) => {
                self.process.kill().await;
                Err(code.into_error(detail, || self.log.text()))
            }
            Ok(_) => Err(self.died(None)),
            // A damaged file may take Blender down with it.
            Err(RenderError::BlenderDied { log_tail }) => Err(RenderError::SceneUnreadable {
                reason: reason_in(&log_tail),
            }),
            Err(other) => Err(other),
        }
    }

    /// Renders one frame, or the piece with this number when the session is one of a still. `progress` hears numbers from 0 to 1 that never fall.
    ///
    /// After [`RenderError::NoOutput`] and [`RenderError::NoCamera`] the session can go on with other frames; after every
    /// other error, and when this future was dropped, it is over.
    pub async fn render(
        &mut self,
        frame: i32,
        mut progress: impl FnMut(f32) + Send,
        timeout: Duration,
    ) -> Result<RenderedFrame, RenderError> {
        if self.over {
            return Err(self.died(None));
        }
        let settings = &self.options.settings;
        let order = RenderOrder::new(frame, settings.still.as_ref()).ok_or(RenderError::NoSuchPiece(frame))?;
        self.over = true;
        let started = Instant::now();
        self.peak_memory = 0;
        let file = self.out_dir.join(settings.format.file_name(order.frame));
        finished::forget(&file).await.map_err(RenderError::WorkDir)?;
        if self.process.send(&to_line(&order)).await.is_err() {
            let status = self.process.exit().await.ok();
            return Err(self.died(status));
        }
        let mut share = FrameProgress::new(self.layers);
        let (mut before_sampling, mut sampled) = (None, None);
        let mut hear = |line: &str| {
            let moved = share.hear(line);
            if share.has_begun() {
                before_sampling.get_or_insert_with(|| started.elapsed().as_secs_f64());
            }
            if share.has_sampled() {
                sampled.get_or_insert_with(|| started.elapsed().as_secs_f64());
            }
            if let Some(share) = moved {
                progress(share);
            }
        };
        match self.next_message(timeout, &mut hear).await? {
            Message::Rendered { frame: rendered, .. } if rendered == order.frame => {}
            Message::Failed {
                frame: failed,
                code: FailureCode::NoCamera,
            } if failed == order.frame => {
                self.over = false;
                return Err(RenderError::NoCamera);
            }
            Message::Failed { frame: failed, .. } if failed == order.frame => {
                self.over = false;
                return Err(self.no_output());
            }
            _ => {
                self.process.kill().await;
                return Err(self.died(None));
            }
        }
        let kept = self
            .options
            .work_dir
            .join(self.options.settings.format.file_name(frame));
        let picture = finished::take(file, kept.clone()).await;
        self.over = false;
        let picture = match picture {
            Ok(picture) => picture,
            Err(finished::TakeError::Keep(error)) => return Err(disk(error)),
            Err(finished::TakeError::NoPicture(reason)) => {
                self.log.push(&reason);
                return Err(self.no_output());
            }
        };
        progress(1.0);
        let seconds = started.elapsed().as_secs_f64();
        Ok(RenderedFrame {
            frame,
            path: kept,
            bytes: picture.bytes,
            digest: picture.digest,
            width: picture.width,
            height: picture.height,
            seconds,
            before_sampling,
            after_sampling: sampled.map(|sampled| seconds - sampled),
            peak_memory: self.peak_memory,
            log_tail: self.log.text(),
        })
    }

    /// Ends Blender, waits until it is gone, and removes the folders it worked with. Finished frames stay.
    pub async fn close(mut self) {
        self.process.kill().await;
        for name in [BLENDER_DIR, SCENE_DIR] {
            let folder = self.options.work_dir.join(name);
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || remove_all(&folder)).await {
                tracing::warn!(%error, "a folder Blender worked with is left");
            }
        }
    }

    /// Reads on until the guard says something; watches time, memory and the wish to stop meanwhile.
    async fn next_message(
        &mut self,
        timeout: Duration,
        hear: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Message, RenderError> {
        let cancel = self.options.cancel.clone();
        let deadline = Instant::now() + timeout;
        let mut looks = interval(memory::LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    self.process.kill().await;
                    return Err(RenderError::Cancelled);
                }
                () = sleep_until(deadline) => {
                    self.process.kill().await;
                    return Err(RenderError::TimedOut { seconds: timeout.as_secs() });
                }
                _ = looks.tick() => self.look_at_usage().await?,
                line = self.process.line() => {
                    let Some(line) = line else {
                        let status = self.process.exit().await.ok();
                        return Err(self.died(status));
                    };
                    match message_in(&line, &self.marker) {
                        Some(Message::Stats { text }) => hear(&text),
                        Some(message) => {
                            self.look_at_usage().await?;
                            return Ok(message);
                        }
                        None => {
                            hear(&line);
                            self.log.push(&line);
                        }
                    }
                }
            }
        }
    }

    /// Ends Blender when it takes more than it may.
    async fn look_at_usage(&mut self) -> Result<(), RenderError> {
        let usage = self.process.id().map_or_else(Usage::default, memory::of_tree);
        self.peak_memory = self.peak_memory.max(usage.memory);
        let written = written_below(&self.write_dir, FILES_AT_MOST);
        let too_much = if self.options.memory_limit.is_some_and(|limit| usage.memory > limit) {
            RenderError::OutOfMemory { peak: usage.memory }
        } else if usage.processes > PROCESSES_AT_MOST {
            RenderError::Unsupported(format!("it starts more than {PROCESSES_AT_MOST} programs"))
        } else if written.files > FILES_AT_MOST {
            RenderError::Unsupported(format!("it writes more than {FILES_AT_MOST} files"))
        } else if written.bytes > self.options.disk_limit.unwrap_or(WRITTEN_AT_MOST) {
            RenderError::Unsupported(format!("it writes {} MB beside its frames", written.bytes >> 20))
        } else {
            return Ok(());
        };
        self.process.kill().await;
        Err(too_much)
    }

    /// Why Blender is gone, as far as can be told.
    fn died(&self, status: Option<ExitStatus>) -> RenderError {
        // Blender's, C++'s and the GPU drivers' words for it.
        let said_so = self.log.mentions(&[
            "alloc returns null",
            "std::bad_alloc",
            "Out of memory",
            "out of memory",
            "Out of GPU memory",
        ]);
        // The kernel kills with signal 9, and who else would, when most of the memory was taken?
        let half = self.options.memory_limit.unwrap_or_else(memory::of_this_computer) / 2;
        if said_so || (status.is_some_and(was_killed) && self.peak_memory > half) {
            return RenderError::OutOfMemory { peak: self.peak_memory };
        }
        if self.log.mentions(&[NO_SPACE]) {
            return RenderError::NoSpace;
        }
        RenderError::BlenderDied {
            log_tail: self.log.text(),
        }
    }

    fn no_output(&self) -> RenderError {
        if self.log.mentions(&[NO_SPACE]) || finished::is_full(&self.out_dir) {
            return RenderError::NoSpace;
        }
        RenderError::NoOutput {
            log_tail: self.log.text(),
        }
    }
}

/// `strerror(ENOSPC)`; Blender's own texts are not translated under factory settings.
const NO_SPACE: &str = "No space left on device";

/// The line that explains why a file was not opened, without Blender's prefix.
fn reason_in(log: &str) -> String {
    let line = log
        .lines()
        .rev()
        .find(|line| line.contains("Error") || line.contains("annot"))
        .or_else(|| log.lines().last())
        .unwrap_or("Blender says nothing");
    line.trim_start_matches("Error: ").to_owned()
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    // The sandbox passes on the death of what it ran as 128 + 9.
    status.signal() == Some(9) || status.code() == Some(128 + 9)
}

#[cfg(not(unix))]
fn was_killed(_: ExitStatus) -> bool {
    false
}

fn unreadable(error: &std::io::Error) -> RenderError {
    RenderError::SceneUnreadable {
        reason: error.to_string(),
    }
}

fn disk(error: std::io::Error) -> RenderError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => RenderError::NoSpace,
        _ => RenderError::WorkDir(error),
    }
}

/// Orders are plain data; they cannot fail to become JSON.
fn to_line(order: &impl serde::Serialize) -> String {
    serde_json::to_string(order).unwrap_or_default()
}
