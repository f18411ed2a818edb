//! The Provide page's view, and telling the window when it changes.

use super::{
    blenders,
    handle::{Activity, Found, SlotActivity},
    limits,
    plan::{all_devices, threads_total},
    reason::headline,
};
use crate::{
    Context,
    db::benchmark,
    jobs, status,
    view::{AppEvent, BlenderView, CommandError, DeviceView, ProviderState, ProviderView},
};
use std::{sync::Arc, time::Duration};
use veriframe_render::{DeviceKind, Installation};
use veriframe_wire::Time;

/// The window hears of changes at most this often.
const TELL_EVERY: Duration = Duration::from_millis(150);
/// `Trying again in 8 s` counts down.
const COUNT_DOWN_EVERY: Duration = Duration::from_secs(1);
/// Balance, workers and jobs of the status strip are looked at again after this.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// The page as it is now.
pub(super) async fn view(ctx: &Context) -> Result<ProviderView, CommandError> {
    let activity = ctx.provider.look();
    let limits = limits::load(ctx).await?;
    let off = limits::devices_off(ctx).await?;
    let scores = ctx.db.call(|conn| benchmark::scores(conn)).await?;
    let now = ctx.clock.now();
    let headline = headline(&activity, now);
    let found: &[Found] = activity.blenders.as_ref().map_or(&[], |found| found);
    let installed: Vec<Installation> = found.iter().filter_map(|found| found.answer.clone().ok()).collect();
    let total = threads_total();
    let devices = all_devices(&installed)
        .into_iter()
        .map(|device| {
            let is_cpu = device.kind == DeviceKind::Cpu;
            let threads = match limits.threads {
                0 => total,
                limit => limit.min(total),
            };
            DeviceView {
                enabled: !off.contains(&device.id),
                score: scores.get(&device.id).copied().unwrap_or_default(),
                kind: device.kind.to_string(),
                threads: if is_cpu { threads } else { 0 },
                threads_total: if is_cpu { total } else { 0 },
                memory_bytes: device.memory.unwrap_or_default() as f64,
                id: device.id,
                name: device.name,
            }
        })
        .collect();
    let (state, detail) = match activity.renders_own() {
        false => (headline.state, headline.detail),
        true if activity.starts_again => (
            ProviderState::Starting,
            "It starts after this frame of your own.".to_owned(),
        ),
        true => (
            ProviderState::Off,
            "A job of your own: nothing of others is taken.".to_owned(),
        ),
    };
    Ok(ProviderView {
        state,
        reason: headline.reason,
        detail,
        progress: headline.progress,
        snoozed_until: snoozed_until(&activity),
        consented: limits::consented(ctx).await?,
        earned_today: activity.numbers.earned_today.to_string(),
        pending: activity.numbers.pending.to_string(),
        frames_pending: activity.numbers.frames_pending,
        frames_today: activity.numbers.frames_today,
        frames_rejected_today: activity.numbers.frames_rejected,
        reputation: activity.numbers.reputation,
        devices,
        blenders: found.iter().map(blender_view).collect(),
        limits,
        benchmark: activity.benchmark,
        current: activity
            .slots
            .into_values()
            .filter_map(|slot| match slot {
                SlotActivity::Rendering(current) => Some(current),
                _ => None,
            })
            .collect(),
        why_not: activity.why_not,
    })
}

fn snoozed_until(activity: &Activity) -> String {
    let until = activity.snooze.as_ref().map(|snooze| Time(snooze.until));
    until
        .and_then(|until| serde_json::to_value(until).ok())
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn blender_view(found: &Found) -> BlenderView {
    let path = found.path.display().to_string();
    match &found.answer {
        Ok(installation) => BlenderView {
            path,
            version: installation.info.version.to_string(),
            engines: installation.info.engines.iter().map(ToString::to_string).collect(),
            denoisers: installation.info.denoisers.iter().cloned().collect(),
            sandboxed: installation.info.sandboxed,
            error: String::new(),
        },
        Err(error) => BlenderView {
            path,
            version: String::new(),
            engines: Vec::new(),
            denoisers: Vec::new(),
            sandboxed: false,
            error: error.clone(),
        },
    }
}

/// Looks for Blenders when nobody has yet, asks what was earned, and answers with the page.
pub(super) async fn fresh_view(ctx: &Arc<Context>) -> Result<ProviderView, CommandError> {
    watch(ctx);
    blenders::found(ctx).await?;
    view(ctx).await
}

/// Tells the window of changes from now on, as a task of the context; once is enough.
pub(crate) fn watch(ctx: &Arc<Context>) {
    if ctx.provider.start_watching() {
        ctx.tasks.spawn(tell_changes(ctx.clone()));
        ctx.tasks.spawn(look_ahead(ctx.clone()));
    }
}

/// When somebody has a window open, the Provide page should not have to wait for the Blenders.
async fn look_ahead(ctx: Arc<Context>) {
    if ctx.events.receiver_count() > 0 {
        blenders::look_ahead(ctx).await;
    }
}

async fn tell_changes(ctx: Arc<Context>) {
    let mut changes = ctx.provider.watch();
    let mut told = None;
    let mut was_blocked = false;
    let mut status_due = tokio::time::Instant::now();
    loop {
        if status_due.elapsed() > Duration::ZERO && ctx.events.receiver_count() > 0 {
            status_due = tokio::time::Instant::now() + STATUS_EVERY;
            tokio::select! {
                () = ctx.shutdown.cancelled() => return,
                () = status::tell(&ctx) => {}
            }
        }
        changes.borrow_and_update();
        match view(&ctx).await {
            Ok(view) if told.as_ref() != Some(&view) => {
                ctx.tell(AppEvent::Provider(Box::new(view.clone())));
                status::retell(&ctx).await;
                told = Some(view);
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the provider's page could not be made"),
        }
        if super::is_blocked(&ctx) != was_blocked {
            was_blocked = !was_blocked;
            for job in ctx.live.watched() {
                jobs::tell_job(&ctx, &job).await;
            }
        }
        let activity = ctx.provider.look();
        let counts_down = activity.outage.is_some()
            || activity.snooze.is_some()
            || activity
                .slots
                .values()
                .any(|slot| matches!(slot, SlotActivity::Resting { .. }));
        let again = if counts_down { COUNT_DOWN_EVERY } else { STATUS_EVERY };
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(again) => {}
        }
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            () = tokio::time::sleep(TELL_EVERY) => {}
        }
    }
}
