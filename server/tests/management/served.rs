//! What is served of an organisation, as others and its own people see it. What is behind it is made up here: the workspace, the engine
//! and the CRM themselves are tested where `engage serve` puts them together.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::http::Method;
use engage_engine::ids::RefId;
use engage_playbooks::ports::{DurableEngine, EngineError, Event, RunPage, RunQuery, RunRecord, Started};
use engage_playbooks::run::{Fact, RunKey, Tenant};
use engage_server::api::{Rates, Settings};
use engage_server::management::operations;
use engage_server::management::ports::{
    Checked, Connection, Connections, Finding, Item, ItemDetail, ItemKind, Overview, Package, PatternPlan, Planned,
    Refused, Runs, Served, SourceFile, Target, Tested, Unplanned, Verified, Workspace,
};
use serde_json::{Value, json};

use super::kit::{As, Kit, OURS, THEIRS};
use super::{ADMIN, CONFIGURATOR, call, founded, get, post};

/// A workspace of which little is known, and which tells what it was asked.
#[derive(Debug, Default)]
struct Made {
    asked: Mutex<Vec<String>>,
}

impl Made {
    fn ask(&self, what: impl Into<String>) {
        self.asked.lock().unwrap().push(what.into());
    }
}

impl Workspace for Made {
    fn overview(&self) -> Overview {
        Overview {
            name: "made".to_owned(),
            crm: "dataverse".to_owned(),
            crms: vec!["dataverse".to_owned()],
            definitions: 0,
            patterns: 0,
            playbooks: 0,
            started_by_events: 0,
            templates: 0,
            capabilities: 0,
            mappers: 0,
            packages: 0,
            warnings: 0,
        }
    }

    fn items(&self, _: ItemKind) -> Vec<Item> {
        Vec::new()
    }

    fn item(&self, kind: ItemKind, id: &str, crm: Option<&str>) -> Option<ItemDetail> {
        self.ask(format!("{kind:?} {id} {crm:?}"));
        None
    }

    fn packages(&self) -> Vec<Package> {
        Vec::new()
    }

    fn problems(&self) -> Vec<Finding> {
        Vec::new()
    }

    fn targets(&self) -> Vec<Target> {
        Vec::new()
    }

    fn plan_pattern(&self, id: &str, _: &PatternPlan) -> Result<Planned, Unplanned> {
        let refused = |at: &[&str], message: &str| Refused {
            at: at.iter().map(ToString::to_string).collect(),
            message: message.to_owned(),
        };
        match id {
            "hidden" => Err(Unplanned::Hidden),
            "wrong" => Err(Unplanned::Refused(vec![refused(&["input", "a/b"], "odd"), refused(&["crm"], "none")])),
            _ => Err(Unplanned::Absent),
        }
    }

    fn plan_playbook(&self, id: &str, crm: Option<&str>) -> Result<Planned, Unplanned> {
        self.ask(format!("plan {id} {crm:?}"));
        Ok(Planned { crm: "dataverse".to_owned(), text: String::new(), plan: json!({}) })
    }

    fn check(&self, files: Vec<SourceFile>) -> Checked {
        let definitions = files.len();
        Checked { passed: true, definitions, patterns: 0, playbooks: 0, errors: 0, warnings: 0, problems: Vec::new() }
    }
}

/// An engine that knows no run, or is away.
#[derive(Debug)]
struct Engine {
    away: bool,
}

impl Engine {
    fn answer<T>(&self, answer: T) -> Result<T, EngineError> {
        match self.away {
            true => Err(EngineError::Unavailable("the journal is on fire".into())),
            false => Ok(answer),
        }
    }
}

#[async_trait]
impl DurableEngine for Engine {
    async fn offer(&self, _: Vec<Event>) -> Result<Vec<Started>, EngineError> {
        self.answer(Vec::new())
    }

    async fn ready(&self) -> Result<(), EngineError> {
        self.answer(())
    }

    async fn cancel(&self, _: &RunKey, _: &str) -> Result<(), EngineError> {
        self.answer(())
    }

    async fn retry(&self, _: &RunKey, _: Option<RefId>, _: &str) -> Result<(), EngineError> {
        self.answer(())
    }

    async fn identified(&self, _: &RunKey) -> Result<(), EngineError> {
        self.answer(())
    }

    async fn status(&self, _: &RunKey) -> Result<Option<RunRecord>, EngineError> {
        self.answer(None)
    }

    async fn runs(&self, _: &Tenant, _: &RunQuery) -> Result<RunPage, EngineError> {
        self.answer(RunPage::default())
    }

    async fn history(&self, _: &RunKey) -> Result<Vec<Fact>, EngineError> {
        self.answer(Vec::new())
    }
}

#[async_trait]
impl Connections for Made {
    fn list(&self) -> Vec<Connection> {
        Vec::new()
    }

    async fn test(&self, _: &str) -> Option<Tested> {
        Some(Tested { passed: false, checks: Vec::new() })
    }

    async fn verify(&self, _: &str) -> Option<Verified> {
        None
    }
}

