//! What the Management API shows of the workspace, its runs and its CRM: the starter package on the CRMs of a sandbox.

use serde_json::{Value as Json, json};

use crate::kit::Server;
use crate::sandbox::{provision, send, text, until, with_data};

/// A call of the Management API in a role.
fn call(server: &Server, role: &str, method: &str, path: &str, body: &Json) -> (u16, Json) {
    let token = text(&server.ready, &format!("/tokens/{role}"));
    send(server, token, method, &format!("/api/management/v1{path}"), body)
}

fn get(server: &Server, path: &str) -> Json {
    let (status, told) = call(server, "configurator", "GET", path, &Json::Null);
    assert_eq!(status, 200, "{path}: {told}");
    told
}

fn post(server: &Server, role: &str, path: &str, body: &Json) -> (u16, Json) {
    call(server, role, "POST", path, body)
}

fn values<'v>(list: &'v Json, member: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[member].as_str().unwrap()).collect()
}

/// What the workspace says: lists, items in both spellings, CRMs, plans.
fn workspace(server: &Server, crm: &str) {
    let told = get(server, "/workspace");
    assert_eq!(
        (&told["crm"], &told["crms"], &told["mappers"]),
        (&json!(crm), &json!(["dataverse", "salesforce"]), &json!(4))
    );
    assert!(told["definitions"].as_u64() > Some(10) && told["startedByEvents"].as_u64() > Some(5), "{told}");
    let definitions = get(server, "/workspace/definitions");
    assert_eq!(definitions.as_array().unwrap().len() as u64, told["definitions"].as_u64().unwrap());
    let lead = get(server, "/workspace/definitions/salesforce/lead");
    assert!(text(&lead, "/source").starts_with("entity lead \"Lead\" on salesforce Lead {"), "{lead}");
    assert_eq!((&lead["model"]["kind"], &lead["model"]["crm"]), (&json!("EntityDefinition"), &json!("salesforce")));
    assert_eq!(lead["item"]["file"], "definitions/lead.engage", "below the workspace, and nothing of this machine");
    let mappers = get(server, "/workspace/mappers");
    assert!(values(&mappers, "id").contains(&"CustomerOverviewAccountIdResolver"));
    let resolver = get(server, "/workspace/mappers/CustomerOverviewAccountIdResolver");
    assert_eq!(resolver["item"]["mapper"], json!({"pattern": "account-id-resolver", "field": "account.Id"}));
    let playbook = get(server, "/workspace/playbooks/cancel-meeting");
    assert_eq!(playbook["item"]["playbook"]["trigger"], "MeetingCancelled");
    assert_eq!(
        (&playbook["item"]["playbook"]["startedByEvents"], &playbook["item"]["crms"]),
        (&json!(true), &json!(["dataverse", "salesforce"]))
    );
    for kind in ["templates", "capabilities", "patterns"] {
        let all = get(server, &format!("/workspace/{kind}"));
        let id = text(&all, "/0/id");
        let one = get(server, &format!("/workspace/{kind}/{id}"));
        assert!(!text(&one, "/source").is_empty(), "{one}");
        let missing = call(server, "admin", "GET", &format!("/workspace/{kind}/no-such"), &Json::Null);
        assert_eq!(missing.0, 404, "{kind}");
    }
    let targets = get(server, "/workspace/targets");
    let connected: Vec<(&str, bool)> =
        targets.as_array().unwrap().iter().map(|one| (text(one, "/crm"), one["connected"] == true)).collect();
    assert_eq!(connected, [("dataverse", crm == "dataverse"), ("salesforce", crm == "salesforce")]);
    assert!(targets[0]["capabilities"]["atomicGroups"][0]["maxWrites"].as_u64() > Some(1), "{targets}");
    assert_eq!(get(server, "/workspace/packages"), json!([]), "the starter is a workspace of its own here");
}

