//! The playbooks that events of the platform start.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{self, DurableEngine};
use engage_playbooks::run::Tenant;
use engage_playbooks::writer::UseCase;
use engage_server::work::{Deaf, Listener};
use engage_store::platform::Event;
use serde_json::Value as Json;
use uuid::Uuid;

use super::alerts::Raised;

/// The playbooks of one organisation. What happens to another starts nothing here.
pub(super) struct Playbooks {
    pub(super) engine: Arc<dyn DurableEngine>,
    pub(super) tenant: Tenant,
    pub(super) organisation: Uuid,
    /// Whether the CRM acts for employees at all.
    pub(super) employees: bool,
    /// The ids of the playbooks that events start.
    pub(super) on: HashSet<String>,
    pub(super) alerts: Raised,
}

#[async_trait]
impl Listener for Playbooks {
    async fn hear(&self, events: &[&Event]) -> Result<(), Deaf> {
        let ours = || events.iter().filter(|event| event.organisation == self.organisation);
        for event in ours() {
            self.tell_unwritten(event).await?;
        }
        let offered: Vec<ports::Event> = ours().filter_map(|event| self.offered(event)).collect();
        if offered.is_empty() {
            return Ok(());
        }
        self.engine.offer(offered).await.map(drop).map_err(|error| Deaf(error.to_string()))
    }
}

impl Playbooks {
    /// A booking stands whatever becomes of the CRM. That there is neither a mapper that writes it there nor a playbook in its place is
    /// told to the organisation.
    async fn tell_unwritten(&self, event: &Event) -> Result<(), Deaf> {
        let booked = TriggerKind::of(&event.kind) == Some(TriggerKind::MeetingBooked);
        let use_case = UseCase::of(&event.payload).filter(|one| booked && !self.on.contains(&one.writer()));
        let Some(use_case) = use_case else { return Ok(()) };
        let told = self.alerts.not_written(use_case, event.environment).await;
        told.map_err(|error| Deaf(error.to_string()))
    }

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
