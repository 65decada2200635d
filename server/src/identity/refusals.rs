//! What the audit log has of refusals: of the same one, one entry in an hour by each server.
//!
//! Whoever is refused comes again, programs many times a second; and whoever means to fill the log comes with ever more accounts. So
//! neither is every attempt an entry, nor are there ever more than so many entries of an organisation. How often somebody was refused,
//! the counters and the log of the server say.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use engage_store::platform::{Audit as _, AuditEntry, Database, StoreError};
use uuid::Uuid;

/// The most entries of an organisation in an hour.
const MOST: usize = 1_000;

/// Writes refusals down. Clones count together.
#[derive(Debug, Clone)]
pub struct Refusals {
    database: Database,
    hasher: RandomState,
    written: Arc<Mutex<Written>>,
}

/// What was written in an hour.
#[derive(Debug, Default)]
struct Written {
    hour: i64,
    of: HashMap<Uuid, HashSet<u64>>,
}

impl Refusals {
    /// Into the audit log of a database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, hasher: RandomState::new(), written: Arc::default() }
    }

    /// Writes an entry down, unless one of the same actor, event and details was in the same hour. That it cannot be written down changes
    /// nothing for whoever is refused.
    pub async fn write(&self, entry: AuditEntry) {
        if !self.is_due(&entry) {
            return;
        }
        let work = self.database.write(entry, |tx, entry| Box::pin(async move { tx.append_audit(entry).await }));
        let written: Result<(), StoreError> = work.await;
        if let Err(error) = written {
            tracing::warn!(%error, "it is not written down that somebody was refused");
        }
    }

    fn is_due(&self, entry: &AuditEntry) -> bool {
        let AuditEntry { organisation, at, actor, event, details, .. } = entry;
        let same = self.hasher.hash_one((actor, event, details.to_string()));
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = at.as_second().div_euclid(3600);
        if written.hour != hour {
            *written = Written { hour, of: HashMap::new() };
        }
        let of = written.of.entry(*organisation).or_default();
        if of.len() >= MOST {
            return false;
        }
        let is_due = of.insert(same);
        if of.len() == MOST {
            tracing::warn!(%organisation, "no more refusals are written down in this hour");
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use engage_store::platform::{AuditOutcome, Options};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn entry(of: u128, actor: &str, second: i64) -> AuditEntry {
        AuditEntry {
            organisation: Uuid::from_u128(of),
            at: Timestamp::from_second(1_780_000_000 / 3600 * 3600 + second).unwrap(),
            actor: actor.to_owned(),
            source: None,
            correlation: None,
            event: "e".to_owned(),
            outcome: AuditOutcome::Refused,
            details: json!({}),
        }
    }

    #[tokio::test]
    async fn the_same_is_written_once_an_hour_and_no_organisation_is_filled() {
        let refusals = Refusals::new(Database::in_memory(Options::default()).await.unwrap());
        let due = |of: u128, actor: &str, second: i64| refusals.is_due(&entry(of, actor, second));
        assert_eq!([due(1, "a", 0), due(1, "a", 3599), due(1, "b", 3599)], [true, false, true]);
        assert_eq!([due(1, "a", 3600), due(2, "a", 3600)], [true, true]);
        let many = (0..5 * MOST).filter(|n| due(1, &n.to_string(), 7000)).count();
        assert_eq!(many, MOST - 1, "one is there already");
        assert!(due(2, "b", 7000), "another organisation has a share of its own");
        assert_eq!(refusals.written.lock().unwrap().of[&Uuid::from_u128(1)].len(), MOST);
    }
}
