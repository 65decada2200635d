//! Filters as both adapters write them, with the conditions they come from: one JSON object per line, for parsers nobody
//! here wrote (`tests/quoting/run.sh`).
//!
//! `quoting [NUMBER OF RANDOM CASES] [SEED]`
//!
//! The first line of a CRM names its fields: `{"crm", "fields": {abstract name: {"wire": [names], "kind"}}}`. Each other line
//! is a request with what it has to mean: `{"crm", "request", "queries": [{"condition", "rows"}]}`. A condition is a tree of
//! `and`, `or`, `not` and `test`; rows are there to try it on, by abstract name. The names of choices stand as the CRM
//! stores them. `"fetch": true` marks queries in FetchXML, with one joined table.

use engage_adapters::dataverse::{self, Dataverse};
use engage_adapters::http::{HttpOptions, Secret};
use engage_adapters::salesforce::{self, Salesforce};
use engage_dsl::Workspace;
use engage_engine::adapter::{Call, Join, Query};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::{Adapter, CrmName, FieldType, Identity};
use engage_sandbox::{Options, Sandbox};
use serde_json::{Map, Value as Json, json};

#[path = "quoting/cases.rs"]
mod cases;
#[path = "quoting/dice.rs"]
mod dice;

use cases::{Case, tree};
use dice::Dice;

