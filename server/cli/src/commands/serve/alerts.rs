//! Alerts of the organisation whose events start the playbooks: runs that never ended, meetings that nothing writes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use engage_playbooks::writer::UseCase;
use engage_runner::{Alerts, NeverEnded, Unheard};
use engage_server::work::Around;
use engage_store::platform::{Alerts as _, Environment, OrganisationReads as _, Sighting, StoreError};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The alert of runs that never ended.
const NEVER_ENDED: &str = "runs.never-ended";
/// The alert of booked meetings that do not come into the CRM.
const NOT_WRITTEN: &str = "meetings.not-written";
/// The most playbooks and the most runs that an alert names.
const MOST_NAMED: usize = 50;

/// Raises alerts in the platform's database.
pub(super) struct Raised {
    pub(super) around: Around,
    pub(super) organisation: Uuid,
}

#[async_trait]
impl Alerts for Raised {
    async fn never_ended(&self, runs: &[NeverEnded]) -> Result<(), Unheard> {
        let raised = match self.environment().await {
            Ok(environment) => self.raise(NEVER_ENDED, "", environment, details(runs)).await,
            Err(error) => Err(error),
        };
        raised.map_err(|error| Unheard(format!("the alert could not be raised: {error}")))
    }
}

impl Raised {
    /// A meeting was booked, and there is neither a mapper of its use case nor a playbook in its place.
    pub(super) async fn not_written(&self, use_case: UseCase, environment: Environment) -> Result<(), StoreError> {
        self.raise(NOT_WRITTEN, &use_case.name(), environment, json!({"useCase": use_case.name()})).await
    }

    async fn raise(
        &self,
        kind: &str,
        subject: &str,
        environment: Environment,
        details: Json,
    ) -> Result<(), StoreError> {
        let Self { around, organisation } = self;
        let (organisation, now) = (*organisation, around.time.timestamp());
        let (id, kind, subject) = ((around.ids)(), kind.to_owned(), subject.to_owned());
        let seen = Sighting { organisation, id, environment, kind, subject, details };
        let alert = around.database.write(seen, move |tx, seen| Box::pin(tx.raise_alert(seen, now))).await?;
        if alert.count == 1 {
            tracing::warn!(%organisation, kind = alert.kind.as_str(), "an alert was raised");
        }
        Ok(())
    }

    /// Events of all environments start the playbooks: of those that the organisation has, the one that matters most.
    async fn environment(&self) -> Result<Environment, StoreError> {
        let open = self.around.database.reader().environments(self.organisation).await?;
        let has = |wanted: &Environment| open.iter().any(|found| found.environment == *wanted);
        Ok(Environment::ALL.into_iter().rfind(has).unwrap_or(Environment::Prod))
    }
}

/// What is told of runs: how many of which playbooks, since when, and which. No values.
fn details(runs: &[NeverEnded]) -> Json {
    let mut playbooks: BTreeMap<&str, u64> = BTreeMap::new();
    for run in runs {
        *playbooks.entry(run.playbook.as_str()).or_default() += 1;
    }
    playbooks = playbooks.into_iter().take(MOST_NAMED).collect();
    let oldest = runs.iter().map(|run| run.since).min().map(|since| since.to_string());
    let named: Vec<String> = runs.iter().take(MOST_NAMED).map(|run| run.key.run.to_string()).collect();
    json!({"runs": runs.len(), "oldest": oldest, "playbooks": playbooks, "named": named})
}

#[cfg(test)]
mod tests {
    use engage_engine::SemanticId;
    use engage_playbooks::run::{RunKey, Tenant};
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_alert_counts_all_runs_and_names_some() {
        let run = |n: i64| NeverEnded {
            key: RunKey { tenant: Tenant::new("here").unwrap(), run: Uuid::from_u128(n.unsigned_abs().into()) },
            playbook: SemanticId::new(if n % 3 == 0 { "visit" } else { "push" }).unwrap(),
            since: Timestamp::from_second(1_000 - n).unwrap(),
        };
        let told = details(&(0..90).map(run).collect::<Vec<_>>());
        assert_eq!(told["runs"], 90);
        assert_eq!(told["playbooks"], json!({"push": 60, "visit": 30}));
        assert_eq!(told["oldest"], Timestamp::from_second(911).unwrap().to_string());
        assert_eq!(told["named"].as_array().unwrap().len(), MOST_NAMED);
        assert_eq!(told["named"][1], Uuid::from_u128(1).to_string());
    }
}
