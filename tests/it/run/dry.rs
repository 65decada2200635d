//! A dry run shows the requests that an execution sends: all of them, no other, and sends none.

use std::sync::Mutex;

use engage_adapters::memory::MemoryCrm;
use engage_engine::adapter::{Adapter, AdapterError, Call, GroupError, Page, Query, Request, WriteGroup, Written};
use engage_engine::{Capabilities, CrmName, Execution, Identity, Input, Operation};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::starter::{capabilities, people, preparation};
use super::{World, block_on};

/// Notes what it is asked, as its previews would show it.
struct Noting<'a> {
    crm: &'a MemoryCrm,
    sent: Mutex<Vec<String>>,
}

fn line(request: &Request) -> String {
    format!("{} {} {}", request.method, request.target, request.body)
}

#[async_trait::async_trait]
impl Adapter for Noting<'_> {
    fn crm(&self) -> &CrmName {
        self.crm.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.crm.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        self.sent.lock().unwrap().extend(self.crm.preview_read(queries)?.iter().map(line));
        self.crm.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        self.sent.lock().unwrap().extend(self.crm.preview_write(group)?.iter().map(line));
        self.crm.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.crm.preview_write(group)
    }
}

fn same(world: &World, name: &str, can: &Capabilities, pattern: &str, operation: Operation, input: &Json) {
    let crm = world.crm(can.clone(), &people());
    let before = world.state(&crm);
    let noting = Noting { crm: &crm, sent: Mutex::default() };
    let pattern = world.catalog.pattern(world.crm, pattern).unwrap();
    let identity = || match pattern.escalation {
        Some(_) => Identity::Application,
        None => Identity::Employee("ann".into()),
    };
    let input = Input::from_json(pattern, input).unwrap();
    let execution =
        || Execution::new(pattern, operation, input.clone(), &noting, identity()).operation_key(Uuid::from_u128(1));
    let dry = execution().dry_run().unwrap();
    assert_eq!((world.state(&crm), crm.calls()), (before, Default::default()));
    let mut shown: Vec<String> = dry.requests.iter().map(|planned| line(&planned.request)).collect();
    block_on(execution().execute()).unwrap_or_else(|error| panic!("{} {name} {}: {error:?}", world.crm, pattern.id));
    let mut sent = noting.sent.into_inner().unwrap();
    // Those of one trip go at the same time.
    shown.sort();
    sent.sort();
    assert_eq!(shown, sent, "{} {name} {} {operation}", world.crm, pattern.id);
}

#[test]
fn what_is_shown_is_what_is_sent() {
    for crm in ["dataverse", "salesforce"] {
        let world = World::starter(crm);
        let ids = preparation(&json!([{"Id": "ben"}, {"Id": "cora"}]));
        for (name, can) in capabilities(crm) {
            same(&world, name, &can, "customer-overview", Operation::Read, &json!({"account": {"Id": "acme"}}));
            // Ids that only the CRM makes are placeholders, where an answer has to come before they are needed.
            if can.caller_ids || can.atomic_group.is_some() && can.back_references && name != "batch-of-2" {
                same(&world, name, &can, "internal-meeting", Operation::Create, &ids);
            }
        }
    }
}
