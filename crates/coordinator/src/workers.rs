//! Workers: registration, signs of life, and silence.

use crate::{
    app::{App, AppState},
    counter::{self, Asked, Counter},
    error::{ApiError, ApiResult},
    events::Topics,
    idempotent, leases, scheduler,
    store::{self, WriteTx, workers::WorkerRow},
};
use std::sync::Arc;
use veriframe_core::Address;
use veriframe_wire::{
    AddressText, AmountText, ErrorCode, EventData, Time,
    worker::{Blender, RegisterRequest, StatusRequest, Temperature, Worker, WorkerStatus},
};

const TEXT_CHARS: usize = 200;
const BLENDERS_AT_MOST: usize = 100;
const ENGINES_AT_MOST: usize = 50;
const SLOTS_AT_MOST: u32 = 64;
const TEMPERATURES_AT_MOST: usize = 64;
/// A worker that claims one lease after the other need not be written down each time. Seconds.
const SIGN_OF_LIFE_EVERY: i64 = 5;

pub fn view(row: WorkerRow) -> Worker {
    Worker {
        address: AddressText(row.address),
        status: row.status,
        status_reason: row.reason,
        capabilities: row.capabilities,
        price_floor: AmountText(row.price_floor),
        reputation: row.reputation,
        frames_verified: row.verified.into(),
        frames_rejected: row.rejected.into(),
        registered_at: Time(row.registered_at),
        last_seen_at: Time(row.last_seen_at),
    }
}

/// Registers the caller, or renews what it says of itself; what an earlier run of its program held is free at once.
pub async fn register(app: &App, caller: Address, request: &RegisterRequest) -> ApiResult<Worker> {
    let capabilities = &request.capabilities;
    let texts = [request.instance.as_str(), request.contact.as_str()];
    if request.instance.is_empty() || texts.iter().any(|text| text.chars().count() > TEXT_CHARS) {
        return Err(ApiError::invalid(
            "A worker has an instance and a contact of at most 200 characters.",
        ));
    }
    let words = capabilities.blenders.iter().flat_map(|blender| {
        blender
            .engines
            .iter()
            .chain(&blender.denoisers)
            .chain([&blender.version])
    });
    let too_many =
        |blender: &Blender| blender.engines.len() > ENGINES_AT_MOST || blender.denoisers.len() > ENGINES_AT_MOST;
    if capabilities.blenders.iter().any(too_many) || words.into_iter().any(|word| word.chars().count() > TEXT_CHARS) {
        return Err(ApiError::invalid(
            "A Blender has at most 50 engines and 50 denoisers, each named in at most 200 characters.",
        ));
    }
    if capabilities.blenders.len() > BLENDERS_AT_MOST
        || capabilities.devices.len() > BLENDERS_AT_MOST
        || !(1..=SLOTS_AT_MOST).contains(&capabilities.slots)
    {
        return Err(ApiError::invalid(
            "A worker has at most 100 devices, at most 100 Blenders, and 1 to 64 slots.",
        ));
    }
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let known = store::workers::find(tx.db(), caller).await?;
    store::workers::register(tx.db(), caller, request, now).await?;
    leases::release_earlier_runs(&mut tx, caller, &request.instance).await?;
    let topics = Topics::worker(caller).and_market();
    if known.is_none() {
        let registered = EventData::WorkerRegistered {
            worker: AddressText(caller),
        };
        tx.emit(topics, registered).await?;
    } else {
        tell(&mut tx, caller, WorkerStatus::Online, "").await?;
    }
    let row = find(&mut tx, caller).await?;
    let worker = idempotent::commit(tx, view(row)).await?;
    app.census.forget();
    Ok(worker)
}

async fn find(tx: &mut WriteTx, address: Address) -> ApiResult<WorkerRow> {
    store::workers::find(tx.db(), address).await?.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, "This account is not registered as a worker.").hint("Register first.")
    })
}

/// The worker's own word on whether it takes work.
pub async fn set_status(app: &AppState, caller: Address, request: StatusRequest) -> ApiResult<Worker> {
    if request.status == WorkerStatus::Offline || request.reason.chars().count() > TEXT_CHARS {
        return Err(ApiError::invalid(
            "A status is online or paused, with a reason of at most 200 characters.",
        ));
    }
    let long = |temperature: &Temperature| temperature.device.chars().count() > TEXT_CHARS;
    if request.temperatures.len() > TEMPERATURES_AT_MOST
        || request.temperatures.iter().any(long)
        || request.free_slots > SLOTS_AT_MOST
    {
        return Err(ApiError::invalid(
            "A worker has at most 64 slots and 64 temperatures, of devices named in at most 200 characters.",
        ));
    }
    let status = Status {
        worker: caller,
        said: Arc::new(request),
    };
    let (worker, has_changed) = counter::ask(app, status).await?;
    if has_changed {
        app.census.forget();
    }
    Ok(worker)
}

