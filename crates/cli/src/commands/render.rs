//! The whole main job in one process: post, render, save what is done.

use super::{posting, progress::Progress, session};
use crate::{
    args::{JobArgs, JobsResume, Render},
    cancel::Interrupts,
    exit::{Exit, Failure},
    output,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{broadcast, mpsc};
use veriframe_app::{
    Context, Home, create,
    jobs::{self, text, text::amount},
    provide::{self, Ended, Whose},
    view::{AppEvent, CommandError, FrameCell, JobSettings, JobStateView, JobView},
};
use veriframe_core::OutputFormat;

/// Should an event be lost, the frames arrive all the same.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a coordinator may be away before the program gives up; the job stays, and the same command goes on with it.
const AWAY_AT_MOST: Duration = Duration::from_mins(10);
const ASK_AGAIN: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Rendered {
    job: String,
    state: JobStateView,
    folder: String,
    frames: Vec<SavedFrame>,
    /// Smallest unit. Absent where nobody pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refunded: Option<String>,
    seconds: f64,
    /// How many of the frames an earlier job had; empty when none.
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
    #[serde(skip)]
    money: String,
}

#[derive(Serialize)]
struct SavedFrame {
    frame: i32,
    file: String,
}

/// Renders every file. All of them join the queue at once, so that their order can be changed while they wait. What went wrong with one is said at once, and the first such ends the program
/// when the others are done.
pub async fn run(home: Home, args: Render, interrupts: &Interrupts) -> Result<(), Failure> {
    let out = std::path::absolute(&args.out)?;
    let folders = folders(&args.files, &out)?;
    let json = args.output.json;
    let rendered = session::with_coordinator(home, args.network, async |ctx| {
        jobs::follow_events(ctx);
        if args.threads != 0 {
            limit_threads(ctx, args.threads).await?;
        }
        if !args.no_worker {
            // Blender starts while the scene is read, packed and posted.
            provide::get_ready(ctx);
        }
        let how = How {
            job: &args.job,
            again: args.again,
            here: !args.no_worker,
            several: folders.len() > 1,
            json,
        };
        // What was kept from before, and nobody renders now, does not stand in the way of what is asked for now.
        let goes_first = how.here && provide::nobody_renders(ctx);
        let [(file, folder)] = folders.as_slice() else {
            return each(ctx, &how, &folders, goes_first, interrupts).await;
        };
        let posted = post(ctx, &how, file, interrupts).await?;
        if goes_first {
            put_first(ctx, std::slice::from_ref(&posted.job)).await;
        }
        Ok((vec![finish(ctx, posted, folder, how.here, interrupts).await?], None))
    })
    .await?;
    let (done, failed) = rendered;
    match done.as_slice() {
        [only] if folders.len() == 1 => tell(only, json)?,
        all if json => output::json(&all)?,
        all => all.iter().try_for_each(|one| tell(one, false))?,
    }
    failed.map_or(Ok(()), Err)
}

/// Goes on with a job that was posted before.
pub async fn resume(home: Home, args: JobsResume, interrupts: &Interrupts) -> Result<(), Failure> {
    let json = args.output.json;
    let rendered = session::with_coordinator(home, args.network, async |ctx| {
        let began = Instant::now();
        jobs::follow_events(ctx);
        let job = super::jobs::by_prefix(ctx, &args.job).await?;
        let view = jobs::job(ctx, job.clone()).await?;
        if view.can_resume {
            jobs::resume_job(ctx, job.clone()).await?;
        }
        let folder = match (&args.out, view.saved_to.as_str()) {
            (Some(out), _) => std::path::absolute(out)?,
            (None, "") => {
                return Err(Failure::new(
                    Exit::BadInput,
                    "invalid_settings",
                    "It is not known where the frames of this job go.",
                    "Name a folder with --out.",
                ));
            }
            (None, before) => PathBuf::from(before),
        };
        check_folder(&folder)?;
        let posted = Posted {
            job,
            progress: Progress::new(json),
            began,
        };
        finish(ctx, posted, &folder, true, interrupts).await
    })
    .await?;
    tell(&rendered, json)
}

/// Where the frames of each file go. All of it is found out before anything is rendered.
fn folders(files: &[PathBuf], out: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    if let [only] = files {
        check_folder(out)?;
        return Ok(vec![(only.clone(), out.to_owned())]);
    }
    let stem = |file: &PathBuf| file.file_stem().unwrap_or(file.as_os_str()).to_owned();
    let stems: Vec<OsString> = files.iter().map(stem).collect();
    let mut taken = BTreeSet::new();
    let mut folders = Vec::with_capacity(files.len());
    for (file, stem) in files.iter().zip(&stems) {
        let mut name = stem.clone();
        if stems.iter().filter(|other| *other == stem).count() > 1 {
            // As in `sh010/shot.blend sh020/shot.blend`.
            let above = std::path::absolute(file)?;
            let above = above.parent().and_then(Path::file_name).unwrap_or_default();
            name = [above, stem].join(OsStr::new("_"));
        }
        if !taken.insert(name.clone()) {
            return Err(Failure::new(
                Exit::BadInput,
                "invalid_settings",
                format!("The frames of two of the files would go into “{}”.", name.display()),
                "Render them one by one, with an --out of their own.",
            ));
        }
        let folder = out.join(name);
        check_folder(&folder)?;
        folders.push((file.clone(), folder));
    }
    Ok(folders)
}

/// What is the same for every file.
struct How<'a> {
    job: &'a JobArgs,
    again: bool,
    /// Whether this computer renders.
    here: bool,
    /// One is rendered while others are packed: only the one is shown.
    several: bool,
    json: bool,
}

