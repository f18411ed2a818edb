//! Posting a job: validated, its content complete and pinned, its cap in escrow where it is paid.

use super::{announce, job_view, reuse};
use crate::{
    app::App,
    content,
    error::{ApiError, ApiResult},
    escrow,
    events::Topics,
    idempotent,
    ledger::{self, AMOUNT_MAX, Account},
    store::{self, accounts::Reason},
};
use std::collections::BTreeMap;
use veriframe_core::{Address, Amount, BlenderVersion, FrameSet, Timestamp, reputation::REPUTATION_MAX};
use veriframe_wire::{
    AddressText, EventData, Money,
    account::EntryKind,
    job::{Job, JobStatus, PostJobRequest, VerificationPolicy},
};

/// There are no more kinds.
const DEVICES_AT_MOST: usize = 6;
const NAME_CHARS: usize = 200;
const PERCENT_AT_MOST: u16 = 1000;
/// Blender's own limit of Cycles' samples (`properties.py` of the add-on: `max=(1 << 24)`).
const SAMPLES_AT_MOST: u32 = 1 << 24;
/// Milliseconds: a deadline further away than a hundred years is a mistake.
const DEADLINE_AT_MOST: i64 = 100 * 366 * 24 * 3600 * 1000;

/// Posts the job and tells the market in the same transaction.
pub async fn post(app: &App, creator: Address, mut request: PostJobRequest) -> ApiResult<Job> {
    let frames = check(&request, app.money(), app.clock.now())?;
    let paid = escrow::admit(app, creator, &mut request).await?;
    // One spelling, whatever was typed.
    request.frames = frames.to_string();
    content::pin(app, &request.asset_cid).await?;
    let frames: Vec<i32> = frames.iter().collect();
    let rendered = match app.money() {
        Money::None if !request.anew => reuse::find(app, creator, &request, &frames).await?,
        _ => BTreeMap::new(),
    };

    let mut tx = app.store.write().await?;
    let now = tx.now;
    let id = new_id()?;
    let count = u32::try_from(frames.len()).map_err(ApiError::internal)?;
    store::jobs::insert(tx.db(), &id, creator, &request, &app.house_of(creator), count, now).await?;
    let taken: Vec<i64> = rendered.values().copied().collect();
    store::tasks::copy_done(tx.db(), &id, &taken, now).await?;
    let open: Vec<i32> = frames
        .iter()
        .copied()
        .filter(|frame| !rendered.contains_key(frame))
        .collect();
    store::tasks::insert_frames(tx.db(), &id, &open, now).await?;
    let note = reuse::words(rendered.len(), frames.len());
    store::timeline::insert(tx.db(), &id, JobStatus::Open, &note, now).await?;
    let reason = Reason {
        kind: EntryKind::Escrow,
        job: Some(&id),
        frame: None,
    };
    let source = match paid {
        None => Account::User(creator),
        Some(number) if store::escrows::insert(tx.db(), &id, number).await? => Account::Chain,
        Some(_) => return Err(ApiError::state("This payment belongs to another job already.")),
    };
    let held = Account::Escrow(id.clone());
    ledger::transfer(&mut tx, &source, &held, request.cap.0, reason).await?;
    let created = EventData::JobCreated {
        job: id.clone(),
        creator: AddressText(creator),
        name: request.name,
    };
    tx.emit(Topics::job(&id, creator).and_market(), created).await?;
    // With nothing left to render it has ended.
    super::decide(&mut tx, &id).await?;
    let job = super::find(tx.db(), &id).await?;
    announce(&mut tx, &job).await?;
    let answer = job_view(tx.db(), &job).await?;
    let answer = idempotent::commit_created(tx, answer).await?;
    // An earlier job with this content may have ended since it was pinned above, and let go of it.
    content::pin(app, &job.request.asset_cid).await?;
    Ok(answer)
}

/// Short enough to type, random enough not to meet another.
fn new_id() -> ApiResult<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(hex::encode(bytes))
}

fn check(request: &PostJobRequest, money: Money, now: Timestamp) -> ApiResult<FrameSet> {
    let refuse = |message: &str| Err(ApiError::invalid(message));
    let name = request.name.trim();
    if name.is_empty() || request.name.chars().count() > NAME_CHARS || request.name.contains(char::is_control) {
        return refuse("A job has a name of at most 200 characters.");
    }
    let render = &request.render;
    if !render.entry_is_inside() {
        return refuse("The entry is a path inside the packed folder, with /, and without .. or a drive.");
    }
    if render
        .percent
        .is_some_and(|percent| percent == 0 || percent > PERCENT_AT_MOST)
    {
        return refuse("The resolution is 1 to 1000 percent.");
    }
    if render
        .samples
        .is_some_and(|samples| samples == 0 || samples > SAMPLES_AT_MOST)
    {
        return refuse("Samples are 1 to 16777216.");
    }
    // Blender's own go up to 32767 frames in a hundred-thousandth of a second.
    if !(0.0..=4e9).contains(&request.summary.fps.0) {
        return refuse("The frame rate is a number from 0 to 4 * 10^9.");
    }
    let requirements = &request.requirements;
    if requirements.engine.is_empty() || requirements.engine.len() > NAME_CHARS {
        return refuse("The requirements name a render engine.");
    }
    if let Err(error) = requirements.saved_by.parse::<BlenderVersion>() {
        return Err(ApiError::invalid(error.to_string()));
    }
    if requirements.min_reputation.is_some_and(|least| least > REPUTATION_MAX)
        || requirements.devices.len() > DEVICES_AT_MOST
    {
        return refuse("The least reputation is 0 to 1000, and each kind of device is named once.");
    }
    let soon = now.0.saturating_add(DEADLINE_AT_MOST);
    if request
        .deadline
        .is_some_and(|deadline| deadline.0 <= now || deadline.0.0 > soon)
    {
        return refuse("The deadline lies in the future, and not more than a hundred years away.");
    }
    let frames: FrameSet = request
        .frames
        .parse()
        .map_err(|error: veriframe_core::frames::FrameSetError| ApiError::invalid(error.to_string()))?;
    request
        .check_pieces(&frames)
        .map_err(|refusal| ApiError::invalid(refusal.to_string()))?;
    check_money(request, money, frames.len() as u64)?;
    Ok(frames)
}

fn check_money(request: &PostJobRequest, money: Money, frames: u64) -> ApiResult<()> {
    let (price, cap) = (request.price_per_frame.0, request.cap.0);
    if !money.is_paid() {
        return if (price, cap) == (Amount::ZERO, Amount::ZERO) {
            Ok(())
        } else {
            Err(
                ApiError::invalid("Nobody pays at this coordinator: a frame has no price, and a job no cap.")
                    .hint("Post it with 0 for both."),
            )
        };
    }
    if price == Amount::ZERO || cap > AMOUNT_MAX {
        return Err(ApiError::invalid(format!(
            "A frame has a price, and a cap is at most 10^12 {}.",
            money.unit()
        )));
    }
    let renders = match request.verification {
        VerificationPolicy::Every => frames * 2,
        VerificationPolicy::Adaptive | VerificationPolicy::None => frames,
    };
    match price.checked_mul(renders) {
        Some(least) if least <= cap => Ok(()),
        _ => Err(ApiError::invalid(format!(
            "The cap does not cover {renders} renders at {} {} each.",
            price.to_credits(),
            money.unit()
        ))
        .hint("Raise the cap, or lower the price or the number of frames.")),
    }
}
