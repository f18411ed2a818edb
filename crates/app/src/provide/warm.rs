//! The warm Blender of a slot: started once for a scene, kept while more of its frames may come.

use super::{
    plan::Plan,
    ready::{self, Ready},
    scenes::HeldScene,
};
use crate::Context;
use std::path::PathBuf;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use veriframe_core as core;
use veriframe_render::{Installation, RenderError, SandboxPolicy, Scratch, Session, SessionOptions, SessionSettings};
use veriframe_wire::{
    job::{Denoise, OutputFormat, RenderSpec, SceneSummary},
    lease::Lease,
};

/// A Blender with a scene open.
pub(super) struct Warm {
    pub session: Session,
    /// Ends the session at once, in the middle of a frame, too.
    pub cancel: CancellationToken,
    pub last_used: Instant,
    pub job: String,
    pub blender: String,
    /// Threads that frames are rendered with.
    pub threads: u32,
    key: Key,
    _scene: HeldScene,
    /// After the session: Blender is gone before its folder is.
    _work_dir: Scratch,
}

/// Frames with the same key come from the same open scene.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    asset_cid: String,
    render: RenderSpec,
    blender: PathBuf,
    sandbox: SandboxPolicy,
}

impl Key {
    fn of(lease: &Lease, installation: &Installation, sandbox: SandboxPolicy) -> Self {
        Self {
            asset_cid: lease.asset_cid.clone(),
            render: lease.render.clone(),
            blender: installation.path.clone(),
            sandbox,
        }
    }
}

impl Warm {
    pub fn fits(&self, lease: &Lease, installation: &Installation, sandbox: SandboxPolicy) -> bool {
        self.key == Key::of(lease, installation, sandbox)
    }

    /// Opens the scene, in the Blender that waits if that suits. `cancel` ends it at any time.
    pub async fn start(
        ctx: &Context,
        plan: &Plan,
        lease: &Lease,
        installation: &Installation,
        scene: HeldScene,
        ready: Option<Ready>,
        cancel: CancellationToken,
    ) -> Result<Self, RenderError> {
        let sandbox = plan.sandbox(lease, ctx.address);
        let options = |work_dir: &Scratch| SessionOptions {
            installation: installation.clone(),
            scene_dir: scene.dir.clone(),
            entry: lease.render.entry.clone(),
            work_dir: work_dir.path().to_owned(),
            settings: session_settings(&lease.render, &lease.summary),
            devices: plan.devices_of(installation),
            threads: plan.threads_each(),
            memory_limit: plan.memory_each(),
            disk_limit: plan.disk_each(),
            sandbox,
            start_timeout: SessionOptions::START_TIMEOUT,
            cancel: cancel.clone(),
        };
        let (session, work_dir) = ready::open(ctx, ready, options).await?;
        Ok(Self {
            session,
            cancel,
            last_used: Instant::now(),
            job: lease.job.clone(),
            blender: installation.info.version.to_string(),
            threads: plan.threads_each().unwrap_or_else(super::plan::threads_total),
            key: Key::of(lease, installation, sandbox),
            _scene: scene,
            _work_dir: work_dir,
        })
    }

    /// Ends Blender in peace; dropping kills it. Either way nothing is left behind.
    pub async fn close(self) {
        self.session.close().await;
    }
}

fn session_settings(render: &RenderSpec, summary: &SceneSummary) -> SessionSettings {
    SessionSettings {
        percent: render.percent,
        samples: render.samples,
        format: match render.format {
            OutputFormat::Png => core::OutputFormat::Png,
            OutputFormat::Exr => core::OutputFormat::Exr,
            OutputFormat::Jpeg => core::OutputFormat::Jpeg,
        },
        denoise: match render.denoise {
            Denoise::AsInFile => core::Denoise::AsInFile,
            Denoise::Off => core::Denoise::Off,
        },
        scene: render.scene.clone(),
        still: render.pieces.map(|pieces| pieces.still(summary)),
    }
}
