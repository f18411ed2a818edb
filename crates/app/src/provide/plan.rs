//! What this computer offers: which Blenders, devices and limits count until somebody changes them.

use super::{Whose, blenders, handle::Blocked, limits};
use crate::{
    Context,
    db::benchmark,
    settings,
    view::{CommandError, LimitsView},
};
use std::{sync::Arc, time::Duration};
use veriframe_core::{Amount, BlenderInfo, Engine, Ineligible, Requirements};
use veriframe_render::{Device, DeviceKind, Installation, SandboxPolicy, free_bytes};
use veriframe_wire::{
    job::JobRequirements,
    lease::Lease,
    worker::{self, Capabilities},
};

/// Below this the disk counts as full, in bytes.
pub(crate) const DISK_AT_LEAST: u64 = 1 << 30;
/// What a frame may take when nobody set a limit: a hung Blender must not hang for ever.
const FRAME_AT_MOST: Duration = Duration::from_hours(24);

/// Fixed for a shift; a change makes a new plan.
pub(super) struct Plan {
    pub installations: Vec<Installation>,
    /// Those switched on; empty means the processor.
    pub devices: Vec<Device>,
    pub limits: LimitsView,
    pub price_floor: Amount,
    /// Whether files of others may be rendered without a sandbox.
    pub allow_unsandboxed: bool,
    pub capabilities: Capabilities,
}

/// Why there is no plan.
#[derive(Debug)]
pub(super) enum NoPlan {
    /// The person can do something about it.
    Blocked(Blocked),
    Failed(CommandError),
}

impl From<CommandError> for NoPlan {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

fn blocked<T>(reason: impl Into<String>, detail: impl Into<String>) -> Result<T, NoPlan> {
    Err(NoPlan::Blocked(Blocked {
        reason: reason.into(),
        detail: detail.into(),
    }))
}

impl Plan {
    pub async fn make(ctx: &Arc<Context>, whose: &Whose) -> Result<Self, NoPlan> {
        let settings = settings::present(ctx).await?;
        let limits = limits::load(ctx).await?;
        let mut installations = blenders::installations(ctx).await?;
        if installations.is_empty() {
            // One may have been installed since.
            blenders::look(ctx).await?;
            installations = blenders::installations(ctx).await?;
        }
        if installations.is_empty() {
            return blocked(
                "No Blender was found on this computer",
                "Install Blender, or name its program in Settings, then look again.",
            );
        }
        let usable: Vec<Installation> = installations
            .into_iter()
            // A job of one's own is no stranger's file.
            .filter(|blender| blender.info.sandboxed || settings.allow_unsandboxed || !whose.is_anyone())
            .collect();
        if usable.is_empty() {
            return blocked(
                "Files of strangers are rendered in a sandbox only, and there is none here",
                "Install bubblewrap, then look for Blender again; or allow it without a sandbox in Settings.",
            );
        }
        let off = limits::devices_off(ctx).await?;
        let known = all_devices(&usable);
        let devices: Vec<Device> = known.into_iter().filter(|device| !off.contains(&device.id)).collect();
        if devices.is_empty() {
            return blocked(
                "No device is switched on",
                "Switch on the processor or a graphics card.",
            );
        }
        let free = {
            let root = ctx.home.root().to_owned();
            tokio::task::spawn_blocking(move || free_bytes(&root))
                .await
                .unwrap_or_default()
        };
        if let Some(free) = free.filter(|&free| free < DISK_AT_LEAST) {
            return blocked(
                format!("The disk is almost full: {} MB are free", free >> 20),
                "Free some space; it goes on by itself.",
            );
        }
        let scores = ctx
            .db
            .call(|conn| benchmark::scores(conn))
            .await
            .map_err(CommandError::from)?;
        let score_of = |device: &Device| scores.get(&device.id).copied().unwrap_or_default();
        let capabilities = capabilities(&usable, &devices, &limits, free.unwrap_or_default(), score_of);
        Ok(Self {
            price_floor: limits.price_floor.parse().unwrap_or_default(),
            installations: usable,
            devices,
            limits,
            allow_unsandboxed: settings.allow_unsandboxed,
            capabilities,
        })
    }

    /// The Blender for this lease.
    pub fn choose(&self, requirements: &JobRequirements) -> Result<&Installation, Ineligible> {
        let saved_by = requirements.saved_by.parse().map_err(|_| Ineligible::NoBlender)?;
        let needs = Requirements {
            engine: Engine::from_id(&requirements.engine),
            saved_by,
            denoiser: requirements.denoiser.clone(),
            memory_bytes: requirements.memory_bytes,
        };
        let infos: Vec<BlenderInfo> = self.installations.iter().map(|blender| blender.info.clone()).collect();
        let chosen = needs.choose(&infos, self.memory_each())?;
        self.installations
            .iter()
            .find(|blender| blender.info == *chosen)
            .ok_or(Ineligible::NoBlender)
    }

    /// Processor threads of each slot; `None`: all there are.
    pub(crate) fn threads_each(&self) -> Option<u32> {
        let wanted = match self.limits.threads {
            0 if self.limits.slots == 1 => return None,
            0 => threads_total(),
            limit => limit.min(threads_total()),
        };
        Some((wanted / self.limits.slots).max(1))
    }

