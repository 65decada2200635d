//! The starter library on Dataverse's protocol: the adapter over HTTP, against the sandbox, which shares no code with it.

use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::dataverse::{Config, Dataverse};
use engage_adapters::http::{Assertions, HttpOptions, Secret};
use engage_dsl::Workspace;
use engage_engine::adapter::{AdapterError, Call};
use engage_engine::run::{Execution, Outcome, RunError};
use engage_engine::verify::verify;
use engage_engine::{Adapter, CrmName, Identity, Input, Operation};
use engage_sandbox::server::{Fault, Rule};
use engage_sandbox::{Options, Running, Sandbox};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::readme::starter;

/// What an employee signed in with.
#[derive(Debug)]
struct SignedIn(String);

#[async_trait]
impl Assertions for SignedIn {
    async fn assertion(&self, _: &str) -> Result<Option<Secret>, AdapterError> {
        Ok(Some(Secret::new(self.0.clone())))
    }
}

fn id(number: u32) -> String {
    format!("11111111-0000-4000-8000-{number:012}")
}

struct Live {
    running: Running,
    workspace: Workspace,
    crm: Dataverse,
}

impl Live {
    /// A sandbox with a customer, its people and four employees.
    async fn start() -> Self {
        let schema = include_str!("../../server/sandbox/schemas/starter.dataverse.yaml").to_owned();
        let running = Sandbox::start(Options { schemas: vec![schema], ..Options::default() }).await.unwrap();
        running.seed(&seed()).unwrap();
        let workspace = Workspace::load(starter()).unwrap();
        let at = |name: &str| running.ready()["dataverse"][name].as_str().unwrap().to_owned();
        let mut users = running.ready()["dataverse"]["users"].as_object().unwrap().values();
        let user = users.find(|user| user["role"] == "Salesperson").unwrap()["assertion"].clone();
        let config = Config {
            url: at("url"),
            token_url: at("token_url"),
            client_id: at("client_id"),
            client_secret: Secret::new(at("client_secret")),
            scope: None,
            assertions: Some(Arc::new(SignedIn(user.as_str().unwrap().to_owned()))),
            impersonate: false,
            http: HttpOptions::default(),
        };
        let catalog = workspace.catalog().unwrap();
        let crm = Dataverse::new(config, &catalog, CrmName::new("dataverse").unwrap()).unwrap();
        let live = Self { running, workspace, crm };
        // Who waits for the first token and the metadata is not asked about here.
        live.crm.metadata(&live.call()).await.unwrap();
        live.running.clear_log();
        live
    }

    fn call(&self) -> Call {
        Call { identity: Identity::Employee("ann".to_owned()), run: String::new(), timeout: None }
    }

    async fn run(&self, pattern: &str, operation: Operation, input: Json) -> Result<Outcome, RunError> {
        let catalog = self.workspace.catalog().unwrap();
        let pattern = catalog.pattern("dataverse", pattern).unwrap();
        let input = Input::from_json(pattern, &input).unwrap_or_else(|problems| panic!("{problems:?}"));
        let identity = match pattern.escalation {
            Some(_) => Identity::Application,
            None => Identity::Employee("ann".to_owned()),
        };
        let run = Execution::new(pattern, operation, input, &self.crm as &dyn Adapter, identity);
        run.operation_key(Uuid::from_u128(7)).clock(&crate::run::Still).execute().await
    }

    /// The requests since the log was last emptied, tokens apart.
    fn requests(&self) -> Vec<String> {
        let log = self.running.log();
        let own = log.iter().filter(|entry| entry.target.starts_with("/api/data"));
        own.map(|entry| format!("{} {}", entry.method, entry.target.split('?').next().unwrap())).collect()
    }
}

fn seed() -> String {
    let employee = |number: u32, name: &str| {
        format!(
            "    - {{systemuserid: {}, firstname: {name}, lastname: Berg, employeeid: e-{number}, \
             domainname: {name}@bank.example, internalemailaddress: {name}@bank.example, \
             businessunitid@odata.bind: /businessunits({})}}\n",
            id(number),
            id(2)
        )
    };
    let people = (100..152).map(|number| {
        let account = id(1);
        format!(
            "    - {{contactid: {}, lastname: N{number}, parentcustomerid_account@odata.bind: /accounts({account})}}\n",
            id(number)
        )
    });
    let employees: String =
        [(11, "ann"), (12, "ben"), (13, "cora"), (14, "dan")].map(|(number, name)| employee(number, name)).concat();
    format!(
        "kind: SandboxSeed\ncrm: dataverse\nrows:\n  businessunits:\n    - {{businessunitid: {}, name: Advice}}\n  systemusers:\n{employees}  accounts:\n    - {{accountid: {}, \
         name: Acme, accountnumber: \"10042\"}}\n  contacts:\n{}",
        id(2),
        id(1),
        people.collect::<String>()
    )
}

fn preparation(subject: &str) -> Json {
    json!({
        "account": {"Id": id(1)}, "owner": {"Id": id(11)},
        "advisors": [{"Id": id(12)}, {"Id": id(13)}, {"Id": id(14)}],
        "event": {"Subject": subject, "Start": "2026-11-30T08:00:00Z", "End": "2026-11-30T08:30:00Z"},
        "detail": {"Topic": "Pension", "MeetingType": "Online"},
    })
}

