//! `engage run --crm sandbox`, and rights on a sandbox whose application has what it needs and no more.

use std::collections::{BTreeMap, BTreeSet};

use engage_adapters::dataverse::Dataverse;
use engage_adapters::targets;
use engage_cli::Exit;
use engage_dsl::Workspace;
use engage_engine::access::{Access, Differences, Holder, Right, access, differences};
use engage_engine::adapter::Call;
use engage_engine::{CrmName, Identity, Operation};
use engage_sandbox::dataverse::{Op, Role, Setup};
use engage_sandbox::{Options, STARTER_SCHEMAS, Sandbox};
use serde_json::Value as Json;

use crate::cli::engage;
use crate::environment::config;
use crate::readme::starter;

fn run(target: &str, more: &[&str]) -> crate::cli::Said {
    let input = format!("{}/inputs/three-advisors.input.yaml", starter());
    let workspace = starter();
    let mut arguments = vec!["run", "internal-meeting", "--op", "create", "--workspace", workspace.as_str()];
    arguments.extend(["--crm", "sandbox", "--target", target, "--input", input.as_str()]);
    arguments.extend(more);
    engage(&arguments)
}

#[test]
fn the_main_job_is_one_request_on_either_protocol() {
    for (target, request) in
        [("dataverse", "POST /api/data/v9.2/$batch"), ("salesforce", "POST /services/data/v66.0/composite/graph")]
    {
        let said = run(target, &["--format", "json"]);
        assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
        let told: Json = serde_json::from_str(&said.out).unwrap();
        let requests = told["sandbox"].as_array().unwrap();
        assert_eq!((requests.len(), &told["simulated"]), (1, &Json::Bool(false)), "{target}: {requests:?}");
        let (method, at) = request.split_once(' ').unwrap();
        assert_eq!(
            (&requests[0]["method"], &requests[0]["target"], &requests[0]["status"]),
            (&Json::from(method), &Json::from(at), &Json::from(200))
        );
        assert_eq!(told["outcome"]["invites"].as_array().unwrap().len(), 3);
        let ids = |part: &str| told["outcome"][part][0]["Id"].as_str().unwrap().len();
        assert_eq!(ids("event"), if target == "dataverse" { 36 } else { 18 }, "ids are the CRM's own");
    }
}

#[test]
fn what_a_dry_run_shows_names_records_by_the_ids_they_have() {
    let said = run("dataverse", &["--dry-run"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""));
    assert!(said.out.contains("regardingobjectid_account_appointment@odata.bind") && !said.out.contains("(acme)"));
}

#[test]
fn what_a_sandbox_cannot_be_is_told() {
    let said = engage(&["run", "internal-meeting", "--op", "read", "--workspace", &starter(), "--crm", "sandbx"]);
    assert!(said.exit == Exit::Usage && said.err.contains("sandbx"), "{}", said.err);
    let said = run("dataverse", &["--capabilities", "no-joins"]);
    assert!(said.exit == Exit::Usage && said.err.contains("`--capabilities` is for simulated CRMs"), "{}", said.err);
    let folder = tempfile::TempDir::new().unwrap();
    let state = folder.path().join("s.yaml");
    std::fs::write(&state, "account:\n  - {Id: a, Name: A, OwnerId: nobody}\n").unwrap();
    let said = run("salesforce", &["--state", state.to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains(":2:5") && said.err.contains("`account` `a`"), "{}", said.err);
}

#[test]
fn records_that_refer_to_one_another_and_travel_inside_others_are_put_in() {
    let folder = tempfile::TempDir::new().unwrap();
    let state = folder.path().join("s.yaml");
    let text = "\
contact: [{Id: kari, LastName: Nordmann, AccountId: acme}]
attendee: [{Id: x, MeetingId: m, EmployeeId: ben, Role: Required}]
meeting: [{Id: m, Subject: S, Start: 2026-11-30T08:00:00Z, End: 2026-11-30T09:00:00Z, AccountId: acme, OwnerId: ann}]
event-detail: [{Id: d, MeetingId: m, MeetingType: Online}]
account: [{Id: acme, Name: Acme, PrimaryContactId: kari}]
employee: [{Id: ann, LastName: Berg}, {Id: ben, LastName: Dahl}]
";
    std::fs::write(&state, text).unwrap();
    let input = folder.path().join("in.yaml");
    std::fs::write(&input, "event: {Id: m}\n").unwrap();
    for target in ["dataverse", "salesforce"] {
        let (state, input) = (state.to_str().unwrap(), input.to_str().unwrap());
        let workspace = starter();
        let said = engage(&[
            "run",
            "internal-meeting",
            "--op",
            "read",
            "--workspace",
            &workspace,
            "--crm",
            "sandbox",
            "--target",
            target,
            "--state",
            state,
            "--input",
            input,
            "--format",
            "json",
        ]);
        assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""), "{target}");
        let told: Json = serde_json::from_str(&said.out).unwrap();
        let found = &told["outcome"]["Results"][0];
        assert_eq!(found["account"][0]["Name"], "Acme", "{target}: {found:#}");
        assert_eq!(found["owner"][0]["LastName"], "Berg", "{target}");
        assert_eq!(found["advisors"][0]["LastName"], "Dahl", "{target}: {found:#}");
    }
}

