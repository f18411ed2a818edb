//! How the parts are that a coordinator needs.

mod outside;

pub use outside::Outside;

use crate::{app::App, error::ApiResult, store};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use veriframe_wire::health::{Component, Health, Level};

/// Milliseconds from which on a component counts as degraded.
const SLOW_MS: f64 = 500.0;
/// What does not answer in this time is down.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Each part that is set, and the worst of them.
pub async fn look(app: &App) -> Health {
    let content = measured(async {
        let blocks = app.blocks.clone();
        Ok(tokio::task::spawn_blocking(move || blocks.pins().map(|pins| pins.len())).await??)
    });
    let (database, content, outside) = tokio::join!(database(app), content, app.outside.look(app));
    let mut components = BTreeMap::from([("database".to_owned(), database), ("content_store".to_owned(), content)]);
    if let Some(indexer) = &app.indexer {
        let component = if app.leader.leads() {
            indexer.component()
        } else {
            Component {
                status: Level::Ok,
                latency_ms: 0.0,
                detail: "another replica reads the chain".to_owned(),
            }
        };
        components.insert("indexer".to_owned(), component);
    }
    if let Some(redis) = &app.redis {
        components.insert("cache".to_owned(), redis.component());
    }
    components.extend(outside);
    let status = worst(&components);
    Health { status, components }
}

/// Whether requests may come: a slow database takes them, too.
pub async fn ready(app: &App) -> Level {
    if app.draining.is_cancelled() {
        return Level::Down;
    }
    database(app).await.status
}

async fn database(app: &App) -> Component {
    measured(async {
        let mut db = app.store.read().await?;
        Ok(store::events::newest(&mut db).await?)
    })
    .await
}

fn worst(components: &BTreeMap<String, Component>) -> Level {
    let levels: Vec<Level> = components.values().map(|component| component.status).collect();
    match (levels.contains(&Level::Down), levels.contains(&Level::Degraded)) {
        (true, _) => Level::Down,
        (_, true) => Level::Degraded,
        _ => Level::Ok,
    }
}

async fn measured<T>(probe: impl Future<Output = ApiResult<T>>) -> Component {
    let start = Instant::now();
    let result = tokio::time::timeout(ANSWER_WITHIN, probe).await;
    let latency_ms = start.elapsed().as_secs_f64() * 1000.0;
    let (status, detail) = match result {
        Ok(Ok(_)) if latency_ms < SLOW_MS => (Level::Ok, String::new()),
        Ok(Ok(_)) => (Level::Degraded, "slow".to_owned()),
        Ok(Err(error)) => (Level::Down, error.message),
        Err(_) => (Level::Down, "it does not answer".to_owned()),
    };
    Component {
        status,
        latency_ms,
        detail,
    }
}
