//! The strip at the foot of the window: what this computer is doing, and how the network is.

use crate::{
    Context,
    api::ApiError,
    db::recent_files,
    provide::reason::headline,
    settlement,
    view::{AppEvent, CommandError, ProviderState, StatusView},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use veriframe_core::Amount;
use veriframe_wire::job::JobStatus;

/// The strip does not wait longer for the coordinator.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// What the coordinator said last, so that the strip can be redrawn without asking.
#[derive(Debug, Default)]
pub(crate) struct LastLook {
    seen: Mutex<Seen>,
    /// What the window was told, so that nothing is said twice.
    told: Mutex<Option<StatusView>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    answers: bool,
    workers: u32,
    jobs_running: u32,
    balance: Amount,
}

/// The strip as it is now.
pub async fn status(ctx: &Arc<Context>) -> Result<StatusView, CommandError> {
    crate::provide::watch(ctx);
    look(ctx).await;
    strip(ctx).await
}

/// Looks again and tells the window if something changed.
pub async fn tell(ctx: &Arc<Context>) {
    look(ctx).await;
    retell(ctx).await;
}

/// Tells the window what is known, without asking the coordinator.
pub(crate) async fn retell(ctx: &Context) {
    let strip = match strip(ctx).await {
        Ok(strip) => strip,
        Err(error) => {
            tracing::debug!(%error, "the status could not be told");
            return;
        }
    };
    {
        let mut told = ctx.status.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() == Some(&strip) {
            return;
        }
        *told = Some(strip.clone());
    }
    ctx.tell(AppEvent::Status(strip));
}

async fn strip(ctx: &Context) -> Result<StatusView, CommandError> {
    let seen = *ctx.status.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let headline = headline(&ctx.provider.look(), ctx.clock.now());
    let own = ctx.provider.look().renders_own();
    let (tone, words) = match headline.state {
        ProviderState::Starting | ProviderState::Idle | ProviderState::Rendering if own => ("busy", "Rendering here"),
        ProviderState::Off => ("off", "Not providing"),
        ProviderState::Snoozed => ("off", "Snoozed"),
        ProviderState::Starting | ProviderState::Idle => ("ok", "Providing"),
        ProviderState::Rendering => ("busy", "Providing"),
        ProviderState::Stopping => ("busy", "Stopping"),
        ProviderState::Blocked => ("warn", "Cannot provide"),
    };
    let reason = match headline.state {
        ProviderState::Off if seen.answers => String::new(),
        ProviderState::Off => "The coordinator does not answer".to_owned(),
        _ => headline.reason,
    };
    let money = ctx.known_money();
    let first_start = ctx.db.call(|conn| Ok(recent_files::all(conn)?.is_empty())).await?;
    Ok(StatusView {
        tone: if seen.answers { tone } else { "warn" }.to_owned(),
        headline: words.to_owned(),
        reason,
        network: network(ctx, seen),
        jobs_running: seen.jobs_running,
        balance: if money.is_paid() {
            seen.balance.to_string()
        } else {
            String::new()
        },
        unit: money.unit().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        first_start,
    })
}

/// `Local network · 3 workers`; on the own computer, where nobody pays, there is no network to tell of.
fn network(ctx: &Context, seen: Seen) -> String {
    if ctx.is_embedded && !ctx.known_money().is_paid() && seen.answers {
        return "This computer".to_owned();
    }
    let name = if ctx.is_embedded {
        "Local network".to_owned()
    } else {
        ctx.api.host()
    };
    match seen.workers {
        _ if !seen.answers => format!("{name} · no answer"),
        0 => format!("{name} · no workers"),
        1 => format!("{name} · 1 worker"),
        workers => format!("{name} · {workers} workers"),
    }
}

async fn look(ctx: &Context) {
    let asked = async {
        tokio::try_join!(
            ctx.api.workers_overview(),
            balance(ctx),
            running(ctx, JobStatus::Open),
            running(ctx, JobStatus::Rendering),
            running(ctx, JobStatus::Verifying),
        )
    };
    let answer = tokio::time::timeout(LOOK_WITHIN, asked).await;
    let mut seen = ctx.status.seen.lock().unwrap_or_else(PoisonError::into_inner);
    match answer {
        Ok(Ok((workers, balance, open, rendering, verifying))) => {
            *seen = Seen {
                answers: true,
                workers: workers.online,
                jobs_running: open + rendering + verifying,
                balance,
            };
        }
        // What was known stays: a balance does not vanish with the network.
        Ok(Err(error)) => {
            tracing::debug!(%error, "the network could not be looked at");
            seen.answers = false;
        }
        Err(_) => seen.answers = false,
    }
}

/// In what jobs are paid with. A chain that is away does not make the coordinator look silent.
async fn balance(ctx: &Context) -> Result<Amount, ApiError> {
    match settlement::balance(ctx).await {
        Ok((_, balance)) => Ok(balance),
        Err(error) => {
            tracing::debug!(%error.message, "the balance is not known");
            Ok(ctx.api.account().await?.balance.0)
        }
    }
}

async fn running(ctx: &Context, status: JobStatus) -> Result<u32, ApiError> {
    let jobs = ctx.api.own_jobs(status).await?;
    Ok(u32::try_from(jobs.len()).unwrap_or(u32::MAX))
}