/// What was rendered, and the first failure.
async fn each(
    ctx: &Arc<Context>,
    how: &How<'_>,
    folders: &[(PathBuf, PathBuf)],
    goes_first: bool,
    interrupts: &Interrupts,
) -> Result<(Vec<Rendered>, Option<Failure>), Failure> {
    let (tell, mut posted) = mpsc::channel(folders.len().max(1));
    // The first is rendered while the others are packed.
    let post_all = async {
        let mut jobs = Vec::with_capacity(folders.len());
        for (file, folder) in folders {
            let outcome = post(ctx, how, file, interrupts).await;
            if let Ok(posted) = &outcome
                && goes_first
            {
                jobs.push(posted.job.clone());
                put_first(ctx, &jobs).await;
            }
            let is_over = matches!(&outcome, Err(failure) if failure.exit == Exit::Interrupted);
            if tell.send((file, folder, outcome)).await.is_err() || is_over {
                break;
            }
        }
        drop(tell);
    };
    let render_all = async {
        let (mut done, mut failed) = (Vec::new(), None);
        while let Some((file, folder, outcome)) = posted.recv().await {
            let rendered = match outcome {
                Ok(posted) => finish(ctx, posted, folder, how.here, interrupts).await,
                Err(failure) => Err(failure),
            };
            match rendered {
                Ok(rendered) => done.push(rendered),
                Err(failure) if failure.exit == Exit::Interrupted => return Err(failure),
                Err(failure) => {
                    output::note(&format!("{}: {} {}", file.display(), failure.message, failure.hint));
                    failed.get_or_insert(failure.after_result());
                }
            }
        }
        Ok((done, failed))
    };
    let ((), rendered) = Box::pin(async { tokio::join!(post_all, render_all) }).await;
    rendered
}

/// Before whatever else there is; says how much that is when the first of them joins.
async fn put_first(ctx: &Arc<Context>, jobs: &[String]) {
    match jobs::put_first(ctx, jobs).await {
        Ok(others) if others > 0 && jobs.len() == 1 => output::note(&format!(
            "{} from before: rendered after this (veriframe jobs list, order, cancel).",
            jobs::text::count(others as u64, "job waits", "jobs wait")
        )),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the queue could not be put in order"),
    }
}

/// A job on its way: who shows how it goes, and since when.
struct Posted {
    job: String,
    progress: Progress,
    began: Instant,
}

