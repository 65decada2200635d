//! What the server tells of its requests, for Prometheus. No label names an organisation, a person or a path with an id in it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Bounds of histograms, in seconds.
const BOUNDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    method: &'static str,
    route: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReason {
    reason: &'static str,
}

/// Why a surface refuses a request, in a word of a closed list: an answer that has it among its extensions is counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Because(pub &'static str);

/// Counts requests.
#[derive(Debug)]
pub struct HttpMeasures {
    requests: Family<OfRequest, Counter>,
    took: Family<OfRoute, Histogram, fn() -> Histogram>,
    refused: Family<OfReason, Counter>,
    under_way: Gauge,
}

impl HttpMeasures {
    /// Measures that a registry knows.
    pub fn of(registry: &mut Registry) -> Self {
        let measures = Self {
            requests: Family::default(),
            took: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            refused: Family::default(),
            under_way: Gauge::default(),
        };
        registry.register("http_requests", "Requests that were answered", measures.requests.clone());
        let took = measures.took.clone();
        registry.register_with_unit("http_request", "From the head of a request to its answer", Unit::Seconds, took);
        registry.register("http_refusals", "Requests that were refused, by why", measures.refused.clone());
        registry.register("http_requests_under_way", "Requests that are worked on", measures.under_way.clone());
        measures
    }

    /// A request is worked on for as long as what this gives is kept.
    pub(super) fn begin(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// A request was refused.
    pub(super) fn refused(&self, Because(reason): Because) {
        self.refused.get_or_create(&OfReason { reason }).inc();
    }

    /// A request was answered.
    pub(super) fn end(&self, method: &Method, route: &Arc<str>, status: u16, took: Duration) {
        let (method, route) = (word(method), Arc::clone(route));
        self.took.get_or_create(&OfRoute { method, route: Arc::clone(&route) }).observe(took.as_secs_f64());
        self.requests.get_or_create(&OfRequest { method, route, status }).inc();
    }
}

pub(super) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method that callers make up is none of its own.
fn word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
