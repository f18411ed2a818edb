//! Whether a worker can take a job, and the reason when it cannot: rows as the rules of core see them.

use crate::{
    app::App,
    store::{jobs::JobRow, workers::WorkerRow},
};
use veriframe_core::{
    BlenderInfo, DeviceKind, Engine, Requirements, Timestamp,
    schedule::{Offer, Wants, WhyNot},
};
use veriframe_wire::worker::{self as wire, Blender};

/// Whoever was heard of after this moment counts as online.
pub fn online_since(app: &App) -> Timestamp {
    app.clock
        .now()
        .plus_seconds(-i64::from(app.settings.worker_timeout_seconds))
}

/// `None`: it can.
pub fn why_not(worker: &WorkerRow, job: &JobRow) -> Option<WhyNot> {
    match wants(job) {
        Some(wants) => wants.check(&offer(worker), job.is_own(worker.address)).err(),
        None => Some(WhyNot::Unreadable),
    }
}

/// `None`: its requirements cannot be read.
pub fn wants(job: &JobRow) -> Option<Wants> {
    let wire = &job.request.requirements;
    Some(Wants {
        requirements: Requirements {
            engine: Engine::from_id(&wire.engine),
            saved_by: wire.saved_by.parse().ok()?,
            denoiser: wire.denoiser.clone(),
            memory_bytes: wire.memory_bytes,
        },
        devices: wire.devices.iter().copied().map(device).collect(),
        reputation: wire.min_reputation,
        price: job.request.money().is_paid().then_some(job.price),
        unit: job.request.money().unit(),
    })
}

pub fn offer(worker: &WorkerRow) -> Offer {
    let has = &worker.capabilities;
    Offer {
        // A Blender whose version cannot be read is as good as none.
        blenders: has.blenders.iter().filter_map(blender).collect(),
        memory: Some(has.ram_bytes).filter(|&bytes| bytes > 0),
        devices: has.devices.iter().map(|has| device(has.kind)).collect(),
        reputation: worker.reputation,
        price_floor: worker.price_floor,
    }
}

fn device(kind: wire::DeviceKind) -> DeviceKind {
    match kind {
        wire::DeviceKind::Cpu => DeviceKind::Cpu,
        wire::DeviceKind::Cuda => DeviceKind::Cuda,
        wire::DeviceKind::Optix => DeviceKind::Optix,
        wire::DeviceKind::Hip => DeviceKind::Hip,
        wire::DeviceKind::Oneapi => DeviceKind::Oneapi,
        wire::DeviceKind::Metal => DeviceKind::Metal,
    }
}

fn blender(wire: &Blender) -> Option<BlenderInfo> {
    Some(BlenderInfo {
        version: wire.version.parse().ok()?,
        engines: wire.engines.iter().map(|engine| Engine::from_id(engine)).collect(),
        denoisers: wire.denoisers.iter().cloned().collect(),
        sandboxed: wire.sandbox,
    })
}
