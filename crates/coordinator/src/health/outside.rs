//! What others run: asked seldom, because anybody may ask for our health.

use super::{ANSWER_WITHIN, measured};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use veriframe_ipfs::content::kubo::probe;
use veriframe_wire::{
    ErrorCode,
    health::{Component, Level},
};

const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Parts by name.
type Parts = Vec<(String, Component)>;

/// The answers that were got last.
#[derive(Debug, Default)]
pub struct Outside(Mutex<Option<(Instant, Parts)>>);

impl Outside {
    pub async fn look(&self, app: &App) -> Parts {
        let mut kept = self.0.lock().await;
        match &*kept {
            Some((at, found)) if at.elapsed() < ASK_AGAIN_AFTER => found.clone(),
            _ => {
                let found = ask(app).await;
                *kept = Some((Instant::now(), found.clone()));
                found
            }
        }
    }
}

async fn ask(app: &App) -> Parts {
    let mut found = Vec::new();
    if let Some(chain) = &app.settings.chain {
        let node = measured(async { chain.node.head().await.map_err(|_| silent("The chain's node")) });
        found.push(("chain_node".to_owned(), node.await));
    }
    if let Some(kubo) = &app.settings.kubo {
        let kubo = measured(ask_kubo(kubo)).await;
        found.push(("kubo".to_owned(), not_needed(kubo)));
    }
    found
}

async fn ask_kubo(url: &str) -> ApiResult<()> {
    let status = probe(url, None, ANSWER_WITHIN).await;
    status.map(|_| ()).map_err(|_| silent("The Kubo node"))
}

/// The reason may hold an address with a key.
fn silent(what: &str) -> ApiError {
    ApiError::new(ErrorCode::Unavailable, format!("{what} does not answer."))
}

/// The coordinator does without.
fn not_needed(component: Component) -> Component {
    let status = match component.status {
        Level::Down => Level::Degraded,
        other => other,
    };
    Component { status, ..component }
}