fn plans(server: &Server) {
    let of = |path: &str, body: Json| post(server, "configurator", path, &body);
    for crm in ["dataverse", "salesforce"] {
        let (status, plan) =
            of("/workspace/patterns/internal-meeting/plan", json!({"operation": "create", "crm": crm}));
        assert_eq!(status, 200, "{plan}");
        assert_eq!((&plan["plan"]["crm"], &plan["plan"]["pattern"]), (&json!(crm), &json!("internal-meeting")));
        assert!(text(&plan, "/text").starts_with(&format!("create internal-meeting on {crm}")), "{plan}");
        let (status, plan) = of("/workspace/playbooks/book-meeting/plan", json!({"crm": crm}));
        assert_eq!((status, &plan["crm"]), (200, &json!(crm)), "{plan}");
    }
    let input = json!({"account": {"Id": "1", "Nmae": "x"}});
    let (status, wrong) =
        of("/workspace/patterns/internal-meeting/plan", json!({"operation": "create", "input": input}));
    assert_eq!((status, &wrong["details"]["field"]), (400, &json!("/input/account/Nmae")), "{wrong}");
    let (status, wrong) =
        of("/workspace/patterns/internal-meeting/plan", json!({"operation": "delete", "crm": "siebel"}));
    assert_eq!((status, &wrong["details"]["field"]), (400, &json!("/operation")), "{wrong}");
    let (status, wrong) =
        of("/workspace/patterns/internal-meeting/plan", json!({"operation": "read", "crm": "siebel"}));
    assert_eq!((status, &wrong["details"]["field"]), (400, &json!("/crm")), "{wrong}");
    assert_eq!(of("/workspace/patterns/none/plan", json!({"operation": "read"})).0, 404);
    assert_eq!(of("/workspace/playbooks/none/plan", Json::Null).0, 404);
}

/// The same mistake in both spellings is the same finding, at its line.
fn checks(server: &Server) {
    let entity = "entity contact \"Contact\" on dataverse contact {\n  Email -> emailaddress1\n}\n";
    let written = "pattern lookup \"Look up\" {\n  contact : contcat\n}\n";
    let data = "kind: EntityPattern\nid: lookup\nname: Look up\nparts:\n  - {ref: contact, entity: contcat}\n";
    for (path, text_of, line) in [("lookup.engage", written, 2), ("sub/lookup.yaml", data, 5)] {
        let files = json!({"files": [{"path": "a.engage", "text": entity}, {"path": path, "text": text_of}]});
        let (status, told) = post(server, "configurator", "/workspace/check", &files);
        assert_eq!(
            (status, &told["passed"], &told["errors"], &told["patterns"]),
            (200, &json!(false), &json!(1), &json!(1)),
            "{told}"
        );
        let found = &told["problems"][0];
        assert_eq!((&found["place"]["file"], &found["place"]["line"]), (&json!(path), &json!(line)), "{told}");
        assert_eq!((&found["severity"], &found["suggestion"]), (&json!("Error"), &json!("contact")), "{told}");
    }
    let whole = json!({"files": [{"path": "a.engage", "text": entity}]});
    let (status, told) = post(server, "configurator", "/workspace/check", &whole);
    assert_eq!((status, &told["passed"], &told["definitions"]), (200, &json!(true), &json!(1)), "{told}");
    let wrong = json!({"files": [{"path": "../a.engage", "text": ""}, {"path": "b.engage"}, {"path": "/etc/passwd", "text": ""}]});
    let (status, told) = post(server, "configurator", "/workspace/check", &wrong);
    let fields: Vec<&String> = told["details"]["fields"].as_object().unwrap().keys().collect();
    assert_eq!((status, fields.len()), (400, 3), "{told}");
    assert_eq!(post(server, "configurator", "/workspace/check", &json!({})).0, 400);
    // More mistakes than are told: nothing of it stands in the way of an answer.
    let many: String = (0..3_000).map(|n| format!("entity e{n} \"E\" on crm x {{ F -> }}\n")).collect();
    let files = json!({"files": [{"path": "many.engage", "text": many}]});
    let (status, told) = post(server, "configurator", "/workspace/check", &files);
    assert_eq!((status, &told["passed"]), (200, &json!(false)));
    assert!(told["problems"].as_array().unwrap().len() <= 1001);
}

