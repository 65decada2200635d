//! Where a CRM has no atomic groups: whichever write fails for good, what was made before is gone again.

use std::sync::Arc;

use engage_adapters::memory::{MemoryCrm, presets};
use engage_adapters::wrap::{Fault, FaultKind, Seen, When};
use engage_engine::adapter::{AdapterErrorKind, BatchLimits, WriteAction, WriteGroup};
use engage_engine::run::{Done, Undo};
use engage_engine::{Capabilities, Operation, RunError};
use serde_json::{Value as Json, json};

use super::starter::{people, preparation};
use super::{World, block_on};

/// An account and its primary contact refer to each other; the contact must have an account.
const MODEL: &str = r#"
entity account "Account" on crm account {
  Name -> name
  PrimaryId -> primary ref contact
}
entity contact "Contact" on crm contact {
  LastName -> last
  AccountId -> account ref account
}
entity note "Note" on crm note {
  Title -> title
  ContactId -> contact ref contact
}
pattern circle "Account with its primary contact" {
  account : account
  contact : contact
  notes[] : note optional
  contact.AccountId = account.Id
  account.PrimaryId = contact.Id deferred
  notes.ContactId = contact.Id
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  account: {key: id, columns: {name: {type: String}, primary: {type: Ref, targets: [contact]}}}
  contact: {key: id, columns: {last: {type: String}, account: {type: Ref, targets: [account], required: true}}}
  note: {key: id, columns: {title: {type: String}, contact: {type: Ref, targets: [contact]}}}
";

/// Without atomic groups: together in batches, in twos, and one by one.
fn piecemeal() -> Vec<Capabilities> {
    let most = |max| {
        let all = presets::no_atomic_groups();
        Capabilities { write_batch: BatchLimits { max, ..all.write_batch.clone() }, ..all }
    };
    let own_ids = Capabilities { caller_ids: false, ..most(2) };
    let no_back_references = Capabilities { caller_ids: false, back_references: false, ..most(10) };
    vec![most(1000), most(2), most(1), own_ids, no_back_references]
}

/// Whether a group undoes nothing: it makes something or sets a value.
fn does(group: &WriteGroup) -> bool {
    !group.writes.iter().any(|write| matches!(write.action, WriteAction::Delete { .. }))
}

struct Job<'a> {
    world: &'a World,
    state: Json,
    pattern: &'static str,
    input: Json,
}

impl Job<'_> {
    /// The first write of the n-th group is denied; `None` when there is no such group.
    fn fail(&self, capabilities: &Capabilities, group: usize) -> (Arc<MemoryCrm>, Option<RunError>) {
        let crm = Arc::new(self.world.crm(capabilities.clone(), &self.state));
        let counted = std::sync::atomic::AtomicUsize::new(0);
        let denied = move |seen: Seen<'_>| match seen {
            Seen::Write(writes) if does(writes) => counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == group,
            _ => false,
        };
        let kind = FaultKind::Writes([(0, AdapterErrorKind::Denied)].into());
        let faulty = Fault::new(crm.clone()).on(When::If(Arc::new(denied)), kind);
        let outcome = block_on(self.world.run(&faulty, self.pattern, Operation::Create, &self.input));
        (crm, outcome.err())
    }

    fn leaves_a_clean_slate(&self) {
        // Salesforce has no ids but its own.
        for capabilities in piecemeal().into_iter().filter(|can| self.world.crm != "salesforce" || !can.caller_ids) {
            let before = self.world.state(&self.world.crm(capabilities.clone(), &self.state));
            for group in 0.. {
                let (crm, error) = self.fail(&capabilities, group);
                let Some(error) = error else { break };
                let place = format!("{} in {}s, group {group}: {error:?}", self.pattern, capabilities.write_batch.max);
                assert_eq!(self.world.state(&crm), before, "{place}");
                assert!(error.context.compensated.iter().all(|undone| undone.result == Undo::Removed), "{place}");
                let effects = error.context.effects.parts.values().flatten();
                let made = effects.clone().filter(|effect| effect.outcome == Done::Created && effect.id.is_some());
                assert_eq!(made.count(), error.context.compensated.len(), "{place}");
                assert!(effects.clone().any(|effect| effect.outcome == Done::NotDone) || group > 1, "{place}");
            }
        }
    }
}

#[test]
fn whichever_write_is_denied_nothing_is_left() {
    let world = World::written("crm", MODEL, SCHEMA);
    let input =
        json!({"account": {"Name": "A"}, "contact": {"LastName": "B"}, "notes": [{"Title": "1"}, {"Title": "2"}]});
    Job { world: &world, state: json!({}), pattern: "circle", input }.leaves_a_clean_slate();
    for crm in ["dataverse", "salesforce"] {
        let world = World::starter(crm);
        let input = preparation(&json!([{"Id": "ben"}, {"Id": "cora"}]));
        Job { world: &world, state: people(), pattern: "internal-meeting", input }.leaves_a_clean_slate();
    }
}
