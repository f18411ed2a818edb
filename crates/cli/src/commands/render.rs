//! The whole main job in one process: post, render, save what is verified.

use super::{posting, progress::Progress, session};
use crate::{
    args::Render,
    cancel::Interrupts,
    exit::{Exit, Failure},
    output,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::broadcast;
use veriframe_app::{
    Context, Home, create,
    jobs::{self, text},
    provide::{self, ProvideOptions},
    view::{AppEvent, CommandError, FrameCell, FrameStateView, JobStateView, JobView},
};
use veriframe_core::{Amount, OutputFormat};

/// Should an event be lost, the frames arrive all the same.
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct Rendered {
    job: String,
    state: JobStateView,
    folder: String,
    frames: Vec<SavedFrame>,
    /// Smallest unit.
    spent: String,
    refunded: String,
    seconds: f64,
}

#[derive(Serialize)]
struct SavedFrame {
    frame: i32,
    file: String,
}

pub async fn run(home: Home, args: Render, interrupts: &Interrupts) -> Result<(), Failure> {
    let began = Instant::now();
    let folder = std::path::absolute(&args.out)?;
    check_folder(&folder)?;
    let json = args.output.json;
    let rendered = session::with_coordinator(home, args.network, async |ctx| {
        jobs::follow_events(ctx);
        if args.threads != 0 {
            limit_threads(ctx, args.threads).await?;
        }
        if !args.no_worker {
            // Blender starts while the scene is read, packed and paid for.
            provide::get_ready(ctx);
        }
        let settings = posting::settings(ctx, &args.job).await?;
        let mut work = Work {
            ctx,
            folder: &folder,
            saved: BTreeMap::new(),
            in_pieces: false,
            format: OutputFormat::Png,
            progress: Progress::new(json),
        };
        let mut events = ctx.events.subscribe();
        let draft = posting::post(ctx, settings).await?;
        let posting = posting::until_posted(ctx, &draft, &mut events, |view| work.progress.show(view));
        let job = tokio::select! {
            job = posting => job?,
            () = interrupts.gently.cancelled() => {
                jobs::cancel_job(ctx, draft).await?;
                return Err(Failure::interrupted("The job was cancelled. What was paid came back."));
            }
        };
        let view = work.until_ended(&job, !args.no_worker, interrupts).await?;
        work.progress.finish();
        Ok(Rendered {
            job,
            state: view.row.state,
            folder: folder.to_string_lossy().into_owned(),
            frames: work
                .saved
                .into_iter()
                .map(|(frame, path)| SavedFrame { frame, file: path })
                .collect(),
            spent: view.row.spent,
            refunded: view.refunded,
            seconds: began.elapsed().as_secs_f64(),
        })
    })
    .await?;
    tell(&rendered, json)
}

fn tell(rendered: &Rendered, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(rendered);
    }
    let credits = |units: &str| units.parse::<Amount>().unwrap_or_default().to_credits();
    output::line(&format!(
        "{} in {} after {:.1} s. {} credits spent, {} came back.",
        text::count(rendered.frames.len() as u64, "frame", "frames"),
        rendered.folder,
        rendered.seconds,
        credits(&rendered.spent),
        credits(&rendered.refunded)
    ))
}

/// Found out before anything is paid: whether frames can be written there.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    let bad = |error: &std::io::Error| Failure {
        exit: Exit::BadInput,
        ..create::of_io(error, folder).into()
    };
    std::fs::create_dir_all(folder).map_err(|error| bad(&error))?;
    tempfile::tempfile_in(folder).map(drop).map_err(|error| bad(&error))
}

/// Kept as the limit of this home.
async fn limit_threads(ctx: &Arc<Context>, threads: u32) -> Result<(), Failure> {
    let limits = provide::provider(ctx).await?.limits;
    provide::set_limits(ctx, veriframe_app::view::LimitsView { threads, ..limits }).await?;
    Ok(())
}

struct Work<'a> {
    ctx: &'a Arc<Context>,
    folder: &'a Path,
    /// File of each frame.
    saved: BTreeMap<i32, String>,
    format: OutputFormat,
    /// What arrives are pieces of one still: it is saved when the last is in.
    in_pieces: bool,
    progress: Progress,
}

