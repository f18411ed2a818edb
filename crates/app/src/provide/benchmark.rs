//! Measuring this computer, so that prices and finishing times mean something.

use super::{blenders, limits, plan::all_devices};
use crate::{Context, db::benchmark as table, view::CommandError};
use std::sync::Arc;
use veriframe_render::{
    Device, Installation, SandboxPolicy,
    benchmark::{BenchmarkError, benchmark},
};

/// Measures every device that is switched on, one after the other; returns when all are done, some ten seconds each.
pub async fn run_benchmark(ctx: &Arc<Context>) -> Result<(), CommandError> {
    super::watch(ctx);
    let installations = blenders::installations(ctx).await?;
    let Some(newest) = blenders::newest(&installations) else {
        return Err(CommandError::new(
            "no_blender",
            "No Blender was found on this computer.",
            "Install Blender, or name its program in Settings, then look again.",
        ));
    };
    let _running = Running::begin(ctx)?;
    let off = limits::devices_off(ctx).await?;
    let devices: Vec<Device> = all_devices(std::slice::from_ref(newest))
        .into_iter()
        .filter(|device| !off.contains(&device.id))
        .collect();
    let count = devices.len();
    for (index, device) in devices.iter().enumerate() {
        measure(ctx, newest, device, index, count).await?;
    }
    ctx.provider.settings_changed();
    Ok(())
}

async fn measure(
    ctx: &Arc<Context>,
    blender: &Installation,
    device: &Device,
    index: usize,
    count: usize,
) -> Result<(), CommandError> {
    let threads = match limits::load(ctx).await?.threads {
        0 => None,
        limit => Some(limit.min(super::plan::threads_total())),
    };
    let progress = |share: f32| {
        let all = (index as f64 + f64::from(share)) / count as f64;
        ctx.provider.update(|activity| activity.benchmark = Some(all));
    };
    let devices = if device.kind.is_gpu() {
        std::slice::from_ref(device)
    } else {
        &[]
    };
    let cancel = ctx.shutdown.child_token();
    // The benchmark's scene is our own.
    let result = benchmark(blender, devices, threads, SandboxPolicy::Allow, progress, cancel).await?;
    let (id, version, now) = (device.id.clone(), blender.info.version.to_string(), ctx.clock.now().0);
    ctx.db
        .call(move |conn| table::put(conn, &id, &version, result.score, now))
        .await?;
    tracing::info!(device = device.name, score = result.score, "measured");
    Ok(())
}

impl From<BenchmarkError> for CommandError {
    fn from(error: BenchmarkError) -> Self {
        match &error {
            BenchmarkError::Cancelled => Self::new("cancelled", "The benchmark was cancelled.", ""),
            BenchmarkError::TimedOut | BenchmarkError::NoSandbox(_) => Self::new(
                "not_eligible",
                format!("The benchmark did not work: {error}."),
                "Close what else keeps this computer busy, then try again.",
            ),
            BenchmarkError::NotStarted(_) => Self::new(
                "no_blender",
                format!("{error}."),
                "Check the installation of Blender, then look for it again.",
            ),
            BenchmarkError::Failed { log_tail } => {
                tracing::warn!(log_tail, "the benchmark failed");
                Self::new(
                    "internal",
                    format!("{error}."),
                    "Check that Blender renders a simple scene here, then try again.",
                )
            }
        }
    }
}

/// Only one at a time, and not beside a render: both would be slower than they are.
struct Running<'a>(&'a Context);

impl<'a> Running<'a> {
    fn begin(ctx: &'a Context) -> Result<Self, CommandError> {
        let busy = |message: &str, hint: &str| Err(CommandError::new("invalid_state", message, hint));
        ctx.provider.update(|activity| {
            if activity.benchmark.is_some() {
                return busy("The benchmark is running already.", "");
            }
            if !activity.slots.is_empty() {
                return busy(
                    "This computer is rendering.",
                    "Stop providing first: beside a render the benchmark would come out too low.",
                );
            }
            activity.benchmark = Some(0.0);
            Ok(Self(ctx))
        })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.provider.update(|activity| activity.benchmark = None);
    }
}
