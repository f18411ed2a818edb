//! The work behind a draft, stage by stage.

use super::{claim::Claim, drafts::Run, stored::StoredSettings};
use crate::{
    Context,
    api::{ApiError, Backoff},
    create::{preflight, refusals, request::request, scene},
    db::jobs::{self as table, DraftRow, DraftStage},
    jobs::{self, stages::DraftProgress},
    settlement,
    view::{AppEvent, CommandError},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use veriframe_blend::{PackProgress, Packed};
use veriframe_ipfs::{ContentError, ContentStore as _, Imported, SealKey};
use veriframe_wire::{
    SceneKeyText,
    job::{JobStatus, PostJobRequest},
};

/// How often the window is told of progress.
const TELL_EVERY: Duration = Duration::from_millis(100);
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// Works on the draft as a task of the context.
pub fn start(ctx: &Arc<Context>, draft: DraftRow) {
    let Some(run) = ctx.drafts.begin(&draft.id) else {
        return;
    };
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let id = draft.id.clone();
        Box::pin(work(&ctx, &run, draft)).await;
        ctx.drafts.end(&id);
        jobs::tell_job(&ctx, &id).await;
    });
}

/// Never fails: how it ended is written into the row.
async fn work(ctx: &Arc<Context>, run: &Arc<Run>, draft: DraftRow) {
    let claim = match Claim::take(&ctx.home.packed(), &draft.id) {
        Ok(Some(claim)) => claim,
        Ok(None) => return,
        Err(error) => return fail(ctx, &draft.id, &refusals::of_io(&error, &ctx.home.packed())).await,
    };
    let id = draft.id.clone();
    let ended = tokio::select! {
        ended = stages(ctx, run, draft) => ended,
        // The row says where to go on at the next start.
        () = ctx.shutdown.cancelled() => {
            // Packing runs on a thread of its own and stops by this.
            run.cancel.cancel();
            return;
        }
    };
    match ended {
        Ok(()) => {}
        Err(error) if error.code == "cancelled" => {
            end(ctx, &id, DraftStage::Cancelled, &error).await;
        }
        Err(error) => fail(ctx, &id, &error).await,
    }
    let folder = packed_folder(ctx, &id);
    let _ = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder)).await;
    drop(claim);
}

async fn stages(ctx: &Arc<Context>, run: &Arc<Run>, mut draft: DraftRow) -> Result<(), CommandError> {
    if draft.stage == DraftStage::Pinning && !packed_folder(ctx, &draft.id).is_dir() {
        // The folder was swept away: pack anew.
        draft.stage = DraftStage::Packing;
    }
    if draft.stage == DraftStage::Packing {
        telling(ctx, run, &draft.id, pack(ctx, run, &draft)).await?;
        draft = reread(ctx, draft).await?;
    }
    if draft.stage == DraftStage::Pinning {
        telling(ctx, run, &draft.id, pin(ctx, run, &draft)).await?;
        draft = reread(ctx, draft).await?;
    }
    if draft.stage == DraftStage::Funding {
        // Boxed: a payment on the chain is large.
        telling(ctx, run, &draft.id, Box::pin(fund(ctx, run, &draft))).await?;
    }
    Ok(())
}

/// Runs one stage and tells the window how far it is.
async fn telling<T>(
    ctx: &Arc<Context>,
    run: &Arc<Run>,
    id: &str,
    stage: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    run.set_progress(DraftProgress::default());
    jobs::tell_job(ctx, id).await;
    let mut told = run.progress();
    let mut stage = std::pin::pin!(stage);
    let mut tick = tokio::time::interval(TELL_EVERY);
    loop {
        tokio::select! {
            ended = &mut stage => return ended,
            _ = tick.tick() => {
                let now = run.progress();
                if now != told {
                    told = now;
                    jobs::tell_job(ctx, id).await;
                }
            }
        }
    }
}

