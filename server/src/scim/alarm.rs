//! What those who run the platform are told of directories.

use std::time::Duration;

use engage_store::platform::sql::{Column, Condition, Given, Test};
use engage_store::platform::{Alert, Alerts, DirectoryReads, Jobs, Kind, Realm, Sighting, StoreError};
use serde_json::{Value, json};

use super::Scim;
use super::asked::Asked;
use crate::work::TELL;

/// The alert of a directory of which much is deactivated.
const MASS_DEACTIVATION: &str = "scim.mass-deactivation";
/// Within how long.
const WITHIN: Duration = Duration::from_secs(3600);
/// Fewer than this are no mass, however small the directory is.
const FEWEST: u64 = 5;

impl Scim {
    /// A change was written: whoever tells events looks for one, and where a user went, it is looked at how many went with it. The
    /// change stands whatever becomes of that.
    pub(super) async fn told(&self, asked: &Asked, went: bool) {
        self.wake.notify_one();
        if went && let Err(error) = self.many_gone(asked).await {
            tracing::warn!(%error, "it is not known how many were deactivated");
        }
    }

    async fn many_gone(&self, asked: &Asked) -> Result<(), StoreError> {
        let (now, realm) = (self.now(), asked.realm);
        let since = now.checked_sub(WITHIN).unwrap_or(now);
        let mut reader = self.database.reader();
        let gone = reader.deactivated_since(&realm, Kind::User, since).await?;
        if gone < FEWEST {
            return Ok(());
        }
        let active = Condition::column(Column::Active, Test::Eq(Given::Flag(true)));
        let left = reader.records_count(&realm, Kind::User, &active).await?;
        let percent = gone.saturating_mul(100) / gone.saturating_add(left).max(1);
        if percent <= u64::from(self.settings.mass_deactivation_percent) {
            return Ok(());
        }
        let details = json!({"service": realm.service.as_str(), "deactivated": gone, "active": left});
        self.raise(MASS_DEACTIVATION, realm, details).await
    }

    /// Raises an alert, and plans that the organisation is told of it where it had not been seen before.
    pub(super) async fn raise(&self, kind: &'static str, realm: Realm, details: Value) -> Result<(), StoreError> {
        let (now, Realm { organisation, environment, .. }) = (self.now(), realm);
        let seen = Sighting {
            organisation,
            id: self.id(),
            environment,
            kind: kind.to_owned(),
            subject: String::new(),
            details,
        };
        let raised = self.database.write(seen, move |tx, seen| {
            Box::pin(async move {
                let alert = tx.raise_alert(seen, now).await?;
                if alert.count == 1 {
                    tx.plan_job(TELL, now).await?;
                }
                Ok(alert)
            })
        });
        let alert: Result<Alert, StoreError> = raised.await;
        let Alert { count, details, .. } = alert?;
        if count == 1 {
            tracing::warn!(%organisation, kind, %details, "an alert was raised");
        }
        Ok(())
    }
}
