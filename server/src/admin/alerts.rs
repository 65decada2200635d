//! What those who run a customer's platform have to know, and that they have seen it.

use engage_store::platform::{Acknowledged, Alert, Alerts as _, Audit as _, AuditEntry, Environment, StoreError};
use serde_json::json;
use uuid::Uuid;

use super::Admin;

impl Admin {
    /// Writes down that somebody has seen an alert. It stays open; who was the first to say so counts.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the environment has no such alert.
    pub async fn acknowledge_alert(&self, of: Uuid, environment: Environment, id: Uuid) -> Result<Alert, StoreError> {
        let by = Acknowledged { at: self.now(), by: self.actor.who.clone() };
        let entry = self.entry(of, by.at, "alert.acknowledged", json!({}));
        let work = self.database.write((by, entry), move |tx, (by, entry)| {
            Box::pin(async move {
                let alert = tx.acknowledge_alert(of, environment, id, by).await?;
                if alert.acknowledged.as_ref() == Some(by) {
                    let environment = environment.as_str();
                    let Alert { kind, subject, .. } = &alert;
                    let details = json!({"alert": id, "environment": environment, "kind": kind, "subject": subject});
                    tx.append_audit(&AuditEntry { details, ..entry.clone() }).await?;
                }
                Ok(alert)
            })
        });
        work.await
    }
}
