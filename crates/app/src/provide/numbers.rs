//! What the coordinator says this worker has earned, fetched when something happened, at most once a second.

use super::handle::Numbers;
use crate::{
    Context,
    api::ApiError,
    settings::{load_value, save_value},
    view::CommandError,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// Fetches when asked, in the background; many asks in a row make one fetch.
pub(super) struct Refresher {
    wanted: Arc<Notify>,
}

impl Refresher {
    pub fn start(ctx: &Arc<Context>, end: &CancellationToken) -> Self {
        let wanted = Arc::new(Notify::new());
        let (ctx, asked, end) = (ctx.clone(), wanted.clone(), end.clone());
        ctx.tasks.clone().spawn(async move {
            while end.run_until_cancelled(asked.notified()).await.is_some() {
                match end.run_until_cancelled(fetch(&ctx)).await {
                    Some(Err(error)) => tracing::debug!(%error, "the earnings could not be fetched"),
                    Some(Ok(())) => {}
                    None => return,
                }
                if end
                    .run_until_cancelled(tokio::time::sleep(AT_MOST_EVERY))
                    .await
                    .is_none()
                {
                    return;
                }
            }
        });
        Self { wanted }
    }

    pub fn refresh(&self) {
        self.wanted.notify_one();
    }
}

/// Asks the coordinator now.
pub(super) async fn fetch(ctx: &Context) -> Result<(), ApiError> {
    let earnings = ctx.api.earnings(1).await?;
    // Somebody who never provided is not known as a worker.
    let worker = ctx.api.worker(ctx.address).await.ok();
    let date = today(ctx);
    let today = earnings.days.iter().find(|day| day.date == date);
    let frames_rejected = match load_value::<Rejected>(ctx, REJECTED).await {
        Ok(Some(rejected)) if rejected.date == date => rejected.frames,
        _ => 0,
    };
    let numbers = Numbers {
        earned_today: today.map(|day| day.paid.0).unwrap_or_default(),
        pending: earnings
            .pending
            .0
            .checked_add(earnings.verified.0)
            .unwrap_or(earnings.pending.0),
        frames_pending: earnings.frames_pending,
        frames_today: today.map(|day| day.frames).unwrap_or_default(),
        frames_rejected,
        reputation: worker.map(|worker| worker.reputation),
    };
    let changed = ctx.provider.look().numbers != numbers;
    if changed {
        ctx.provider.update(|activity| activity.numbers = numbers);
    }
    Ok(())
}

const REJECTED: &str = "provide.rejected";

/// The coordinator counts rejected frames since ever; the page shows those of today.
#[derive(Debug, Serialize, Deserialize)]
struct Rejected {
    date: String,
    frames: u32,
}

/// One more frame was rejected today.
pub(super) async fn count_rejected(ctx: &Context) -> Result<(), CommandError> {
    let date = today(ctx);
    let frames = match load_value::<Rejected>(ctx, REJECTED).await? {
        Some(known) if known.date == date => known.frames + 1,
        _ => 1,
    };
    save_value(ctx, REJECTED, Rejected { date, frames }).await
}

/// `YYYY-MM-DD` in UTC, as the coordinator dates earnings.
fn today(ctx: &Context) -> String {
    time::OffsetDateTime::from_unix_timestamp(ctx.clock.now().0.div_euclid(1000))
        .map(|now| now.date().to_string())
        .unwrap_or_default()
}
