//! The CRM, and whether it can be used: as `engage verify --live` asks it, within a time, and without the CRM's own words.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::targets;
use engage_dsl::render;
use engage_engine::CrmName;
use engage_engine::adapter::AdapterErrorKind;
use engage_engine::problem::Severity;
use engage_engine::verify::{Facts, verify};
use engage_server::management::ports::{
    Check, CheckName, CheckOutcome, Connection as Told, Connections, Reach, Tested, Verified,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::findings::Files;
use crate::commands::serve::connections::Probe;
use crate::commands::verify::{Check as Found, Outcome, identities};
use crate::connection::Connection;
use crate::workspace::Loaded;

/// How long a CRM may take to say who signs in, and then what its entities are like: both together less than a request may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// The one CRM of the process.
pub(super) struct Crms {
    loaded: Arc<Loaded>,
    folder: PathBuf,
    crm: CrmName,
    probe: Probe,
    /// One at a time asks: what a CRM allows is for those who work.
    asking: Mutex<()>,
}

impl Crms {
    pub(super) fn new(loaded: Arc<Loaded>, folder: PathBuf, crm: CrmName, probe: Probe) -> Self {
        Self { loaded, folder, crm, probe, asking: Mutex::new(()) }
    }

    fn connection(&self) -> Option<&Connection> {
        match &self.probe {
            Probe::Live(connection) | Probe::Sandbox(connection) => Some(connection),
            Probe::Simulated => None,
        }
    }

    /// Asks within the time, one after the other.
    async fn asked<T>(&self, ask: impl Future<Output = T>) -> Option<T> {
        let one_after_the_other = async {
            let _asking = self.asking.lock().await;
            ask.await
        };
        timeout(PATIENCE, one_after_the_other).await.ok()
    }

    /// What the CRM says of its entities, and how asking came out.
    async fn metadata(&self, connection: &Connection) -> (Option<Facts>, Check) {
        let name = CheckName::Metadata;
        match self.asked(connection.told()).await {
            Some(Ok(facts)) => (Some(facts), passed(name, "its entities are known")),
            Some(Err(error)) => (None, failed(name, word(&error.kind), error.kind.to_string())),
            None => (None, late(name)),
        }
    }

    /// What differs between the definitions and what the CRM says.
    fn held(&self, facts: &Facts, checks: Vec<Check>) -> Verified {
        let workspace = &self.loaded.workspace;
        let problems = verify(&workspace.model, &self.crm, facts);
        let mut diagnostics: Vec<_> = problems.iter().map(|problem| workspace.diagnostic(problem)).collect();
        render::sort(&mut diagnostics);
        let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
        Verified {
            passed: errors == 0 && holds(&checks),
            checks,
            definitions: self.loaded.catalog.entities(self.crm.as_str()).count(),
            errors,
            warnings: diagnostics.len() - errors,
            problems: Files::of(workspace, &self.folder).findings(&diagnostics),
        }
    }

    async fn looked(&self) -> Vec<Check> {
        let Some(connection) = self.connection() else {
            return vec![not_asked(CheckName::Application, "it is simulated: nobody signs in")];
        };
        match self.asked(identities(connection)).await {
            Some(found) => found.iter().filter_map(told).collect(),
            None => vec![late(CheckName::Application)],
        }
    }
}

#[async_trait]
impl Connections for Crms {
    fn list(&self) -> Vec<Told> {
        let name = targets::for_crm(&self.crm).map_or_else(|| self.crm.to_string(), |can| can.name);
        let reach = match self.probe {
            Probe::Live(_) => Reach::Live,
            Probe::Sandbox(_) => Reach::Sandbox,
            Probe::Simulated => Reach::Simulated,
        };
        vec![Told {
            crm: self.crm.to_string(),
            name,
            reach,
            acts_for_employees: self.connection().is_some_and(Connection::acts_for_employees),
            expected_user: self.connection().and_then(Connection::expected_user).map(str::to_owned),
        }]
    }

    async fn test(&self, crm: &str) -> Option<Tested> {
        if crm != self.crm.as_str() {
            return None;
        }
        let checks = self.looked().await;
        Some(Tested { passed: holds(&checks), checks })
    }

    async fn verify(&self, crm: &str) -> Option<Verified> {
        if crm != self.crm.as_str() {
            return None;
        }
        let mut checks = self.looked().await;
        let (facts, check) = match self.connection() {
            // Who is not let in is not told what there is either.
            Some(_) if !holds(&checks) => (None, not_asked(CheckName::Metadata, "nobody could sign in")),
            Some(connection) => self.metadata(connection).await,
            None => (None, not_asked(CheckName::Metadata, "it is simulated: it is what the definitions say")),
        };
        checks.push(check);
        match facts {
            Some(facts) => Some(self.held(&facts, checks)),
            None => {
                let passed = holds(&checks);
                Some(Verified { passed, checks, definitions: 0, errors: 0, warnings: 0, problems: Vec::new() })
            }
        }
    }
}

fn holds(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.outcome != CheckOutcome::Failed)
}

fn passed(check: CheckName, detail: &str) -> Check {
    Check { check, outcome: CheckOutcome::Passed, reason: None, detail: detail.to_owned() }
}

fn not_asked(check: CheckName, detail: &str) -> Check {
    Check { check, outcome: CheckOutcome::NotAsked, reason: None, detail: detail.to_owned() }
}

fn failed(check: CheckName, reason: &str, detail: String) -> Check {
    Check { check, outcome: CheckOutcome::Failed, reason: Some(reason.to_owned()), detail }
}

fn late(check: CheckName) -> Check {
    failed(check, "timed-out", format!("the CRM did not answer within {} seconds", PATIENCE.as_secs()))
}

/// A check of the command line as it is told over HTTP: the CRM's own words are left out, for they may hold values.
fn told(found: &Found) -> Option<Check> {
    let check = match found.check {
        "application" => CheckName::Application,
        "user" => CheckName::User,
        "employee" => CheckName::Employee,
        _ => return None,
    };
    Some(match (found.outcome, found.refusal()) {
        (Outcome::Passed, _) => passed(check, &found.detail),
        (Outcome::NotAsked, _) => not_asked(check, &found.detail),
        (Outcome::Failed, Some(kind)) => failed(check, word(kind), kind.to_string()),
        (Outcome::Failed, None) => failed(check, "other-user", found.detail.clone()),
    })
}

/// Why a CRM refused, in a word.
fn word(kind: &AdapterErrorKind) -> &'static str {
    match kind {
        AdapterErrorKind::Unauthenticated => "unauthenticated",
        AdapterErrorKind::Denied => "denied",
        AdapterErrorKind::Throttled { .. } => "throttled",
        AdapterErrorKind::QuotaExhausted { .. } => "quota-exhausted",
        AdapterErrorKind::Unavailable => "unavailable",
        _ => "other",
    }
}