async fn pack(ctx: &Arc<Context>, run: &Arc<Run>, draft: &DraftRow) -> Result<(), CommandError> {
    let began = Instant::now();
    let stored = StoredSettings::from_json(&draft.settings)?;
    let chosen = stored.settings.clone();
    // Read again: what is posted has to match what is packed, and hours may lie between.
    let mut report = scene::read(
        chosen.path.as_ref(),
        scene::trace_options(&chosen.scene, &chosen.located),
    )
    .await?;
    let scene = scene::choose(&report, &chosen.scene)?.clone();
    let settings = scene::settings(&scene, &chosen)?;
    let mut packed = pack_folder(ctx, run, draft, &chosen).await?;
    let told = Arc::clone(run);
    let tell = move |waits: String| {
        told.set_progress(DraftProgress {
            waits,
            ..DraftProgress::default()
        });
    };
    let folder = packed_folder(ctx, &draft.id);
    let cancel = run.cancel.child_token();
    // Boxed: with all that it may do it is large.
    Box::pin(preflight::prepare(
        ctx,
        &chosen,
        &mut report,
        &mut packed,
        &folder,
        cancel,
        tell,
    ))
    .await?;
    let request = request(
        &report,
        &scene,
        &settings,
        &packed,
        stored.price_per_unit(),
        stored.cap(),
        stored.cut(),
    );
    let json = json(&request)?;
    let (id, took) = (draft.id.clone(), millis(began));
    ctx.db
        .call(move |conn| Ok(table::set_packed(conn, &id, took, packed.bytes, packed.files, &json)?))
        .await?;
    Ok(())
}

async fn pack_folder(
    ctx: &Arc<Context>,
    run: &Arc<Run>,
    draft: &DraftRow,
    chosen: &crate::view::JobSettings,
) -> Result<Packed, CommandError> {
    let folder = packed_folder(ctx, &draft.id);
    let blend = PathBuf::from(&chosen.path);
    let options = scene::pack_options(chosen);
    let began = Instant::now();
    let run = Arc::clone(run);
    tokio::task::spawn_blocking(move || {
        // What an interrupted try left would be mixed with the new one.
        veriframe_render::remove_all(&folder).map_err(|error| refusals::of_io(&error, &folder))?;
        let mut tell = |now: PackProgress| {
            run.set_progress(DraftProgress {
                done: now.bytes_done,
                total: now.bytes_total,
                seconds: began.elapsed().as_secs_f64(),
                ..DraftProgress::default()
            });
        };
        veriframe_blend::pack(&blend, &folder, &options, &mut tell, &|| run.cancel.is_cancelled())
            .map_err(|error| refusals::of_pack(&blend, &error))
    })
    .await
    .map_err(|error| CommandError::internal(&error))?
}

async fn pin(ctx: &Arc<Context>, run: &Arc<Run>, draft: &DraftRow) -> Result<(), CommandError> {
    let began = Instant::now();
    let mut request = read_request(draft)?;
    let folder = packed_folder(ctx, &draft.id);
    let key = scene_key(ctx, draft)?;
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
    let imported = loop {
        match put(ctx, run, &folder, key.as_ref(), draft.bytes).await? {
            Ok(imported) => break imported,
            // What was sent is kept on the other side and shortens the next try.
            Err(error) if error.is_transient() => wait(run, &mut backoff).await?,
            Err(error) => return Err(error.into()),
        }
    };
    request.asset_cid = imported.root.to_string();
    let json = json(&request)?;
    let (id, took) = (draft.id.clone(), millis(began));
    ctx.db
        .call(move |conn| Ok(table::set_pinned(conn, &id, took, &json)?))
        .await?;
    Ok(())
}

/// The outer error is a cancel.
async fn put(
    ctx: &Arc<Context>,
    run: &Arc<Run>,
    folder: &Path,
    key: Option<&SealKey>,
    total: u64,
) -> Result<Result<Imported, ContentError>, CommandError> {
    let began = Instant::now();
    let told = Arc::clone(run);
    let progress = Arc::new(move |now: veriframe_ipfs::Progress| {
        told.set_progress(DraftProgress {
            done: now.done,
            total: now.total.max(total),
            seconds: began.elapsed().as_secs_f64(),
            ..DraftProgress::default()
        });
    });
    loop {
        tokio::select! {
            done = ctx.content.put_path(folder, key, progress.clone()) => return Ok(done),
            () = run.cancel.cancelled() => return Err(cancelled_error()),
            // The next try sends only what the other side does not have yet.
            () = run.paused() => {}
        }
        run.set_progress(DraftProgress {
            is_paused: true,
            ..run.progress()
        });
        tokio::select! {
            () = run.resumed() => run.set_progress(DraftProgress::default()),
            () = run.cancel.cancelled() => return Err(cancelled_error()),
        }
    }
}

