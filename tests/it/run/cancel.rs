//! The future dropped at every point at which it waits, then the same execution again: the same end, nothing twice.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use engage_adapters::memory::MemoryCrm;
use engage_engine::adapter::{Adapter, AdapterError, Call, GroupError, Page, Query, Request, WriteGroup, Written};
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::{Capabilities, CrmName, Input, Operation, Outcome, RunError};
use serde_json::{Value as Json, json};

use super::starter::{capabilities, people, preparation};
use super::{World, block_on};

/// Waits once before each call has its effect and once after.
struct Waiting<'a>(&'a MemoryCrm);

/// Ready the second time it is asked.
async fn wait() {
    let mut asked = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait::async_trait]
impl Adapter for Waiting<'_> {
    fn crm(&self) -> &CrmName {
        self.0.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        wait().await;
        let answer = self.0.read(call, queries).await;
        wait().await;
        answer
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        wait().await;
        let answer = self.0.write(call, group).await;
        wait().await;
        answer
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.0.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.0.preview_write(group)
    }
}

/// Polls so many times; then drops the future. `None`: it had not come to its end.
fn poll(future: impl Future<Output = Result<Outcome, RunError>>, times: usize) -> Option<Result<Outcome, RunError>> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    })
}

/// One operation on a CRM with these records, dropped at every point.
struct Job<'a> {
    world: &'a World,
    state: Json,
    pattern: &'static str,
    operation: Operation,
    input: Json,
}

impl Job<'_> {
    /// At how many points it was dropped.
    fn endure(&self, name: &str, capabilities: &Capabilities) -> usize {
        let Self { world, state, pattern, operation, input } = self;
        let good = world.crm(capabilities.clone(), state);
        block_on(world.run(&good, pattern, *operation, input)).unwrap();
        let expected = world.state(&good);
        for polls in 1..200 {
            let crm = world.crm(capabilities.clone(), state);
            let first = poll(world.run(&Waiting(&crm), pattern, *operation, input), polls);
            let place = format!("{} {pattern} {name}, dropped after {polls} polls", world.crm);
            if let Some(outcome) = first {
                assert!(outcome.is_ok(), "{place}: {outcome:?}");
                return polls;
            }
            let again = block_on(world.run(&crm, pattern, *operation, input));
            assert!(again.is_ok(), "{place}: {:?}", again.err());
            assert_eq!(world.state(&crm), expected, "{place}");
        }
        panic!("{pattern} never comes to its end");
    }
}

#[test]
fn dropped_anywhere_the_same_execution_again_ends_the_same() {
    let owner = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "ann@bank.example"}});
    for crm_name in ["dataverse", "salesforce"] {
        let world = World::starter(crm_name);
        let mut found = preparation(&json!([{"Id": "ben"}, {"Id": "cora"}]));
        found["owner"] = owner.clone();
        let pattern = world.catalog.pattern(crm_name, "internal-meeting").unwrap();
        let shape = InputShape::of(pattern, &Input::from_json(pattern, &found).unwrap());
        for (name, capabilities) in capabilities(crm_name) {
            // Without a key a create that was dropped may have taken effect, and nothing tells.
            if plan(pattern, Operation::Create, &shape, &capabilities).unwrap().figures.once == Answer::Yes {
                let job = Job {
                    world: &world,
                    state: people(),
                    pattern: "internal-meeting",
                    operation: Operation::Create,
                    input: found.clone(),
                };
                assert!(job.endure(name, &capabilities) > 4);
            }
        }
    }
}

const MODEL: &str = r#"
entity event "Event" on crm event {
  Subject -> subject
  Primary -> primary ref note
}
entity note "Note" on crm note {
  Title -> title
  Key -> key
  EventId -> event ref event
  key (Title)
  idempotency Key
}
pattern set "A set that is replaced" {
  event : event
  notes[] : note optional replace
  extra : note optional match (Title)
  notes.EventId = event.Id
  event.Primary = extra.Id optional
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  event: {key: id, columns: {subject: {type: String}, primary: {type: Ref, targets: [note]}}}
  note:
    key: id
    columns: {title: {type: String}, key: {type: String, unique: true}, event: {type: Ref, targets: [event]}}
    keys: [[title]]
";

#[test]
fn a_replaced_set_and_a_match_survive_it_too() {
    let world = World::written("crm", MODEL, SCHEMA);
    let state = json!({
        "event": [{"Id": "e1", "Subject": "Old"}],
        "note": [{"Id": "n1", "Title": "one", "EventId": "e1"}, {"Id": "n2", "Title": "two", "EventId": "e1"}],
    });
    let input = json!({"event": {"Id": "e1", "Subject": "New"}, "extra": {"Title": "free"},
        "notes": [{"Id": "n2", "Title": "TWO"}, {"Title": "three"}]});
    for (name, capabilities) in engage_adapters::memory::presets::all() {
        let state = {
            let mut state = state.clone();
            state["note"].as_array_mut().unwrap().push(json!({"Id": "n9", "Title": "free"}));
            state
        };
        let job = Job { world: &world, state, pattern: "set", operation: Operation::Update, input: input.clone() };
        assert!(job.endure(name, &capabilities) > 4);
    }
}
