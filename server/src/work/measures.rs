//! What the server tells of its work in the background, for Prometheus. No label names an organisation.

use std::sync::atomic::AtomicU64;

use engage_store::platform::{AlertReads, Database, OutboxReads, StoreError};
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: String,
}

/// How much there is to be done and to be looked at, in the store that all servers share: each of them tells the same.
#[derive(Debug)]
pub struct WorkMeasures {
    open_alerts: Family<OfKind, Gauge>,
    waiting: Gauge,
    oldest: Gauge<f64, AtomicU64>,
}

impl WorkMeasures {
    /// Measures that a registry knows.
    pub fn of(registry: &mut Registry) -> Self {
        let measures = Self { open_alerts: Family::default(), waiting: Gauge::default(), oldest: Gauge::default() };
        registry.register("open_alerts", "Alerts of directories that are open", measures.open_alerts.clone());
        registry.register("outbox_events", "Events that no playbook has been told yet", measures.waiting.clone());
        let oldest = measures.oldest.clone();
        registry.register_with_unit("outbox_oldest", "How long the oldest of them waits", Unit::Seconds, oldest);
        measures
    }

    /// Looks at the store.
    ///
    /// # Errors
    /// Those of the store; what was told before stays.
    pub(super) async fn look(&self, database: &Database, now: Timestamp) -> Result<(), StoreError> {
        let mut reader = database.reader();
        let open = reader.open_alerts().await?;
        let (waiting, oldest) = reader.outbox_depth().await?;
        // A kind of which none is open any more.
        self.open_alerts.clear();
        for (kind, count) in open {
            self.open_alerts.get_or_create(&OfKind { kind }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.oldest.set(oldest.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0)));
        Ok(())
    }
}
