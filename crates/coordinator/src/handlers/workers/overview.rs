use crate::{
    app::{App, AppState},
    error::ApiResult,
    extract::{Caller, Json},
    replicas::recent::recent,
    scheduler,
    store::{self, workers::WorkerRow},
};
use axum::extract::State;
use std::collections::{BTreeMap, BTreeSet};
use veriframe_core::{Amount, BlenderVersion, Engine};
use veriframe_wire::{
    AmountText, ErrorEnvelope,
    worker::{DeviceKind, WorkersOverview},
};

/// What the workers that are online can do together.
#[utoipa::path(get, path = "/api/v1/workers/stats/overview", tag = "workers", security(("token" = [])),
    responses((status = 200, body = WorkersOverview), (status = "default", body = ErrorEnvelope)))]
pub async fn overview(State(app): State<AppState>, _: Caller) -> ApiResult<Json<WorkersOverview>> {
    let made = recent(&app, "workers/overview", make(&app));
    Ok(Json(made.await?))
}

async fn make(app: &App) -> ApiResult<WorkersOverview> {
    let mut db = app.store.read().await?;
    let total = store::workers::count(&mut db).await?;
    let online = store::workers::online(&mut db, scheduler::online_since(app)).await?;
    let blenders = || online.iter().flat_map(|worker| &worker.capabilities.blenders);
    let words = |words: BTreeSet<&String>| words.into_iter().cloned().collect();
    let versions: BTreeSet<BlenderVersion> = blenders().filter_map(|blender| blender.version.parse().ok()).collect();
    let mut by_device = BTreeMap::new();
    let mut by_engine = BTreeMap::new();
    for WorkerRow { capabilities, .. } in &online {
        let kinds: BTreeSet<DeviceKind> = capabilities.devices.iter().map(|device| device.kind).collect();
        for kind in kinds {
            *by_device.entry(kind).or_default() += 1;
        }
        let engines: BTreeSet<&String> = capabilities
            .blenders
            .iter()
            .flat_map(|blender| &blender.engines)
            .collect();
        for engine in engines {
            *by_engine.entry(engine.clone()).or_default() += 1;
        }
    }
    let mut prices: Vec<Amount> = online.iter().map(|worker| worker.price_floor).collect();
    prices.sort_unstable();
    Ok(WorkersOverview {
        by_device,
        by_engine,
        // Of an even number, the lower of the two in the middle: a price that somebody asks.
        median_price: prices.get(prices.len().saturating_sub(1) / 2).copied().map(AmountText),
        total,
        online: u32::try_from(online.len()).unwrap_or(u32::MAX),
        free_slots: online.iter().map(|worker| worker.free_slots).sum(),
        idle_speeds: idle_speeds(&online),
        denoisers: words(blenders().flat_map(|blender| &blender.denoisers).collect()),
        engines: words(blenders().flat_map(|blender| &blender.engines).collect()),
        blenders: versions.iter().rev().map(ToString::to_string).collect(),
    })
}

/// Who decides whether a still pays in pieces asks for no more: there are no more pieces.
const SPEEDS_AT_MOST: usize = veriframe_core::pieces::PIECES_AT_MOST as usize;

fn idle_speeds(online: &[WorkerRow]) -> Vec<u32> {
    let has_cycles = |worker: &&WorkerRow| {
        let mut blenders = worker.capabilities.blenders.iter();
        blenders.any(|blender| blender.engines.iter().any(|engine| engine == Engine::Cycles.id()))
    };
    let mut speeds: Vec<u32> = online
        .iter()
        .filter(has_cycles)
        .flat_map(|worker| {
            let slots = (worker.free_slots as usize).min(SPEEDS_AT_MOST);
            std::iter::repeat_n((worker.speed * 1000.0).clamp(1.0, 1e9) as u32, slots)
        })
        .collect();
    speeds.sort_unstable_by(|one, other| other.cmp(one));
    speeds.truncate(SPEEDS_AT_MOST);
    speeds
}