    /// Bytes of memory of each slot.
    pub(crate) fn memory_each(&self) -> Option<u64> {
        let limit = u64::from(self.limits.memory_mb) << 20;
        (limit > 0).then(|| limit / u64::from(self.limits.slots))
    }

    /// Bytes that each slot may write while it renders.
    pub(crate) fn disk_each(&self) -> Option<u64> {
        Some(self.disk_budget()? / u64::from(self.limits.slots))
    }

    pub(crate) fn frame_timeout(&self) -> Duration {
        match self.limits.frame_minutes {
            0 => FRAME_AT_MOST,
            minutes => Duration::from_mins(u64::from(minutes)),
        }
    }

    /// Bytes that scenes may take.
    pub(crate) fn disk_budget(&self) -> Option<u64> {
        let limit = u64::from(self.limits.disk_gb) << 30;
        (limit > 0).then_some(limit)
    }

    /// One's own file may be rendered wherever it is; a stranger's only in a sandbox, unless that was allowed.
    pub fn sandbox(&self, lease: &Lease, me: veriframe_core::Address) -> SandboxPolicy {
        if lease.creator.0 == me {
            SandboxPolicy::Allow
        } else {
            self.sandbox_for_strangers()
        }
    }

    pub(crate) fn sandbox_for_strangers(&self) -> SandboxPolicy {
        if self.allow_unsandboxed {
            SandboxPolicy::Allow
        } else {
            SandboxPolicy::Require
        }
    }

    /// The devices that this Blender can use, of those switched on.
    pub(crate) fn devices_of(&self, installation: &Installation) -> Vec<Device> {
        let known = |device: &&Device| installation.devices.contains(device);
        self.devices.iter().filter(known).cloned().collect()
    }

    /// What frames are rendered on, for the record: the processor only when no graphics card is on.
    pub fn device_kind(&self) -> worker::DeviceKind {
        let kind = self.devices.iter().map(|device| device.kind).find(|kind| kind.is_gpu());
        wire_kind(kind.unwrap_or(DeviceKind::Cpu))
    }
}

pub(super) fn threads_total() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

/// Devices of all Blenders, each once; the processor first.
pub(super) fn all_devices(installations: &[Installation]) -> Vec<Device> {
    let mut all: Vec<Device> = Vec::new();
    for device in installations.iter().flat_map(|blender| &blender.devices) {
        if all.iter().all(|known| known.id != device.id) {
            all.push(device.clone());
        }
    }
    all.sort_by_key(|device| device.kind.is_gpu());
    all
}

pub(super) fn wire_kind(kind: DeviceKind) -> worker::DeviceKind {
    match kind {
        DeviceKind::Cpu => worker::DeviceKind::Cpu,
        DeviceKind::Cuda => worker::DeviceKind::Cuda,
        DeviceKind::Optix => worker::DeviceKind::Optix,
        DeviceKind::Hip => worker::DeviceKind::Hip,
        DeviceKind::Metal => worker::DeviceKind::Metal,
        DeviceKind::Oneapi => worker::DeviceKind::Oneapi,
    }
}

fn capabilities(
    installations: &[Installation],
    devices: &[Device],
    limits: &LimitsView,
    disk_free: u64,
    score_of: impl Fn(&Device) -> u32,
) -> Capabilities {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let memory_limit = u64::from(limits.memory_mb) << 20;
    let ram = match memory_limit {
        0 => system.total_memory(),
        limit => limit.min(system.total_memory()),
    };
    Capabilities {
        devices: devices
            .iter()
            .map(|device| worker::Device {
                kind: wire_kind(device.kind),
                name: device.name.clone(),
                memory_bytes: device.memory.unwrap_or_default(),
                score: score_of(device),
            })
            .collect(),
        blenders: installations
            .iter()
            .map(|blender| worker::Blender {
                version: blender.info.version.to_string(),
                engines: blender
                    .info
                    .engines
                    .iter()
                    .map(|engine| engine.id().to_owned())
                    .collect(),
                denoisers: blender.info.denoisers.iter().cloned().collect(),
                sandbox: blender.info.sandboxed,
            })
            .collect(),
        ram_bytes: ram,
        disk_bytes: disk_free,
        slots: limits.slots,
        max_frame_seconds: limits.frame_minutes.saturating_mul(60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(threads: u32, slots: u32, memory_mb: u32) -> Plan {
        Plan {
            installations: Vec::new(),
            devices: Vec::new(),
            limits: LimitsView {
                threads,
                memory_mb,
                slots,
                ..limits::defaults()
            },
            price_floor: Amount::ZERO,
            allow_unsandboxed: false,
            capabilities: Capabilities::default(),
        }
    }

    #[test]
    fn threads_and_memory_are_divided() {
        assert_eq!(plan(0, 1, 0).threads_each(), None);
        assert_eq!(plan(1, 4, 0).threads_each(), Some(1));
        assert_eq!(plan(0, 2, 0).threads_each(), Some((threads_total() / 2).max(1)));
        assert_eq!(plan(0, 2, 4096).memory_each(), Some(2 << 30));
        assert_eq!(plan(0, 2, 0).memory_each(), None);
    }
}