async fn post(ctx: &Arc<Context>, how: &How<'_>, file: &Path, interrupts: &Interrupts) -> Result<Posted, Failure> {
    let began = Instant::now();
    let settings = JobSettings {
        anew: how.again,
        ..posting::settings(ctx, file, how.job).await?
    };
    let mut events = ctx.events.subscribe();
    let draft = posting::post(ctx, settings).await?;
    let mut progress = Progress::new(how.json);
    let show = |view: &JobView| {
        if !how.several {
            progress.show(view);
        }
    };
    let posting = posting::until_posted(ctx, &draft, &mut events, show);
    let job = tokio::select! {
        job = posting => job?,
        () = interrupts.gently.cancelled() => {
            jobs::cancel_job(ctx, draft).await?;
            return Err(Failure::interrupted("The job was not posted yet."));
        }
    };
    Ok(Posted { job, progress, began })
}

/// Renders and saves what is left of a job.
async fn finish(
    ctx: &Arc<Context>,
    posted: Posted,
    folder: &Path,
    here: bool,
    interrupts: &Interrupts,
) -> Result<Rendered, Failure> {
    let Posted { job, progress, began } = posted;
    jobs::remember_folder(ctx, &job, folder).await?;
    let mut work = Work {
        ctx,
        folder,
        saved: BTreeMap::new(),
        in_pieces: false,
        format: OutputFormat::Png,
        progress,
    };
    // Boxed: with the worker in it it is large.
    let view = Box::pin(work.until_ended(&job, here, interrupts)).await?;
    work.progress.finish();
    let money = view.row.money.as_ref();
    Ok(Rendered {
        job,
        state: view.row.state,
        folder: folder.to_string_lossy().into_owned(),
        before: view.before.clone(),
        spent: money.map(|money| money.spent.clone()),
        refunded: money.map(|money| money.refunded.clone()),
        money: money.map_or_else(String::new, |money| {
            format!(
                " {} {} spent, {} came back.",
                amount(&money.spent),
                money.unit,
                amount(&money.refunded)
            )
        }),
        frames: work
            .saved
            .into_iter()
            .map(|(frame, path)| SavedFrame { frame, file: path })
            .collect(),
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn tell(rendered: &Rendered, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(rendered);
    }
    let before = match rendered.before.as_str() {
        "" => String::new(),
        words => format!(" {words}"),
    };
    output::line(&format!(
        "{} in {} after {:.1} s.{before}{}",
        text::count(rendered.frames.len() as u64, "frame", "frames"),
        rendered.folder,
        rendered.seconds,
        rendered.money,
    ))
}

/// Found out before anything is rendered: whether frames can be written there.
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

/// What is known of the frames since the last look.
enum News {
    /// Nothing: all of them are read.
    Unknown,
    Cells(Vec<FrameCell>),
    /// Only the job may have changed.
    Missed,
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
                render_when_free(ctx, job).await?;
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

    /// Shows every step and saves each frame as soon as it is done. A coordinator that is away for a while is waited for: the
    /// worker goes on meanwhile, and what it finished is kept.
    async fn watch(&mut self, job: &str) -> Result<JobView, Failure> {
        let mut events = self.ctx.events.subscribe();
        let mut news = News::Unknown;
        let mut away_since: Option<Instant> = None;
        loop {
            match self.look(job, std::mem::replace(&mut news, News::Missed)).await {
                Ok(Some(ended)) => return self.ended(ended),
                Ok(None) => {
                    away_since = None;
                    news = self.next_news(&mut events, job).await;
                }
                Err(failure) if failure.code == "coordinator_down" => {
                    let since = *away_since.get_or_insert_with(|| {
                        output::note("The coordinator does not answer. It is asked again.");
                        Instant::now()
                    });
                    if since.elapsed() > AWAY_AT_MOST {
                        return Err(failure);
                    }
                    news = News::Unknown;
                    tokio::time::sleep(ASK_AGAIN).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Saves what is new; the job, when it has ended.
    async fn look(&mut self, job: &str, news: News) -> Result<Option<JobView>, Failure> {
        let cells = match news {
            News::Cells(cells) => Some(cells),
            // From here on the frames of this job are followed.
            News::Unknown => Some(jobs::job_frames(self.ctx, job.to_owned()).await?),
            News::Missed => None,
        };
        let view = jobs::job(self.ctx, job.to_owned()).await?;
        self.in_pieces = !view.pieces.is_empty();
        self.format = format(&view);
        if let Some(cells) = cells {
            self.save(job, &cells).await?;
        }
        self.progress.show(&view);
        if !view.row.state.has_ended() {
            return Ok(None);
        }
        let cells = jobs::fresh_frames(self.ctx, job).await?;
        self.save(job, &cells).await?;
        if self.in_pieces && view.row.state == JobStateView::Complete {
            self.save_still(job).await?;
        }
        Ok(Some(view))
    }

    /// The next cells that changed, or that there may be more to see.
    async fn next_news(&self, events: &mut broadcast::Receiver<AppEvent>, job: &str) -> News {
        loop {
            match tokio::time::timeout(LOOK_EVERY, events.recv()).await {
                Ok(Ok(AppEvent::Frames { job: of, cells })) if of == job => return News::Cells(cells),
                Ok(Ok(AppEvent::Job(view))) if view.row.id == job => return News::Missed,
                Ok(Ok(_)) => {}
                // Events were missed.
                Ok(Err(_)) => return News::Unknown,
                // None for a while: look.
                Err(_) => return News::Missed,
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
                "{} of {} frames are in {}.",
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
            if !cell.state.is_done() || self.saved.contains_key(&cell.frame) {
                continue;
            }
            let saved = jobs::save_frame(self.ctx, job, cell.frame, self.format, self.folder).await?;
            let Some(saved) = saved else { continue };
            if let Some(aside) = &saved.aside {
                output::note(&format!(
                    "{} was another picture. It is {} now.",
                    saved.path.display(),
                    aside.display()
                ));
            }
            self.saved.insert(cell.frame, saved.path.to_string_lossy().into_owned());
        }
        Ok(())
    }

    /// Saves what is done. The job stays: the same command goes on with it.
    async fn stop(&mut self, job: &str, failure: Failure) -> Failure {
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
        let next = format!("The same command goes on from here; veriframe jobs cancel {job} ends the job.");
        let hint = [failure.hint.as_str(), &frames, &next].join(" ").trim().to_owned();
        Failure { hint, ..failure }
    }
}

/// Until the job has ended. While another program of this home renders, and perhaps this very job, its turn is waited for;
/// while the job is paused others have the computer.
async fn render_when_free(ctx: &Arc<Context>, job: &str) -> Result<(), CommandError> {
    let mut told = "";
    loop {
        let ended = provide::run(ctx, Whose::Job(job.to_owned())).await;
        // What cannot be asked now is asked again.
        let view = jobs::job(ctx, job.to_owned()).await.ok();
        let state = view.as_ref().map(|view| view.row.state);
        let waits = match ended {
            Err(error) if error.code == provide::WORKER_BUSY => {
                "Another VeriFrame renders on this computer: this job waits for its turn."
            }
            Ok(Ended::JobsEnded) if state.is_some_and(JobStateView::has_ended) => return Ok(()),
            Ok(Ended::JobsEnded) if state == Some(JobStateView::Paused) => {
                "The job is paused: veriframe jobs resume goes on with it."
            }
            Ok(Ended::JobsEnded) => "",
            Ok(Ended::Stopped) => return Ok(()),
            Err(error) => return Err(error),
        };
        if view.is_some() && told != waits && !waits.is_empty() {
            output::note(waits);
        }
        told = waits;
        // Whoever waits takes the computer from nobody.
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let view = jobs::job(ctx, job.to_owned()).await;
            if !view.is_ok_and(|view| view.row.state == JobStateView::Paused) {
                break;
            }
        }
    }
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