async fn fund(ctx: &Arc<Context>, run: &Arc<Run>, draft: &DraftRow) -> Result<(), CommandError> {
    let began = Instant::now();
    let mut request = read_request(draft)?;
    // Derived again each time: it is written down nowhere here.
    request.asset_key = scene_key(ctx, draft)?.map(|key| SceneKeyText(key.to_text().to_string()));
    let stored = StoredSettings::from_json(&draft.settings)?;
    if !stored.settings.anew
        && !settlement::is_begun(ctx, draft).await?
        && let Some(job) = the_same_open_job(ctx, &request).await?
    {
        tracing::info!(draft = %draft.id, %job, "an open job is taken up");
        let (id, took) = (draft.id.clone(), millis(began));
        return Ok(ctx
            .db
            .call(move |conn| Ok(table::set_taken_up(conn, &id, took, &job)?))
            .await?);
    }
    request.anew = stored.settings.anew;
    let fee_most = stored.fee_most();
    if let Some(fee_most) = fee_most {
        request.escrow = Some(pay(ctx, run, draft, &request, fee_most).await?);
    }
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
    let job = loop {
        match ctx.api.post_job(&request, &draft.id).await {
            Ok(job) => break job,
            // Whether it was paid is not known: only the same request again can tell, so a cancel has to wait, too.
            Err(error) if error.is_temporary() => {
                let uncancelled = Arc::new(Run::default());
                run.set_progress(waits(&error));
                wait(&uncancelled, &mut backoff).await?;
            }
            Err(error) => {
                let error = CommandError::from(error);
                return Err(match (request.escrow, fee_most) {
                    (Some(number), Some(fee_most)) => refused_after_payment(ctx, draft, number, fee_most, error).await,
                    _ => error,
                });
            }
        }
    };
    let (id, job_id, took) = (draft.id.clone(), job.id.clone(), millis(began));
    ctx.db
        .call(move |conn| Ok(table::set_posted(conn, &id, took, &job_id)?))
        .await?;
    ctx.tell(AppEvent::Wallet);
    tracing::info!(draft = %draft.id, job = %job.id, "posted");
    if run.cancel.is_cancelled() {
        ctx.api.cancel_job(&job.id).await?;
    }
    Ok(())
}

/// A job of this account with this content, these frames and these settings that has not ended: what was interrupted goes
/// on with it. One that rests is waked.
async fn the_same_open_job(ctx: &Context, request: &PostJobRequest) -> Result<Option<String>, CommandError> {
    let jobs = ctx.api.own_jobs_under_way().await?;
    let same = jobs.into_iter().find(|job| {
        (&job.asset_cid, &job.render, &job.frames) == (&request.asset_cid, &request.render, &request.frames)
    });
    let Some(job) = same else { return Ok(None) };
    if job.status == JobStatus::Paused {
        ctx.api.resume_job(&job.id).await?;
    }
    Ok(Some(job.id))
}

/// Pays the cap into the market contract; the job's number there. What was cut off goes on; a cancel waits for it, because
/// whether it was paid is not known before.
async fn pay(
    ctx: &Arc<Context>,
    run: &Arc<Run>,
    draft: &DraftRow,
    request: &PostJobRequest,
    fee_most: &str,
) -> Result<u64, CommandError> {
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
    run.set_progress(DraftProgress {
        waits: "the payment is on its way to the chain".to_owned(),
        ..DraftProgress::default()
    });
    loop {
        match settlement::pay_for(ctx, draft, request, fee_most).await {
            Err(error) if matches!(error.code.as_str(), "chain_unavailable" | "chain_waiting") => {
                run.set_progress(DraftProgress {
                    waits: error.message,
                    ..DraftProgress::default()
                });
                tokio::time::sleep(backoff.next()).await;
            }
            done => return done,
        }
    }
}

