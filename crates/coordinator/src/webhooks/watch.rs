//! Notices that there are events which a webhook wants.

use super::{subscription, wants};
use crate::{
    app::App,
    error::ApiResult,
    store::{self, webhooks::WebhookRow},
    work::Work,
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::time::{self, MissedTickBehavior};

/// Events that are looked at in one go.
const PAGE: u32 = 1000;
/// Events after which the places of webhooks that want none of them are moved on.
const MOVE_ON_AFTER: u64 = 10_000;

/// Runs until the coordinator stops. Every replica does this; of the same webhook one item waits at most.
pub async fn watch(app: Arc<App>) {
    let mut timer = time::interval(app.settings.sweep_interval);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // How far the log was looked at. The first look begins where the last webhook stands.
    let mut looked = None;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = timer.tick() => {}
        }
        match look(&app, looked).await {
            Ok(seen) => looked = Some(seen),
            Err(error) => tracing::error!(%error, "webhooks could not be looked after"),
        }
    }
}

/// Returns how far it looked.
async fn look(app: &App, looked: Option<u64>) -> ApiResult<u64> {
    let mut db = app.store.read().await?;
    let newest = store::events::newest(&mut db).await?;
    if looked == Some(newest) {
        return Ok(newest);
    }
    let hooks = store::webhooks::behind(&mut db, newest).await?;
    let Some(first) = hooks.iter().map(|hook| hook.seen).min() else {
        return Ok(newest);
    };
    let after = looked.unwrap_or(first).max(first);
    let events = store::events::after(&mut db, after, PAGE).await?;
    drop(db);
    let last = events.last().and_then(|event| event.seq).unwrap_or(newest);
    let wanted_by = |hook: &&WebhookRow| {
        let subscription = subscription(hook);
        // One that lies far behind and wants nothing of these is moved on, so that a start need not look so far back.
        last.saturating_sub(hook.seen) > MOVE_ON_AFTER || events.iter().any(|event| wants(&subscription, event))
    };
    let wanted: BTreeSet<&str> = hooks.iter().filter(wanted_by).map(|hook| hook.id.as_str()).collect();
    if wanted.is_empty() {
        return Ok(last);
    }
    let mut items = Vec::with_capacity(wanted.len());
    for id in wanted {
        let work = Work::Notify { webhook: id.to_owned() };
        items.push((work.subject(), work.payload()?));
    }
    let mut tx = app.store.write().await?;
    let now = tx.now;
    store::work::insert_each(tx.db(), Work::NOTIFY, &items, now).await?;
    tx.commit().await?;
    Ok(last)
}
