//! A Blender that is up before there is work, so that a posted job is rendered at once.

use super::{blenders, limits, plan::Plan};
use crate::Context;
use std::sync::Arc;
use veriframe_core::OutputFormat;
use veriframe_render::{
    Device, Installation, RenderError, SandboxPolicy, Scratch, Session, SessionOptions, Standby, remove_all,
};

/// What most jobs ask for. Another format starts its own Blender.
const FORMAT: OutputFormat = OutputFormat::Png;

/// A running Blender without a scene, and the folder that it will work in.
pub struct Ready {
    standby: Standby,
    /// After the process: Blender is gone before its folder is.
    work_dir: Scratch,
}

impl Ready {
    /// In the newest of the plan's Blenders.
    pub(super) async fn start(ctx: &Context, plan: &Plan, policy: SandboxPolicy) -> Option<Self> {
        let installation = blenders::newest(&plan.installations)?;
        Self::start_in(ctx, installation, &plan.devices_of(installation), policy).await
    }

    async fn start_in(
        ctx: &Context,
        installation: &Installation,
        devices: &[Device],
        policy: SandboxPolicy,
    ) -> Option<Self> {
        let started = async {
            let work_dir = work_dir(ctx).map_err(RenderError::WorkDir)?;
            let gpu = devices.iter().any(|device| device.kind.is_gpu());
            let standby = Standby::start(installation, work_dir.path(), FORMAT, gpu, policy).await?;
            Ok::<_, RenderError>(Self { standby, work_dir })
        };
        match started.await {
            Ok(ready) => Some(ready),
            // Without one a job only begins later; what is wrong shows then.
            Err(error) => {
                tracing::debug!(%error, "no Blender waits for work");
                None
            }
        }
    }

    pub(super) async fn close(self) {
        self.standby.close().await;
    }
}

/// A folder to work in. Its name says which program it is of: see `sweep`.
fn work_dir(ctx: &Context) -> std::io::Result<Scratch> {
    Scratch::new_in(&ctx.home.work(), &own_prefix())
}

fn own_prefix() -> String {
    format!("{}-", std::process::id())
}

/// Removes whatever a killed run left half rendered. Its Blender died with it. What this program has begun stays.
pub(super) async fn sweep(ctx: &Context) {
    let Ok(mut entries) = tokio::fs::read_dir(ctx.home.work()).await else {
        return;
    };
    let own = own_prefix();
    while let Ok(Some(entry)) = entries.next_entry().await {
        if entry.file_name().to_string_lossy().starts_with(&own) {
            continue;
        }
        let path = entry.path();
        let named = path.display().to_string();
        let removed = tokio::task::spawn_blocking(move || remove_all(&path)).await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(%error, path = named, "a leftover could not be removed");
        }
    }
}

/// Opens a session in the Blender that waits, if it suits, or in a new one. `options` gets the folder to work in.
pub(super) async fn open(
    ctx: &Context,
    ready: Option<Ready>,
    options: impl FnOnce(&Scratch) -> SessionOptions,
) -> Result<(Session, Scratch), RenderError> {
    let Some(Ready { mut standby, work_dir }) = ready else {
        let work_dir = work_dir(ctx).map_err(RenderError::WorkDir)?;
        return Ok((Session::start(options(&work_dir)).await?, work_dir));
    };
    let options = options(&work_dir);
    let session = if standby.fits(&options) {
        Session::open_in(standby, options).await?
    } else {
        standby.close().await;
        Session::start(options).await?
    };
    Ok((session, work_dir))
}

/// Starts a Blender for the job that this program is about to post, while it is still being packed and paid.
pub fn get_ready(ctx: &Arc<Context>) {
    let ctx = ctx.clone();
    ctx.tasks.clone().spawn(async move {
        ctx.shutdown.run_until_cancelled(start_for_own(&ctx)).await;
        ctx.shutdown.cancelled().await;
        // Nobody took it.
        if let Some(ready) = ctx.provider.take_ready() {
            ready.close().await;
        }
    });
}

async fn start_for_own(ctx: &Arc<Context>) {
    let Ok(off) = limits::devices_off(ctx).await else {
        return;
    };
    // At the very first start the Blender is still being asked: its facts come before its whole answer.
    let mut looking = std::pin::pin!(blenders::installations(ctx));
    let mut is_looking = true;
    let installation = tokio::select! {
        facts = ctx.provider.facts() => facts,
        known = &mut looking => {
            is_looking = false;
            known.ok().and_then(|known| blenders::newest(&known).cloned())
        }
    };
    let Some(installation) = installation else {
        return;
    };
    let devices: Vec<Device> = installation
        .devices
        .iter()
        .filter(|device| !off.contains(&device.id))
        .cloned()
        .collect();
    // It is one's own scene.
    if let Some(ready) = Ready::start_in(ctx, &installation, &devices, SandboxPolicy::Allow).await {
        ctx.provider.keep_ready(ready);
    }
    if is_looking {
        // Others wait for this look.
        let _ = looking.await;
    }
}