/// What a worker says of itself. Said every few seconds by each of them, so they are served together.
#[derive(Clone, Debug)]
pub struct Status {
    worker: Address,
    said: Arc<StatusRequest>,
}

impl Asked for Status {
    /// The worker, and whether its status is another one now.
    type Answer = (Worker, bool);

    fn counter(app: &App) -> &Counter<Self> {
        &app.statuses
    }

    async fn serve(_: &App, tx: &mut WriteTx, asked: &[Self]) -> ApiResult<Vec<ApiResult<(Worker, bool)>>> {
        let mut answers = Vec::with_capacity(asked.len());
        for Status { worker, said } in asked {
            match write_status(tx, *worker, said).await {
                // After an error of the database nothing more can be done in its transaction.
                Err(error) if error.code == ErrorCode::Internal => return Err(error),
                answer => answers.push(answer),
            }
        }
        Ok(answers)
    }
}

async fn write_status(tx: &mut WriteTx, worker: Address, said: &StatusRequest) -> ApiResult<(Worker, bool)> {
    let before = find(tx, worker).await?;
    let now = tx.now;
    store::workers::set_status(tx.db(), worker, said, now).await?;
    if let Some(held) = &said.leases {
        leases::release_forgotten(tx, worker, held).await?;
    }
    // Only a change is news.
    if before.status != said.status || before.reason != said.reason {
        tell(tx, worker, said.status, &said.reason).await?;
    }
    Ok((view(find(tx, worker).await?), before.status != said.status))
}

async fn tell(tx: &mut WriteTx, worker: Address, status: WorkerStatus, reason: &str) -> ApiResult<()> {
    let data = EventData::WorkerStatus {
        worker: AddressText(worker),
        status,
        reason: reason.to_owned(),
    };
    tx.emit(Topics::worker(worker).and_market(), data).await?;
    Ok(())
}

/// Anything a worker does is a sign of life; one that was thought offline is back. `None`: not registered.
pub async fn alive(tx: &mut WriteTx, worker: Address) -> ApiResult<Option<WorkerRow>> {
    let Some(row) = store::workers::find(tx.db(), worker).await? else {
        return Ok(None);
    };
    let now = tx.now;
    if row.status != WorkerStatus::Offline {
        store::workers::seen(tx.db(), worker, now).await?;
        return Ok(Some(row));
    }
    store::workers::set_online(tx.db(), worker, row.capabilities.slots, now).await?;
    tell(tx, worker, WorkerStatus::Online, "").await?;
    Ok(store::workers::find(tx.db(), worker).await?)
}

/// As [`alive`], of several; those that are not registered are not in the answer.
pub async fn all_alive(app: &App, tx: &mut WriteTx, workers: &[Address]) -> ApiResult<Vec<WorkerRow>> {
    let now = tx.now;
    let mut rows = store::workers::find_all(tx.db(), workers).await?;
    let mut seen = Vec::new();
    for row in &mut rows {
        if row.status == WorkerStatus::Offline {
            if let Some(alive) = alive(tx, row.address).await? {
                *row = alive;
            }
            app.census.forget();
        } else if row.last_seen_at.plus_seconds(SIGN_OF_LIFE_EVERY) <= now {
            seen.push(row.address);
        }
    }
    if !seen.is_empty() {
        store::workers::all_seen(tx.db(), &seen, now).await?;
    }
    Ok(rows)
}

/// Marks those offline that were not heard of.
pub async fn mark_silent(app: &App) -> ApiResult<()> {
    let since = scheduler::online_since(app);
    let mut db = app.store.read().await?;
    let silent = store::workers::silent(&mut db, since).await?;
    drop(db);
    if silent.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    for worker in store::workers::silent(tx.db(), since).await? {
        store::workers::set_offline(tx.db(), worker.address).await?;
        tell(&mut tx, worker.address, WorkerStatus::Offline, "").await?;
    }
    tx.commit().await?;
    app.census.forget();
    Ok(())
}
