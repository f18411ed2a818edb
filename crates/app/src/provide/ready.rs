//! A Blender that is up before there is work, so that a posted job is rendered at once.

use super::{ProvideOptions, plan::Plan};
use crate::Context;
use std::sync::Arc;
use tempfile::TempDir;
use veriframe_core::OutputFormat;
use veriframe_render::{RenderError, SandboxPolicy, Session, SessionOptions, Standby};

/// What most jobs ask for. Another format starts its own Blender.
const FORMAT: OutputFormat = OutputFormat::Png;

/// A running Blender without a scene, and the folder that it will work in.
pub struct Ready {
    standby: Standby,
    /// After the process: Blender is gone before its folder is.
    work_dir: TempDir,
}

impl Ready {
    pub(super) async fn start(ctx: &Context, plan: &Plan, policy: SandboxPolicy) -> Option<Self> {
        let installation = plan.installations.iter().max_by_key(|blender| blender.info.version)?;
        let started = async {
            let work_dir = TempDir::new_in(ctx.home.work()).map_err(RenderError::WorkDir)?;
            let gpu = plan.devices_of(installation).iter().any(|device| device.kind.is_gpu());
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

/// Opens a session in the Blender that waits, if it suits, or in a new one. `options` gets the folder to work in.
pub(super) async fn open(
    ctx: &Context,
    ready: Option<Ready>,
    options: impl FnOnce(&TempDir) -> SessionOptions,
) -> Result<(Session, TempDir), RenderError> {
    let Some(Ready { mut standby, work_dir }) = ready else {
        let work_dir = TempDir::new_in(ctx.home.work()).map_err(RenderError::WorkDir)?;
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
    let options = ProvideOptions {
        // Its id is not known yet; what counts here is that it is no stranger's.
        only_job: Some(String::new()),
        quit_when_done: true,
    };
    let Ok(plan) = Plan::make(ctx, &options).await else {
        return;
    };
    if let Some(ready) = Ready::start(ctx, &plan, SandboxPolicy::Allow).await {
        ctx.provider.keep_ready(ready);
    }
}