impl Work<'_> {
    /// Renders and saves until the job has ended.
    async fn until_ended(&mut self, job: &str, render: bool, interrupts: &Interrupts) -> Result<JobView, Failure> {
        let ctx = self.ctx;
        let worker = async {
            if render {
                let options = ProvideOptions {
                    only_job: Some(job.to_owned()),
                    quit_when_done: true,
                };
                provide::run(ctx, options).await?;
            }
            Ok::<(), CommandError>(())
        };
        let ended = tokio::select! {
            ended = self.watch(job) => ended,
            // The worker stopped for a reason of its own: whoever is left would wait for ever.
            failed = only_failure(worker) => Err(failed.into()),
            () = interrupts.gently.cancelled() => Err(Failure::interrupted("")),
        };
        match ended {
            Ok(view) => Ok(view),
            Err(failure) => Err(self.stop(job, failure).await),
        }
    }

    /// Shows every step and saves each frame as soon as it is verified.
    async fn watch(&mut self, job: &str) -> Result<JobView, Failure> {
        let mut events = self.ctx.events.subscribe();
        let view = jobs::job(self.ctx, job.to_owned()).await?;
        self.in_pieces = !view.pieces.is_empty();
        // From here on the frames of this job are followed.
        let mut news = Some(jobs::job_frames(self.ctx, job.to_owned()).await?);
        loop {
            if let Some(cells) = news.take() {
                self.save(job, &cells).await?;
            }
            let view = jobs::job(self.ctx, job.to_owned()).await?;
            self.format = format(&view);
            self.progress.show(&view);
            if has_ended(view.row.state) {
                let cells = jobs::fresh_frames(self.ctx, job).await?;
                self.save(job, &cells).await?;
                if self.in_pieces && view.row.state == JobStateView::Complete {
                    self.save_still(job).await?;
                }
                return self.ended(view);
            }
            news = self.next_news(&mut events, job).await;
        }
    }

    /// The next cells that changed, or nothing when the job itself did.
    async fn next_news(&self, events: &mut broadcast::Receiver<AppEvent>, job: &str) -> Option<Vec<FrameCell>> {
        loop {
            match tokio::time::timeout(LOOK_EVERY, events.recv()).await {
                Ok(Ok(AppEvent::Frames { job: of, cells })) if of == job => return Some(cells),
                Ok(Ok(AppEvent::Job(view))) if view.row.id == job => return None,
                Ok(Ok(_)) => {}
                // Missed events, or none for a while: look.
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    }

    fn ended(&self, view: JobView) -> Result<JobView, Failure> {
        if view.row.state == JobStateView::Complete {
            return Ok(view);
        }
        let note = if view.row.note.is_empty() {
            "it ended early".to_owned()
        } else {
            view.row.note.clone()
        };
        Err(Failure::new(
            Exit::Failed,
            "internal",
            format!("The job did not finish: {}.", note.trim_end_matches('.')),
            format!(
                "{} of {} frames are in {}. What was not used came back.",
                self.saved.len(),
                view.row.frames_total,
                self.folder.display()
            ),
        ))
    }

    async fn save_still(&mut self, job: &str) -> Result<(), Failure> {
        if let Some((frame, path)) = jobs::save_still(self.ctx, job, self.folder).await? {
            self.saved.insert(frame, path.to_string_lossy().into_owned());
        }
        Ok(())
    }

    async fn save(&mut self, job: &str, cells: &[FrameCell]) -> Result<(), Failure> {
        if self.in_pieces {
            return Ok(());
        }
        for cell in cells {
            if cell.state != FrameStateView::Verified || self.saved.contains_key(&cell.frame) {
                continue;
            }
            let path = jobs::save_frame(self.ctx, job, cell.frame, self.format, self.folder).await?;
            if let Some(path) = path {
                self.saved.insert(cell.frame, path.to_string_lossy().into_owned());
            }
        }
        Ok(())
    }

    /// Ends the job, so that what is left of its escrow comes back; keeps what is verified.
    async fn stop(&mut self, job: &str, failure: Failure) -> Failure {
        let cancelled = jobs::cancel_job(self.ctx, job.to_owned()).await;
        if let Ok(cells) = jobs::fresh_frames(self.ctx, job).await
            && let Err(error) = self.save(job, &cells).await
        {
            tracing::warn!(message = %error.message, "frames were not saved");
        }
        self.progress.finish();
        let frames = match self.saved.len() {
            0 => "No frame was finished.".to_owned(),
            1 => format!("1 finished frame is in {}.", self.folder.display()),
            n => format!("{n} finished frames are in {}.", self.folder.display()),
        };
        let money = match cancelled {
            Ok(()) => "The job was cancelled and what it did not use came back.",
            Err(ref error) if error.code == "invalid_state" => "What was not used came back.",
            Err(_) => "The job could not be cancelled: do it with veriframe jobs cancel.",
        };
        let hint = [failure.hint.as_str(), &frames, money].join(" ").trim().to_owned();
        Failure { hint, ..failure }
    }
}

fn has_ended(state: JobStateView) -> bool {
    matches!(
        state,
        JobStateView::Complete | JobStateView::Failed | JobStateView::Cancelled | JobStateView::Expired
    )
}

fn format(view: &JobView) -> OutputFormat {
    match view.format.as_str() {
        "OpenEXR" => OutputFormat::Exr,
        "JPEG" => OutputFormat::Jpeg,
        _ => OutputFormat::Png,
    }
}

/// Ends only with a failure; the end of the job is for `watch` to see.
async fn only_failure(worker: impl Future<Output = Result<(), CommandError>>) -> CommandError {
    match worker.await {
        Err(error) => error,
        Ok(()) => std::future::pending().await,
    }
}
