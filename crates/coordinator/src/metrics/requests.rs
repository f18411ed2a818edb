//! Requests by the route that matched them: the number of names is that of the routes, whatever is asked.

use super::{Labels, seconds};
use axum::http::{Method, StatusCode};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{borrow::Cow, time::Duration};

pub struct Requests {
    /// Requests that are answered now.
    pub open: Gauge,
    answered: Family<Labels<3>, Counter>,
    seconds: Family<Labels<2>, Histogram, fn() -> Histogram>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            open: Gauge::default(),
            answered: Family::default(),
            seconds: Family::new_with_constructor(seconds),
        }
    }
}

impl Requests {
    pub fn register(&self, registry: &mut Registry) {
        registry.register("requests_open", "Requests that are answered now", self.open.clone());
        registry.register(
            "requests",
            "Requests by route, method and status",
            self.answered.clone(),
        );
        registry.register("request_seconds", "Time until an answer began", self.seconds.clone());
    }

    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = known(method);
        let labels = [
            ("method", Cow::Borrowed(method)),
            ("route", Cow::Owned(route.to_owned())),
        ];
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        let [method, route] = labels;
        let labels = [method, route, ("status", Cow::Owned(status.as_u16().to_string()))];
        self.answered.get_or_create(&labels).inc();
    }
}

/// Anybody may make up methods.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