/// The coordinator does not want the job: its cap is taken back. Says what became of the money.
async fn refused_after_payment(
    ctx: &Arc<Context>,
    draft: &DraftRow,
    number: u64,
    fee_most: &str,
    refused: CommandError,
) -> CommandError {
    let fate = match settlement::take_back(ctx, draft, number, fee_most).await {
        Ok(()) => "The cap was taken back from the market contract.".to_owned(),
        Err(error) => format!(
            "The cap is still in the market contract, as job {number} ({}). Take it back with: veriframe chain job cancel {number}",
            error.message
        ),
    };
    CommandError {
        hint: format!("{} {fate}", refused.hint).trim().to_owned(),
        ..refused
    }
}

/// All scenes that only this computer renders. No folder has such a name.
const OWN_PROJECT: &str = "\0own computer";

/// What seals the scene; `None` when it is sent as it is.
fn scene_key(ctx: &Context, draft: &DraftRow) -> Result<Option<SealKey>, CommandError> {
    let stored = StoredSettings::from_json(&draft.settings)?;
    if stored.project.is_empty() {
        return Ok(None);
    }
    // On one's own computer a scene is the same wherever it lies: frames of a project that was moved are not rendered again.
    let stays_here = ctx.is_embedded && !stored.money().is_paid();
    let project = if stays_here { OWN_PROJECT } else { &stored.project };
    Ok(Some(ctx.scene_keys.of_project(project)))
}

async fn wait(run: &Run, backoff: &mut Backoff) -> Result<(), CommandError> {
    let pause = backoff.next();
    run.set_progress(DraftProgress {
        waits: format!(
            "the coordinator does not answer; trying again in {} s",
            pause.as_secs().max(1)
        ),
        ..DraftProgress::default()
    });
    tokio::select! {
        () = tokio::time::sleep(pause) => Ok(()),
        () = run.cancel.cancelled() => Err(cancelled_error()),
    }
}

fn waits(error: &ApiError) -> DraftProgress {
    DraftProgress {
        waits: error.to_string(),
        ..DraftProgress::default()
    }
}

fn cancelled_error() -> CommandError {
    CommandError::new("cancelled", "Cancelled before it was posted.", "")
}

async fn fail(ctx: &Context, id: &str, error: &CommandError) {
    tracing::warn!(draft = id, code = %error.code, message = %error.message, "a draft failed");
    let note = end(ctx, id, DraftStage::Failed, error).await;
    ctx.tell(AppEvent::Notice {
        tone: "bad".to_owned(),
        title: "A job could not be posted".to_owned(),
        detail: note,
        job: id.to_owned(),
    });
}

/// The words that were written.
async fn end(ctx: &Context, id: &str, stage: DraftStage, error: &CommandError) -> String {
    let note = format!("{} {}", error.message, error.hint).trim().to_owned();
    let (draft, code, words) = (id.to_owned(), error.code.clone(), note.clone());
    let written = ctx
        .db
        .call(move |conn| Ok(table::end_draft(conn, &draft, stage, &code, &words)?))
        .await;
    if let Err(error) = written {
        tracing::error!(draft = id, %error, "how a draft ended could not be written");
    }
    note
}

async fn reread(ctx: &Context, draft: DraftRow) -> Result<DraftRow, CommandError> {
    let id = draft.id.clone();
    let row = ctx.db.call(move |conn| Ok(table::find_draft(conn, &id)?)).await?;
    Ok(row.unwrap_or(draft))
}

fn read_request(draft: &DraftRow) -> Result<PostJobRequest, CommandError> {
    serde_json::from_str(draft.request.as_deref().unwrap_or_default()).map_err(|error| CommandError::internal(&error))
}

fn json(request: &PostJobRequest) -> Result<String, CommandError> {
    serde_json::to_string(request).map_err(|error| CommandError::internal(&error))
}

fn packed_folder(ctx: &Context, id: &str) -> PathBuf {
    ctx.home.packed().join(id)
}

fn millis(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX)
}
