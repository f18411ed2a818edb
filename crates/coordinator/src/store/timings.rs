//! How long the database lets others wait.

use crate::metrics::{Labels, seconds};
use prometheus_client::{
    metrics::{family::Family, histogram::Histogram},
    registry::Registry,
};
use std::{borrow::Cow, time::Instant};

/// Clones share their numbers.
#[derive(Clone)]
pub struct StoreTimings(Family<Labels<1>, Histogram, fn() -> Histogram>);

impl Default for StoreTimings {
    fn default() -> Self {
        Self(Family::new_with_constructor(seconds))
    }
}

impl StoreTimings {
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "database_seconds",
            "Time for a connection to read, for a turn to write, and for a commit",
            self.0.clone(),
        );
    }

    /// `step` is `read`, `turn` or `commit`.
    pub(super) fn took(&self, step: &'static str, since: Instant) {
        let labels = [("step", Cow::Borrowed(step))];
        self.0.get_or_create(&labels).observe(since.elapsed().as_secs_f64());
    }
}