const WORKSPACE: &str = "
entity person \"Person\" on dataverse contact {
  Id -> contactid
}
entity person \"Person\" on salesforce User {
  Id -> Id
}
entity account \"Account\" on dataverse account {
  Id        -> accountid
  Name      -> name
  City      -> address1_city
  Size      -> numberofemployees      int
  Revenue   -> revenue                decimal
  Seen      -> createdon              datetime readonly
  Used      -> lastusedincampaign     datetime
  Silent    -> donotemail             boolean
  Industry  -> industrycode           choice { acc = 1, bro = 4 }
  PersonId -> primarycontactid       ref person via primarycontactid
}
entity account \"Account\" on salesforce Account {
  Id        -> Id
  Name      -> Name
  City      -> BillingCity
  Size      -> NumberOfEmployees      int
  Revenue   -> AnnualRevenue          decimal
  Seen      -> CreatedDate            datetime readonly
  Used      -> SystemModstamp         datetime readonly
  Silent    -> IsDeleted              boolean readonly
  Industry  -> Industry               choice { acc = \"Agriculture\", bro = \"Banking\" }
  PersonId -> OwnerId                ref person via Owner
}
";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let number = arguments.next().map_or(400, |text| text.parse().expect("a number of cases"));
    let seed = arguments.next().map_or(1, |text| text.parse().expect("a seed"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(write(number, seed));
}

async fn write(number: usize, seed: u64) {
    let running = Sandbox::start(Options::default()).await.expect("a sandbox");
    let catalog = Workspace::from_sources([("account.engage", WORKSPACE)]).catalog().expect("a sound workspace");
    let call = Call { identity: Identity::Application, run: String::new(), timeout: None };
    let crm = |name: &str| CrmName::new(name).expect("a name");
    let ready = running.ready();

    let adapter = Dataverse::new(on_dataverse(&ready["dataverse"]), &catalog, crm("dataverse")).expect("an adapter");
    adapter.metadata(&call).await.expect("metadata");
    show(&adapter, &catalog, number, seed);
    show_joined(&adapter, &catalog, number, seed);

    let adapter =
        Salesforce::new(on_salesforce(&ready["salesforce"]), &catalog, crm("salesforce")).expect("an adapter");
    adapter.metadata(&call).await.expect("metadata");
    show(&adapter, &catalog, number, seed);
}

/// Prints every case of a CRM.
fn show(adapter: &dyn Adapter, catalog: &Catalog, number: usize, seed: u64) {
    let crm = adapter.crm().as_str();
    let entity = catalog.entity(crm, "account").expect("the entity");
    println!("{}", json!({"crm": crm, "fields": fields(entity)}));
    let mut dice = Dice::new(seed);
    let hostile = cases::hostile(entity);
    let random = (0..number).map(|_| (0..1 + dice.below(8) / 7).map(|_| cases::random(entity, &mut dice)).collect());
    for conditions in hostile.into_iter().map(|condition| vec![condition]).chain(random.collect::<Vec<Vec<Case>>>()) {
        let queries: Vec<Query> = conditions.iter().map(|case| query(entity, case)).collect();
        let requests = adapter.preview_read(&queries).expect("a query that the adapter can send");
        let [request] = requests.as_slice() else { panic!("{} requests for one read", requests.len()) };
        let queries: Vec<Json> = conditions
            .iter()
            .map(|case| json!({"condition": tree(entity, case), "rows": cases::rows(entity, case, &mut dice)}))
            .collect();
        let request = json!({"method": request.method, "target": request.target, "body": request.body});
        println!("{}", json!({"crm": crm, "request": request, "queries": queries}));
    }
}

/// Prints queries of Dataverse that only FetchXML can say: accounts with the accounts that are named after their city, with a
/// condition on either. `queries` holds both conditions, the outer one first.
fn show_joined(adapter: &dyn Adapter, catalog: &Catalog, number: usize, seed: u64) {
    let entity = catalog.entity(adapter.crm().as_str(), "account").expect("the entity");
    let position = |name: &str| entity.position(name).expect("a field");
    let mut dice = Dice::new(seed);
    let hostile = cases::hostile(entity);
    let random = (0..number / 2).map(|_| cases::random(entity, &mut dice)).collect::<Vec<_>>();
    for outer in hostile.into_iter().chain(random).filter(|case| !cases::is_long(case)) {
        let inner = cases::random(entity, &mut dice);
        let child = query(entity, &inner);
        let join = Join { parent_field: position("City"), child_field: position("Name"), query: child };
        let joined = Query { joins: vec![join], ..query(entity, &outer) };
        let requests = adapter.preview_read(&[joined]).expect("a query that the adapter can send");
        let [request] = requests.as_slice() else { panic!("{} requests for one read", requests.len()) };
        let queries = [&outer, &inner]
            .map(|case| json!({"condition": tree(entity, case), "rows": cases::rows(entity, case, &mut dice)}));
        let request = json!({"method": request.method, "target": request.target, "body": request.body});
        println!("{}", json!({"crm": "dataverse", "fetch": true, "request": request, "queries": queries}));
    }
}

fn query(entity: &std::sync::Arc<Entity>, case: &Case) -> Query {
    let entity = std::sync::Arc::clone(entity);
    Query { entity, select: Vec::new(), filter: Some(case.clone()), sort: None, limit: None, joins: Vec::new() }
}

/// What the fields are called on the wire: by the property, and by the column where it differs.
fn fields(entity: &Entity) -> Map<String, Json> {
    let one = |field: &engage_engine::catalog::EntityField| {
        let column = cases::column(field).to_owned();
        let reference = matches!(field.field_type, FieldType::Ref(_)) && field.name.as_str() != "Id";
        let reference = reference && entity.crm.as_str() == "dataverse";
        let wire = if reference { vec![format!("_{column}_value"), column] } else { vec![column] };
        (field.name.to_string(), json!({"wire": wire, "kind": format!("{}", field.field_type)}))
    };
    entity.fields.iter().map(one).collect()
}

fn text(facts: &Json, name: &str) -> String {
    facts[name].as_str().expect("a fact of the ready line").to_owned()
}

fn on_dataverse(facts: &Json) -> dataverse::Config {
    dataverse::Config {
        url: text(facts, "url"),
        token_url: text(facts, "token_url"),
        client_id: text(facts, "client_id"),
        client_secret: Secret::new(text(facts, "client_secret")),
        scope: None,
        assertions: None,
        impersonate: false,
        http: HttpOptions::default(),
    }
}

fn on_salesforce(facts: &Json) -> salesforce::Config {
    salesforce::Config {
        login_url: text(facts, "url"),
        client_id: text(facts, "client_id"),
        client_secret: Some(Secret::new(text(facts, "client_secret"))),
        signing_key: None,
        username: None,
        audience: None,
        usernames: None,
        api_version: None,
        http: HttpOptions::default(),
    }
}
