//! Sending a webhook what it has not been sent.

use super::{subscription, wants};
use crate::{
    app::App,
    error::ApiResult,
    events::Logged,
    store::{self, WriteTx, webhook_deliveries::Attempt, webhooks::WebhookRow},
    work::{self, Work},
};
use veriframe_wire::webhook::DeliveryState;

/// Events that one run sends; then others have their turn.
const AT_A_TIME: usize = 50;
/// Events that are read at a time.
const PAGE: u32 = 500;
const ATTEMPTS: u32 = 10;
/// Events in a row that were given up before nothing is sent any more.
const GIVEN_UP_AT_MOST: u32 = 3;

/// Sends what comes after the webhook's place, in order. A failure ends the run, and has it come again later.
pub async fn notify(app: &App, id: &str) -> ApiResult<()> {
    for _ in 0..AT_A_TIME {
        let Some(hook) = open(app, id).await? else {
            return Ok(());
        };
        let Some(event) = next(app, &hook).await? else {
            return Ok(());
        };
        let attempt = app.post.send(&hook, &event, app.clock.now()).await;
        let delivered = attempt.state == DeliveryState::Delivered;
        if !record_next(app, &hook, event.seq.unwrap_or_default(), attempt).await? || !delivered {
            return Ok(());
        }
    }
    let mut tx = app.store.write().await?;
    work::enqueue(&mut tx, &again(id)).await?;
    tx.commit().await?;
    Ok(())
}

fn again(id: &str) -> Work {
    Work::Notify { webhook: id.to_owned() }
}

async fn open(app: &App, id: &str) -> ApiResult<Option<WebhookRow>> {
    let mut db = app.store.read().await?;
    Ok(store::webhooks::find(&mut db, id).await?.filter(|hook| !hook.paused))
}

/// The next event that the webhook wants. When there is none, its place moves to the end of the log.
async fn next(app: &App, hook: &WebhookRow) -> ApiResult<Option<Logged>> {
    let subscription = subscription(hook);
    let mut after = hook.seen;
    loop {
        let mut db = app.store.read().await?;
        let page = store::events::after(&mut db, after, PAGE).await?;
        drop(db);
        let Some(last) = page.last().and_then(|event| event.seq) else {
            break;
        };
        if let Some(event) = page.into_iter().find(|event| wants(&subscription, event)) {
            return Ok(Some(event));
        }
        after = last;
    }
    if after > hook.seen {
        let mut tx = app.store.write().await?;
        store::webhooks::advance(tx.db(), &hook.id, hook.seen, after).await?;
        tx.commit().await?;
    }
    Ok(None)
}

/// Writes down how the attempt to send the next event went, and what follows: the place moves on, or the event is tried
/// again, or is given up. False when somebody else moved the place meanwhile.
async fn record_next(app: &App, hook: &WebhookRow, event: u64, attempt: Attempt) -> ApiResult<bool> {
    let mut tx = app.store.write().await?;
    let attempt = judged(&mut tx, hook, event, attempt).await?;
    let now = tx.now;
    if attempt.state == DeliveryState::Trying {
        let tried = store::webhook_deliveries::attempts(tx.db(), &hook.id, event).await?;
        let at = work::later(&app.chance, tried + 1, now);
        work::enqueue_at(&mut tx, &again(&hook.id), at).await?;
    } else if !store::webhooks::advance(tx.db(), &hook.id, hook.seen, event).await? {
        return Ok(false);
    }
    store::webhook_deliveries::record(tx.db(), &hook.id, event, &attempt, now).await?;
    match attempt.state {
        DeliveryState::Trying => {}
        DeliveryState::Delivered if hook.given_up == 0 => {}
        DeliveryState::Delivered => store::webhooks::set_given_up(tx.db(), &hook.id, 0, false).await?,
        DeliveryState::Dead => {
            let given_up = hook.given_up + 1;
            let paused = given_up >= GIVEN_UP_AT_MOST;
            store::webhooks::set_given_up(tx.db(), &hook.id, given_up, paused).await?;
            work::enqueue(&mut tx, &again(&hook.id)).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// An attempt that failed too often is the last.
async fn judged(tx: &mut WriteTx, hook: &WebhookRow, event: u64, attempt: Attempt) -> ApiResult<Attempt> {
    if attempt.state != DeliveryState::Trying {
        return Ok(attempt);
    }
    let tried = store::webhook_deliveries::attempts(tx.db(), &hook.id, event).await?;
    let state = if tried + 1 >= ATTEMPTS {
        DeliveryState::Dead
    } else {
        DeliveryState::Trying
    };
    Ok(Attempt { state, ..attempt })
}

/// Sends one event that was given up, once more. It is out of order by then.
pub async fn redeliver(app: &App, id: &str, event: u64) -> ApiResult<()> {
    let Some(hook) = open(app, id).await? else {
        return Ok(());
    };
    let found = {
        let mut db = app.store.read().await?;
        store::events::after(&mut db, event.saturating_sub(1), 1).await?
    };
    let Some(logged) = found.into_iter().find(|logged| logged.seq == Some(event)) else {
        return Ok(());
    };
    let attempt = app.post.send(&hook, &logged, app.clock.now()).await;
    let mut tx = app.store.write().await?;
    let attempt = judged(&mut tx, &hook, event, attempt).await?;
    let now = tx.now;
    if attempt.state == DeliveryState::Trying {
        let tried = store::webhook_deliveries::attempts(tx.db(), id, event).await?;
        let work = Work::Redeliver {
            webhook: id.to_owned(),
            event,
        };
        work::enqueue_at(&mut tx, &work, work::later(&app.chance, tried + 1, now)).await?;
    }
    store::webhook_deliveries::record(tx.db(), id, event, &attempt, now).await?;
    tx.commit().await?;
    Ok(())
}
