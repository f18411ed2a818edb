//! What the coordinator counts and measures, for Prometheus.
//!
//! Each part keeps its own numbers; the registry of this coordinator has a copy of each handle, so that several in one
//! program do not mix. What is in the database is counted when it is asked for.

mod counted;
mod requests;
mod serve;

pub use requests::Requests;
pub use serve::{listen, serve};

use crate::{app::App, events::BusCounters, store::StoreTimings};
use counted::Counted;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use std::{borrow::Cow, fmt};
use tokio::sync::Mutex;

/// The labels of one family.
pub type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// From a tenth of a millisecond to half a minute.
pub fn seconds() -> Histogram {
    Histogram::new([
        0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    ])
}

/// Every handle that is counted on.
pub struct Metrics {
    registry: Registry,
    pub requests: Requests,
    /// WebSockets that are open.
    pub sockets: Gauge,
    /// By close code.
    pub sockets_closed: Family<Labels<1>, Counter>,
    /// By `granted` or the code of the refusal.
    pub claims: Family<Labels<1>, Counter>,
    pub claim_seconds: Histogram,
    /// That ran out, because their workers were silent.
    pub leases_expired: Counter,
    /// Of frames that others held; and those of them that were handed in first.
    pub copies_made: Counter,
    pub copies_first: Counter,
    counted: Mutex<Counted>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics { .. }")
    }
}

impl Metrics {
    pub fn new(database: &'static str, bus: &BusCounters, store: &StoreTimings) -> Self {
        let mut registry = Registry::with_prefix("veriframe");
        let requests = Requests::default();
        requests.register(&mut registry);
        let sockets = Gauge::default();
        registry.register("websockets_open", "WebSockets that are open", sockets.clone());
        let sockets_closed = Family::default();
        registry.register(
            "websockets_closed",
            "WebSockets that ended, by close code",
            sockets_closed.clone(),
        );
        let claims = Family::default();
        registry.register("claims", "Claims of work by what came of them", claims.clone());
        let claim_seconds = seconds();
        registry.register("claim_seconds", "Time of a claim", claim_seconds.clone());
        let leases_expired = Counter::default();
        registry.register("leases_expired", "Leases that ran out", leases_expired.clone());
        let copies_made = Counter::default();
        registry.register(
            "copies_made",
            "Second renders of frames that others held, to be sooner",
            copies_made.clone(),
        );
        let copies_first = Counter::default();
        registry.register(
            "copies_first",
            "Copies that were handed in before the frame",
            copies_first.clone(),
        );
        bus.register(&mut registry);
        store.register(&mut registry);
        let counted = Counted::default();
        counted.register(&mut registry);
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("database", database)]);
        registry.register("build", "What runs", build);
        Self {
            registry,
            requests,
            sockets,
            sockets_closed,
            claims,
            claim_seconds,
            leases_expired,
            copies_made,
            copies_first,
            counted: Mutex::new(counted),
        }
    }

    /// Everything, as OpenMetrics has it.
    pub async fn text(&self, app: &App) -> String {
        self.counted.lock().await.look(app).await;
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            tracing::error!("the metrics could not be written");
        }
        text
    }
}