async fn kit(away: bool) -> (Kit, Arc<Made>) {
    let made = Arc::new(Made::default());
    let tenant = Tenant::new("one").unwrap();
    let runs = Runs { engine: Arc::new(Engine { away }), tenant, shapes: Arc::new(|_| None) };
    let served = Served { organisation: OURS.id(), workspace: made.clone(), runs, connections: made.clone() };
    let settings = Settings { rates: Rates { per_hour: 1_000_000, per_minute: 1_000_000 } };
    let kit = Kit::serving(settings, Some(served)).await;
    for org in [OURS, THEIRS] {
        founded(&kit, org).await;
    }
    (kit, made)
}

#[tokio::test]
async fn others_see_nothing_of_what_is_served_to_one() {
    let (kit, made) = kit(false).await;
    let theirs = As::User(THEIRS, "Admin", 1);
    let served = ["/workspace", "/runs", "/connections"];
    for row in operations().iter().filter(|row| served.iter().any(|path| row.path.starts_with(path))) {
        let segments = row.path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        let body = (row.method == Method::POST).then(|| json!({"operation": "read", "files": []}));
        let answer = call(&kit, theirs, row.method.clone(), &path, body).await;
        assert_eq!(answer.refused(404), "WORKSPACE_NOT_SERVED", "{}", row.id);
    }
    assert_eq!(made.asked.lock().unwrap().len(), 0, "nobody asked for them");
    assert_eq!(get(&kit, CONFIGURATOR, "/workspace").await.expect(200)["name"], "made");
    assert_eq!(get(&kit, CONFIGURATOR, "/runs").await.expect(200), json!({"items": [], "next": null}));
}

#[tokio::test]
async fn an_address_names_one_item_of_its_kind() {
    let (kit, made) = kit(false).await;
    for path in
        ["/definitions/dataverse/lead", "/patterns/a", "/playbooks/b", "/templates/c", "/capabilities/d", "/mappers/E"]
    {
        get(&kit, CONFIGURATOR, &format!("/workspace{path}")).await.expect(404);
    }
    post(&kit, CONFIGURATOR, "/workspace/playbooks/b/plan", json!({"crm": "salesforce"})).await.expect(200);
    let asked = [
        "Definition lead Some(\"dataverse\")",
        "Pattern a None",
        "Playbook b None",
        "Template c None",
        "Capability d None",
        "Mapper E None",
        "plan b Some(\"salesforce\")",
    ];
    assert_eq!(*made.asked.lock().unwrap(), asked);
}

#[tokio::test]
async fn what_cannot_be_planned_is_told_at_its_place() {
    let (kit, _) = kit(false).await;
    let plan =
        async |id: &str, body: Value| post(&kit, CONFIGURATOR, &format!("/workspace/patterns/{id}/plan"), body).await;
    let read = json!({"operation": "READ"});
    assert_eq!(plan("hidden", read.clone()).await.refused(403), "NOT_SHOWN");
    plan("none", read.clone()).await.expect(404);
    let wrong = plan("wrong", read).await.expect(400);
    assert_eq!(wrong["details"]["fields"], json!({"/input/a~1b": "odd", "/crm": "none"}));
    let wrong = plan("wrong", json!({"operation": "drop", "crm": 7})).await.expect(400);
    assert_eq!(wrong["details"]["fields"].as_object().unwrap().len(), 2, "all at once: {wrong}");
    plan("wrong", json!([])).await.expect(400);
}

#[tokio::test]
async fn files_that_are_sent_are_bounded() {
    let (kit, _) = kit(false).await;
    let check = async |files: Value| post(&kit, CONFIGURATOR, "/workspace/check", json!({"files": files})).await;
    let file = |n: usize| json!({"path": format!("f{n}.engage"), "text": ""});
    let many = |n: usize| Value::Array((0..n).map(file).collect());
    assert_eq!(check(many(500)).await.expect(200)["definitions"], 500);
    assert_eq!(check(many(501)).await.expect(400)["details"]["field"], "/files");
    let twice = check(json!([file(1), file(1)])).await.expect(400);
    assert_eq!(twice["details"]["field"], "/files/1/path");
    check(json!([{"path": "a.engage", "text": "x".repeat(2 << 20)}])).await.expect(413);
    check(json!("all")).await.expect(400);
}

#[tokio::test]
async fn an_engine_that_is_away_is_an_outage_and_says_nothing_of_itself() {
    let (kit, _) = kit(true).await;
    for path in ["/runs", "/runs/00000000-0000-0000-0000-00000000dead"] {
        let away = get(&kit, CONFIGURATOR, path).await;
        away.expect(503);
        assert!(!away.header("retry-after").is_empty() && !away.text.contains("fire"), "{}", away.text);
    }
}

#[tokio::test]
async fn that_a_crm_was_asked_is_written_down() {
    let (kit, _) = kit(false).await;
    post(&kit, ADMIN, "/connections/dataverse/test", json!({})).await.expect(200);
    post(&kit, ADMIN, "/connections/siebel/verify", json!({})).await.expect(404);
    let written = get(&kit, ADMIN, "/audit?target=dataverse").await.expect(200);
    let entry = &written["items"][0];
    assert_eq!((&entry["action"], &entry["details"]["passed"]), (&json!("connection.tested"), &json!(false)));
    assert_eq!(written["items"].as_array().unwrap().len(), 1);
}
