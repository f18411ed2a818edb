//! What an account does with its webhooks.

use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topic,
    idempotent, jobs,
    store::{
        self, WriteTx,
        webhooks::{NewWebhook, WebhookRow},
    },
    work::{self, Work},
};
use sqlx::AnyConnection;
use veriframe_core::Address;
use veriframe_wire::{
    Time,
    webhook::{CreateWebhookRequest, CreatedWebhook, Delivery, DeliveryState, ReplayRequest, Webhook, WebhookSecret},
};

const OF_AN_ACCOUNT: usize = 10;
const TOPICS_AT_MOST: usize = 50;

fn view(row: &WebhookRow) -> Webhook {
    Webhook {
        id: row.id.clone(),
        url: row.url.clone(),
        topics: row.topics.clone(),
        paused: row.paused,
        seen: row.seen,
        created_at: Time(row.created_at),
    }
}

/// Somebody else's does not exist.
async fn find(db: &mut AnyConnection, account: Address, id: &str) -> ApiResult<WebhookRow> {
    store::webhooks::find(db, id)
        .await?
        .filter(|hook| hook.account == account)
        .ok_or_else(|| ApiError::not_found("webhook"))
}

/// Sends events from now on.
pub async fn create(app: &App, account: Address, request: &CreateWebhookRequest) -> ApiResult<CreatedWebhook> {
    app.post.target(&request.url)?;
    if request.topics.is_empty() || request.topics.len() > TOPICS_AT_MOST {
        return Err(ApiError::invalid("A webhook has 1 to 50 topics."));
    }
    for topic in &request.topics {
        let topic = Topic::parse(topic, account).map_err(|error| ApiError::invalid(format!("{error}.")))?;
        if let Topic::Job(job) = topic {
            jobs::find_seen(app, &mut *app.store.read().await?, &job, account).await?;
        }
    }
    let secret = WebhookSecret(format!("whsec_{}", random::<32>()?));
    let id = random::<8>()?;
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let there = store::webhooks::of_account(tx.db(), account, 0, u32::MAX).await?;
    if there.len() >= OF_AN_ACCOUNT {
        return Err(ApiError::state("An account has at most 10 webhooks.").hint("Delete one first."));
    }
    let new = NewWebhook {
        id: &id,
        account,
        url: &request.url,
        topics: &request.topics,
        secret: &secret,
        seen: store::events::newest(tx.db()).await?,
    };
    store::webhooks::insert(tx.db(), new, now).await?;
    let webhook = view(&find(tx.db(), account, &id).await?);
    idempotent::commit_created(tx, CreatedWebhook { webhook, secret }).await
}

fn random<const N: usize>() -> ApiResult<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(hex::encode(bytes))
}

/// Oldest first, each with its place in the list.
pub async fn list(app: &App, account: Address, after: i64, limit: u32) -> ApiResult<Vec<(i64, Webhook)>> {
    let mut db = app.store.read().await?;
    let rows = store::webhooks::of_account(&mut db, account, after, limit).await?;
    Ok(rows.iter().map(|row| (row.seq, view(row))).collect())
}

pub async fn delete(app: &App, account: Address, id: &str) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    let hook = find(tx.db(), account, id).await?;
    store::webhook_deliveries::delete_of(tx.db(), &hook.id).await?;
    store::webhooks::delete(tx.db(), &hook.id).await?;
    idempotent::commit_nothing(tx).await
}

/// Sends again: what was given up, or everything after an event. A webhook that was paused goes on.
pub async fn replay(app: &App, account: Address, id: &str, request: &ReplayRequest) -> ApiResult<Webhook> {
    let mut tx = app.store.write().await?;
    let hook = find(tx.db(), account, id).await?;
    match request.after_seq {
        Some(after) => go_back(&mut tx, &hook, after).await?,
        None => revive(&mut tx, &hook).await?,
    }
    store::webhooks::set_given_up(tx.db(), id, 0, false).await?;
    work::enqueue(&mut tx, &Work::Notify { webhook: id.to_owned() }).await?;
    let answer = view(&find(tx.db(), account, id).await?);
    idempotent::commit(tx, answer).await
}

async fn go_back(tx: &mut WriteTx, hook: &WebhookRow, after: u64) -> ApiResult<()> {
    if after > hook.seen {
        return Err(ApiError::invalid("The webhook has not come to that event yet."));
    }
    store::webhook_deliveries::forget_after(tx.db(), &hook.id, after).await?;
    store::webhooks::rewind(tx.db(), &hook.id, after).await?;
    Ok(())
}

async fn revive(tx: &mut WriteTx, hook: &WebhookRow) -> ApiResult<()> {
    let now = tx.now;
    for event in store::webhook_deliveries::revive(tx.db(), &hook.id, now).await? {
        let work = Work::Redeliver {
            webhook: hook.id.clone(),
            event,
        };
        work::enqueue(tx, &work).await?;
    }
    Ok(())
}

/// Newest event first, older than `before`.
pub async fn deliveries(
    app: &App,
    account: Address,
    id: &str,
    state: Option<DeliveryState>,
    before: Option<u64>,
    limit: u32,
) -> ApiResult<Vec<Delivery>> {
    let mut db = app.store.read().await?;
    let hook = find(&mut db, account, id).await?;
    Ok(store::webhook_deliveries::page(&mut db, &hook.id, state, before, limit).await?)
}