/// The needs of the application: of the starter's patterns that declare it, all operations.
fn needs() -> Vec<Access> {
    let catalog = Workspace::load(starter()).unwrap().catalog().unwrap();
    let patterns = catalog.patterns("dataverse").map(|pattern| &**pattern);
    let all = access(patterns, &Operation::ALL, &targets::dataverse());
    all.into_iter().filter(|need| need.holder == Holder::Application).collect()
}

fn op(right: Right) -> Op {
    match right {
        Right::Create => Op::Create,
        Right::Read => Op::Read,
        Right::Write => Op::Write,
        Right::Delete => Op::Delete,
        Right::Append => Op::Append,
        Right::AppendTo => Op::AppendTo,
    }
}

/// What `access --live` finds of an application with these operations by table.
async fn found(tables: BTreeMap<String, BTreeSet<Op>>, closed: &[&str], act_on_behalf: bool) -> Differences {
    let closed_columns = closed.iter().map(|name| (*name).to_owned()).collect();
    let role = Role { name: "engage".to_owned(), tables, closed_columns, act_on_behalf };
    let options = Options {
        schemas: STARTER_SCHEMAS.map(str::to_owned).into(),
        dataverse_setup: Setup { roles: vec![role], ..Setup::default() },
        ..Options::default()
    };
    let running = Sandbox::start(options).await.unwrap();
    let catalog = Workspace::load(starter()).unwrap().catalog().unwrap();
    let crm = Dataverse::new(config(&running), &catalog, CrmName::new("dataverse").unwrap()).unwrap();
    let call = Call { identity: Identity::Application, run: String::new(), timeout: None };
    differences(&needs(), &crm.grants(&call).await.unwrap())
}

fn least() -> BTreeMap<String, BTreeSet<Op>> {
    let mut tables: BTreeMap<String, BTreeSet<Op>> = BTreeMap::new();
    for need in needs().into_iter().filter(|need| need.inside.is_none()) {
        tables.entry(need.crm_type).or_default().extend(need.rights.into_iter().map(op));
    }
    tables
}

#[tokio::test]
async fn the_least_is_enough_and_no_more() {
    let exact = found(least(), &[], false).await;
    let told = |differences: &Differences| {
        let words = |list: &[engage_engine::access::Difference]| {
            let word = |one: &engage_engine::access::Difference| one.privilege.clone().or(one.column.clone());
            list.iter().filter_map(word).collect::<Vec<String>>()
        };
        (words(&differences.missing), words(&differences.excess))
    };
    let columns_alone = exact.excess.iter().all(|one| one.column.is_some());
    assert!(exact.missing.is_empty() && columns_alone, "{:?}", told(&exact));

    let mut less = least();
    less.get_mut("lead").unwrap().remove(&Op::Create);
    let (missing, _) = told(&found(less, &[], false).await);
    assert_eq!(missing, ["prvCreateLead"]);

    let mut more = least();
    more.entry("opportunity".to_owned()).or_default().insert(Op::Delete);
    let (missing, excess) = told(&found(more, &[], true).await);
    assert!(missing.is_empty() && excess.contains(&"prvDeleteOpportunity".to_owned()), "{excess:?}");
    assert!(excess.contains(&"prvActOnBehalfOfAnotherUser".to_owned()), "{excess:?}");

    let (missing, _) = told(&found(least(), &["lead.emailaddress1"], false).await);
    assert!(missing.contains(&"emailaddress1".to_owned()), "{missing:?}");
}
