use crate::{app::AppState, error::ApiResult, extract::Json, store};
use axum::extract::State;
use std::{collections::BTreeMap, time::Instant};
use veriframe_wire::health::{Component, Health, Level};

/// Milliseconds from which on a component counts as degraded.
const SLOW_MS: f64 = 500.0;

/// Whether the parts answer, and how fast.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
pub async fn health(State(app): State<AppState>) -> Json<Health> {
    let database = measured(async {
        let mut db = app.store.read().await?;
        Ok(store::events::newest(&mut db).await?)
    });
    let content = measured(async {
        let blocks = app.blocks.clone();
        Ok(tokio::task::spawn_blocking(move || blocks.pins().map(|pins| pins.len())).await??)
    });
    let (database, content) = tokio::join!(database, content);
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
    let status = worst(&components);
    Json(Health { status, components })
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
    let result = probe.await;
    let latency_ms = start.elapsed().as_secs_f64() * 1000.0;
    let (status, detail) = match result {
        Ok(_) if latency_ms < SLOW_MS => (Level::Ok, String::new()),
        Ok(_) => (Level::Degraded, "slow".to_owned()),
        Err(error) => (Level::Down, error.message),
    };
    Component {
        status,
        latency_ms,
        detail,
    }
}