fn runs(server: &Server) {
    let page = get(server, "/runs?state=Succeeded&playbook=employee-synced");
    let run = &page["items"][0];
    assert_eq!(
        (&run["trigger"], &run["state"], &page["next"]),
        (&json!("EmployeeProvisioned"), &json!("Succeeded"), &Json::Null)
    );
    let id = text(run, "/id");
    let detail = get(server, &format!("/runs/{id}"));
    assert_eq!((&detail["run"]["id"], &detail["blocksShown"]), (&json!(id), &json!(true)));
    let blocks = detail["blocks"].as_array().unwrap();
    assert!(blocks.iter().all(|block| block["state"] == "done" || block["state"] == "skipped"), "{detail}");
    assert!(blocks.iter().any(|block| block["roundTrips"].as_u64() > Some(0) && !text(block, "/kind").is_empty()));
    assert!(!detail.to_string().contains("Green"), "no value of a record is in it: {detail}");
    let (status, refused) = call(server, "configurator", "GET", &format!("/runs/{id}/values"), &Json::Null);
    assert_eq!((status, text(&refused, "/details/reason")), (403, "ROLE_TOO_LOW"));
    let (status, seen) = call(server, "admin", "GET", &format!("/runs/{id}/values"), &Json::Null);
    assert_eq!((status, &seen["event"]["Employee"]["LastName"]), (200, &json!("Green")), "{seen}");
    let (status, refused) = post(server, "configurator", &format!("/runs/{id}/retry"), &Json::Null);
    assert_eq!(
        (status, text(&refused, "/details/reason")),
        (409, "RUN_REFUSED"),
        "what has succeeded has nothing to go on with"
    );
    assert_eq!(post(server, "configurator", &format!("/runs/{id}/cancel"), &Json::Null).0, 202);
    assert_eq!(
        text(&get(server, &format!("/runs/{id}")), "/run/state"),
        "Succeeded",
        "nothing happens to what is at an end"
    );
    let nobody = "00000000-0000-0000-0000-00000000dead";
    assert_eq!(call(server, "admin", "GET", &format!("/runs/{nobody}"), &Json::Null).0, 404);
    assert_eq!(call(server, "admin", "GET", &format!("/runs?after={nobody}&state=x"), &Json::Null).0, 400);
    assert_eq!(call(server, "manager", "GET", "/runs", &Json::Null).0, 403);
    let (_, written) = call(server, "admin", "GET", &format!("/audit?target={id}"), &Json::Null);
    assert_eq!(values(&written["items"], "action"), ["run.cancel-asked", "run.retry-asked", "run.values-shown"]);
}

fn connections(server: &Server, crm: &str) {
    let (status, all) = call(server, "admin", "GET", "/connections", &Json::Null);
    assert_eq!((status, &all[0]["crm"], &all[0]["reach"]), (200, &json!(crm), &json!("Sandbox")), "{all}");
    let (status, tested) = post(server, "admin", &format!("/connections/{crm}/test"), &Json::Null);
    assert_eq!((status, &tested["passed"]), (200, &json!(true)), "{tested}");
    assert_eq!(values(&tested["checks"], "check"), ["Application", "User", "Employee"]);
    assert_eq!(tested["checks"][0]["outcome"], "Passed");
    let (status, verified) = post(server, "admin", &format!("/connections/{crm}/verify"), &Json::Null);
    assert_eq!((status, &verified["passed"], &verified["errors"]), (200, &json!(true), &json!(0)), "{verified}");
    assert!(verified["definitions"].as_u64() > Some(5), "{verified}");
    assert_eq!(verified["checks"][3]["check"], "Metadata");
    assert_eq!(post(server, "admin", "/connections/siebel/test", &Json::Null).0, 404);
    assert_eq!(post(server, "configurator", &format!("/connections/{crm}/test"), &Json::Null).0, 403);
}

fn shown(options: &[&str], crm: &str) {
    let folder = tempfile::tempdir().unwrap();
    let server = with_data(folder.path(), options);
    provision(&server, "eli");
    until(&server, 1);
    workspace(&server, crm);
    plans(&server);
    checks(&server);
    runs(&server);
    connections(&server, crm);
    let log = server.end();
    assert!(!log.contains("Green"), "{log}");
}

#[test]
fn the_workspace_its_runs_and_dataverse_are_shown() {
    shown(&[], "dataverse");
}

#[test]
fn the_workspace_its_runs_and_salesforce_are_shown() {
    shown(&["--crm", "salesforce"], "salesforce");
}
