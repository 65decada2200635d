//! What travels between the services, and the names under which things are kept.

use engage_engine::ids::{RefId, SemanticId};
use engage_playbooks::run::{Attempt, Beginning, BlockFailure, RunKey, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What an object `EngageRun` is asked to do.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Go {
    /// Begin.
    Begin {
        /// How.
        beginning: Box<Beginning>,
    },
    /// Go on after its end.
    Retry {
        /// From this block.
        from: Option<RefId>,
        /// By whom.
        by: String,
    },
}

/// Somebody asks for something at a time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// An attempt at a block, for whichever worker makes it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ask {
    pub(crate) key: RunKey,
    pub(crate) beginning: Box<Beginning>,
    pub(crate) started_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) block: RefId,
    pub(crate) attempt: u32,
    pub(crate) failures: u32,
    pub(crate) input: Value,
    pub(crate) prepared: Option<Value>,
    pub(crate) in_doubt: bool,
}

impl Ask {
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt {
            block: self.block.clone(),
            attempt: self.attempt,
            failures: self.failures,
            input: self.input.clone(),
            prepared: self.prepared.clone(),
            in_doubt: self.in_doubt,
        }
    }
}

/// What an attempt came to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) at: Timestamp,
    /// What was prepared, where this attempt did.
    pub(crate) prepared: Option<Value>,
    pub(crate) result: EndedResult,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum EndedResult {
    Done { output: Value, trips: u32 },
    Failed { failure: BlockFailure, retry_at: Option<Timestamp> },
}

/// The key of the object of a run: the tenant, which may hold any sign but a space, then the id, which holds no `/`.
pub(crate) fn run_key(key: &RunKey) -> String {
    format!("{}/{}", key.tenant, key.run)
}

/// The run of an object's key.
pub(crate) fn of_run_key(text: &str) -> Option<RunKey> {
    let (tenant, run) = text.rsplit_once('/')?;
    Some(RunKey { tenant: Tenant::new(tenant).ok()?, run: Uuid::parse_str(run).ok()? })
}

/// The key of the object that runs of one subject go through.
pub(crate) fn subject_key(tenant: &Tenant, playbook: &SemanticId, subject: &str) -> String {
    format!("{tenant}/{playbook}/{subject}")
}

/// The key of the object of a playbook's schedule.
pub(crate) fn schedule_key(tenant: &Tenant, playbook: &SemanticId) -> String {
    format!("{tenant}/{playbook}")
}

/// The schedule of an object's key.
pub(crate) fn of_schedule_key(text: &str) -> Option<(Tenant, SemanticId)> {
    let (tenant, playbook) = text.rsplit_once('/')?;
    Some((Tenant::new(tenant).ok()?, SemanticId::new(playbook).ok()?))
}

/// The name that a fact is kept under: sorted by name they stand in order.
pub(crate) fn fact_name(sequence: usize) -> String {
    format!("fact/{sequence:08}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_run_and_its_schedule_whatever_the_tenant_is_called() {
        for tenant in ["contoso", "a/b", "/", "x'y%_"] {
            let key = RunKey { tenant: Tenant::new(tenant).unwrap(), run: Uuid::from_u128(7) };
            assert_eq!(of_run_key(&run_key(&key)), Some(key.clone()));
            let of = (key.tenant, SemanticId::new("weekly").unwrap());
            assert_eq!(of_schedule_key(&schedule_key(&of.0, &of.1)), Some(of));
        }
        assert_eq!(of_run_key("contoso"), None);
        assert_eq!(of_run_key("contoso/7"), None);
    }

    #[test]
    fn facts_sort_by_their_names() {
        assert!(fact_name(9) < fact_name(10) && fact_name(99_999) < fact_name(100_000));
    }
}