#[tokio::test]
async fn an_internal_meeting_is_one_request_and_reads_back_in_one() {
    let live = Live::start().await;
    let made = live.run("internal-meeting", Operation::Create, preparation("Review")).await.unwrap();
    assert_eq!(live.requests(), ["POST /api/data/v9.2/$batch"]);
    let effects = made.effects().unwrap();
    assert_eq!(effects.part("invites").len(), 3);
    let event = effects.part("event")[0].id.clone().unwrap();

    live.running.clear_log();
    let read = live.run("internal-meeting", Operation::Read, json!({"event": {"Id": event}})).await.unwrap();
    assert_eq!(live.requests().len(), 1, "{:?}", live.requests());
    let found = read.to_json();
    let found = &found["Results"][0];
    assert_eq!(found["event"][0]["Subject"], "Review");
    assert_eq!(found["event"][0]["ShowAs"], "Busy");
    assert_eq!(found["account"][0]["Name"], "Acme");
    assert_eq!(found["owner"][0]["FirstName"], "ann");
    assert_eq!(found["detail"][0]["MeetingType"], "Online");
    assert_eq!(found["advisors"].as_array().unwrap().len(), 3, "{found:#}");

    let capitals = live.run("internal-meeting", Operation::Read, json!({"event": {"Id": event.to_uppercase()}})).await;
    assert_eq!(capitals.unwrap().to_json()["Results"].as_array().unwrap().len(), 1, "an id in capitals is the same id");
}

#[tokio::test]
async fn an_owner_found_by_a_filter_costs_one_request_more() {
    let live = Live::start().await;
    let mut input = preparation("Found");
    input["owner"] = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "ANN@bank.example"}});
    live.run("internal-meeting", Operation::Create, input).await.unwrap();
    assert_eq!(live.requests(), ["GET /api/data/v9.2/systemusers", "POST /api/data/v9.2/$batch"]);
}

#[tokio::test]
async fn a_customer_with_fifty_two_people_is_read_in_one_request() {
    let live = Live::start().await;
    let read = live.run("customer-overview", Operation::Read, json!({"account": {"Id": id(1)}})).await.unwrap();
    assert_eq!(live.requests(), ["GET /api/data/v9.2/accounts"]);
    let found = read.to_json();
    assert_eq!(found["Results"][0]["contacts"].as_array().unwrap().len(), 25, "the pattern asks for the first 25");
    assert_eq!(found["Results"][0]["contacts"][24]["LastName"], "N124");
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_nothing_is_made_twice() {
    let faults = [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Unavailable,
        Fault::Throttled { after: 1 },
        Fault::Unauthenticated,
        Fault::RowLocked,
        Fault::Truncated { bytes: 40 },
    ];
    for fault in faults {
        let live = Live::start().await;
        let rule = Rule {
            service: None,
            method: Some("POST".to_owned()),
            target: Some("$batch".to_owned()),
            skip: 0,
            times: 1,
            fault: fault.clone(),
        };
        assert!(live.running.set_faults(vec![rule]));
        let first = live.run("internal-meeting", Operation::Create, preparation("Once")).await;
        assert!(first.is_ok(), "{fault:?}: {:?}", first.err());
        let again = live.run("internal-meeting", Operation::Create, preparation("Once")).await;
        assert!(again.is_ok(), "{fault:?}, again: {:?}", again.err());
        let subject = json!({"meeting": {"$filter": {"field": "Subject", "operator": "Equals", "value": "Once"}}});
        let found = live.run("meeting-id-resolver", Operation::Read, subject).await;
        let found = found.unwrap_or_else(|error| panic!("{fault:?}: {error:?}")).to_json();
        assert_eq!(found["Results"].as_array().unwrap().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn the_starter_is_what_the_environment_says_of_itself() {
    let live = Live::start().await;
    let facts = live.crm.facts(&live.call()).await.unwrap();
    let problems = verify(&live.workspace.model, &CrmName::new("dataverse").unwrap(), &facts);
    let told: Vec<String> = problems.iter().map(|problem| format!("{}: {}", problem.code, problem.message)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    E0506: `isdisabled` can be set by an update, and not by a create
    E0506: `statecode` can be set by an update, and not by a create
    ");
    assert_eq!(live.requests(), ["POST /api/data/v9.2/$batch"], "asked in one request");
    assert!(live.crm.who_am_i(&live.call()).await.is_ok());
}

#[tokio::test]
async fn what_a_dry_run_shows_is_what_is_sent() {
    let live = Live::start().await;
    let catalog = live.workspace.catalog().unwrap();
    let pattern = catalog.pattern("dataverse", "internal-meeting").unwrap();
    let input = Input::from_json(pattern, &preparation("Shown")).unwrap();
    let identity = Identity::Employee("ann".to_owned());
    let dry = Execution::new(pattern, Operation::Create, input, &live.crm as &dyn Adapter, identity);
    let shown = dry.operation_key(Uuid::from_u128(7)).dry_run().unwrap().requests;
    assert!(live.requests().is_empty());
    live.run("internal-meeting", Operation::Create, preparation("Shown")).await.unwrap();
    let log = live.running.log();
    let sent = log.iter().find(|entry| entry.target.ends_with("$batch")).unwrap();
    assert_eq!((shown.len(), shown[0].request.target.as_str()), (1, sent.target.as_str()));
    assert_eq!(Some(&shown[0].request.body), sent.body.as_ref());
}
