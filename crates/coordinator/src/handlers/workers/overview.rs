use crate::{
    app::AppState,
    error::ApiResult,
    extract::{Caller, Json},
    scheduler, store,
};
use axum::extract::State;
use std::collections::BTreeSet;
use veriframe_core::BlenderVersion;
use veriframe_wire::{ErrorEnvelope, worker::WorkersOverview};

/// What the workers that are online can do together.
#[utoipa::path(get, path = "/api/v1/workers/stats/overview", tag = "workers", security(("token" = [])),
    responses((status = 200, body = WorkersOverview), (status = "default", body = ErrorEnvelope)))]
pub async fn overview(State(app): State<AppState>, _: Caller) -> ApiResult<Json<WorkersOverview>> {
    let mut db = app.store.read().await?;
    let total = store::workers::count(&mut db).await?;
    let online = store::workers::online(&mut db, scheduler::online_since(&app)).await?;
    let blenders = || online.iter().flat_map(|worker| &worker.capabilities.blenders);
    let words = |words: BTreeSet<&String>| words.into_iter().cloned().collect();
    let versions: BTreeSet<BlenderVersion> = blenders().filter_map(|blender| blender.version.parse().ok()).collect();
    Ok(Json(WorkersOverview {
        total,
        online: u32::try_from(online.len()).unwrap_or(u32::MAX),
        free_slots: online.iter().map(|worker| worker.free_slots).sum(),
        denoisers: words(blenders().flat_map(|blender| &blender.denoisers).collect()),
        engines: words(blenders().flat_map(|blender| &blender.engines).collect()),
        blenders: versions.iter().rev().map(ToString::to_string).collect(),
    }))
}
