//! The playbooks that events of the platform start.

use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{self, DurableEngine};
use engage_playbooks::run::Tenant;
use engage_server::work::{Deaf, Listener};
use engage_store::platform::Event;
use serde_json::Value as Json;
use uuid::Uuid;

/// The playbooks of one organisation. What happens to another starts nothing here.
pub(super) struct Playbooks {
    pub(super) engine: Arc<dyn DurableEngine>,
    pub(super) tenant: Tenant,
    pub(super) organisation: Uuid,
    /// Whether the CRM acts for employees at all.
    pub(super) employees: bool,
}

#[async_trait]
impl Listener for Playbooks {
    async fn hear(&self, events: &[&Event]) -> Result<(), Deaf> {
        let ours = events.iter().filter(|event| event.organisation == self.organisation);
        let offered: Vec<ports::Event> = ours.filter_map(|event| self.offered(event)).collect();
        if offered.is_empty() {
            return Ok(());
        }
        self.engine.offer(offered).await.map(drop).map_err(|error| Deaf(error.to_string()))
    }
}

impl Playbooks {
    /// The employee who did it, where the CRM acts for employees: on whose behalf playbooks do what follows.
    fn employee(&self, event: &Event) -> Option<String> {
        let word = |name: &str| event.payload.get(name).and_then(Json::as_str);
        let acts = self.employees && word("actor") == Some("employee");
        acts.then(|| word("actorId")).flatten().map(ToOwned::to_owned)
    }

    /// An event as playbooks know it.
    fn offered(&self, event: &Event) -> Option<ports::Event> {
        let Some(kind) = TriggerKind::of(&event.kind) else {
            tracing::error!(event = %event.id, kind = event.kind, "an event of a kind that no playbook knows");
            return None;
        };
        Some(ports::Event {
            tenant: self.tenant.clone(),
            id: event.id.to_string(),
            kind,
            subject: Some(event.subject.clone()),
            playbook: None,
            employee: self.employee(event),
            data: event.payload.clone(),
            given: Json::Null,
            at: event.at,
        })
    }
}
