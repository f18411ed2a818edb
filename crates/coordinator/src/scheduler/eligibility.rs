//! Whether a worker can take a job, and the reason when it cannot.

use crate::{
    app::App,
    store::{self, jobs::JobRow, workers::WorkerRow},
};
use sqlx::AnyConnection;
use veriframe_core::{Amount, BlenderInfo, Engine, Requirements, Timestamp, reputation::REPUTATION_LEAST};
use veriframe_wire::{job::JobRequirements, worker::Blender};

/// Whoever was heard of after this moment counts as online.
pub fn online_since(app: &App) -> Timestamp {
    app.clock
        .now()
        .plus_seconds(-i64::from(app.settings.worker_timeout_seconds))
}

/// Online workers that could take the job.
pub async fn eligible(app: &App, db: &mut AnyConnection, job: &JobRow) -> Result<Vec<WorkerRow>, sqlx::Error> {
    let mut workers = store::workers::online(db, online_since(app)).await?;
    workers.retain(|worker| why_not(worker, job).is_none());
    Ok(workers)
}

/// `None`: it can. The sentences are shown to providers.
pub fn why_not(worker: &WorkerRow, job: &JobRow) -> Option<String> {
    let own = worker.address == job.creator;
    if !own && worker.reputation < REPUTATION_LEAST {
        return Some("this worker's reputation is too low for other people's jobs".to_owned());
    }
    if !own && job.price < worker.price_floor {
        return Some(format!(
            "pays {} {} a frame, you ask for {}",
            Amount::to_credits(job.price),
            job.request.unit(),
            Amount::to_credits(worker.price_floor)
        ));
    }
    let Some(requirements) = requirements(&job.request.requirements) else {
        return Some("its requirements cannot be read".to_owned());
    };
    // A Blender whose version cannot be read is as good as none.
    let blenders: Vec<BlenderInfo> = worker.capabilities.blenders.iter().filter_map(blender).collect();
    let memory = Some(worker.capabilities.ram_bytes).filter(|&bytes| bytes > 0);
    requirements
        .choose(&blenders, memory)
        .err()
        .map(|reason| reason.to_string())
}

fn requirements(wire: &JobRequirements) -> Option<Requirements> {
    Some(Requirements {
        engine: Engine::from_id(&wire.engine),
        saved_by: wire.saved_by.parse().ok()?,
        denoiser: wire.denoiser.clone(),
        memory_bytes: wire.memory_bytes,
    })
}

fn blender(wire: &Blender) -> Option<BlenderInfo> {
    Some(BlenderInfo {
        version: wire.version.parse().ok()?,
        engines: wire.engines.iter().map(|engine| Engine::from_id(engine)).collect(),
        denoisers: wire.denoisers.iter().cloned().collect(),
        sandboxed: wire.sandbox,
    })
}
