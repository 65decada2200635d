//! The workspace that is served: what it says, what is planned of it, and the check of other sources. It is written as files and packages,
//! never here.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::Problems;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::api::Reason;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::http::Refusal;
use crate::management::Management;
use crate::management::ports::{
    Checked, Finding, Item, ItemDetail, ItemKind, Overview, Package, PatternPlan, Planned, PlannedOperation,
    SourceFile, Target, Unplanned, Workspace,
};
use crate::openapi::{Body, Described, Shape};

/// The most files of a workspace that is sent, and the longest path, in bytes.
const MOST_FILES: usize = 500;
const MAX_PATH: usize = 200;

/// Files of a workspace that is to be checked.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct WorkspaceCheckRequest {
    /// The files, 500 at most. The whole request has 1 MiB at most.
    files: Vec<SourceFile>,
}

/// What is to be planned of a playbook.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct PlaybookPlanRequest {
    /// On which CRM; left out: the one that playbooks run on here.
    crm: Option<String>,
}

/// What the address names.
fn named(call: &Call, place: usize) -> &str {
    call.named.get(place).map_or("", String::as_str)
}

pub(super) async fn overview(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let workspace = &management.served(&call)?.workspace;
    Reply::of(&apart(workspace, |workspace| workspace.overview()).await?)
}

pub(super) async fn problems(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let workspace = &management.served(&call)?.workspace;
    Reply::of(&apart(workspace, |workspace| workspace.problems()).await?)
}

pub(super) async fn packages(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let workspace = &management.served(&call)?.workspace;
    Reply::of(&apart(workspace, |workspace| workspace.packages()).await?)
}

pub(super) async fn targets(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let workspace = &management.served(&call)?.workspace;
    Reply::of(&apart(workspace, |workspace| workspace.targets()).await?)
}

async fn list(management: &Management, mut call: Call, kind: ItemKind) -> Answer {
    call.query.finish()?;
    let workspace = &management.served(&call)?.workspace;
    Reply::of(&apart(workspace, move |workspace| workspace.items(kind)).await?)
}

async fn get(management: &Management, call: &Call, kind: ItemKind) -> Answer {
    // Of several CRMs each has its own definition.
    let (crm, id) = match kind {
        ItemKind::Definition => (Some(named(call, 0).to_owned()), named(call, 1).to_owned()),
        _ => (None, named(call, 0).to_owned()),
    };
    let workspace = &management.served(call)?.workspace;
    let found = apart(workspace, move |workspace| workspace.item(kind, &id, crm.as_deref())).await?;
    Reply::of(&found.ok_or_else(Fault::absent)?)
}

macro_rules! items {
    ($($list:ident, $get:ident: $kind:ident;)+) => {$(
        pub(super) async fn $list(management: Arc<Management>, call: Call) -> Answer {
            list(&management, call, ItemKind::$kind).await
        }

        pub(super) async fn $get(management: Arc<Management>, call: Call) -> Answer {
            get(&management, &call, ItemKind::$kind).await
        }
    )+};
}

items! {
    definitions, definition: Definition;
    patterns, pattern: Pattern;
    playbooks, playbook: Playbook;
    templates, template: Template;
    capabilities, capability: Capability;
    mappers, mapper: Mapper;
}

/// Does what takes its time where nobody waits for it.
async fn apart<T: Send + 'static>(
    workspace: &Arc<dyn Workspace>,
    work: impl FnOnce(&dyn Workspace) -> T + Send + 'static,
) -> Result<T, Fault> {
    let workspace = Arc::clone(workspace);
    let done = tokio::task::spawn_blocking(move || work(&*workspace)).await;
    done.map_err(|_| {
        tracing::error!("what was asked of the workspace broke off");
        Refusal::Broken.into()
    })
}

impl PatternPlan {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let (operation, crm) = (PlannedOperation::read(given), given.text("crm"));
        let operation = given.needed("operation", operation);
        Some(Self { operation: operation?, crm, input: given.value("input").cloned() })
    }
}

impl PlannedOperation {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let text = given.text("operation")?.to_ascii_lowercase();
        match text.as_str() {
            "read" => Some(Self::Read),
            "create" => Some(Self::Create),
            "update" => Some(Self::Update),
            _ => {
                given.wrong("operation", "it is one of `Read`, `Create`, `Update`");
                None
            }
        }
    }
}

pub(super) async fn plan_pattern(management: Arc<Management>, call: Call) -> Answer {
    let workspace = Arc::clone(&management.served(&call)?.workspace);
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let read = PatternPlan::read(&mut given);
    let wanted = given.finish(read)?;
    let id = named(&call, 0).to_owned();
    planned(apart(&workspace, move |workspace| workspace.plan_pattern(&id, &wanted)).await?)
}

pub(super) async fn plan_playbook(management: Arc<Management>, call: Call) -> Answer {
    let workspace = Arc::clone(&management.served(&call)?.workspace);
    // Nothing has to be said.
    let sent = if call.sent()?.is_none() { NOTHING.clone() } else { call.object()? };
    let mut given = Given::new(&sent, &NOTHING);
    let read = PlaybookPlanRequest { crm: given.text("crm") };
    let PlaybookPlanRequest { crm } = given.finish(Some(read))?;
    let id = named(&call, 0).to_owned();
    planned(apart(&workspace, move |workspace| workspace.plan_playbook(&id, crm.as_deref())).await?)
}

fn planned(plan: Result<Planned, Unplanned>) -> Answer {
    match plan {
        Ok(plan) => Reply::of(&plan),
        Err(Unplanned::Absent) => Err(Fault::absent()),
        Err(Unplanned::Hidden) => {
            let message = "it belongs to a proprietary package: its blocks are not shown";
            Err(Fault::new(StatusCode::FORBIDDEN, message).because(Reason::NotShown))
        }
        Err(Unplanned::Refused(refused)) => {
            let mut problems = Problems::default();
            for wrong in refused {
                problems.add(pointer(&wrong.at), wrong.message);
            }
            problems.finish()?;
            Err(Fault::bad("what was sent does not fit"))
        }
    }
}

/// A JSON Pointer (RFC 6901).
fn pointer(at: &[String]) -> String {
    at.iter().map(|member| format!("/{}", member.replace('~', "~0").replace('/', "~1"))).collect()
}

impl WorkspaceCheckRequest {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let mut paths = BTreeSet::new();
        let files = given.objects("files", |file| {
            let (path, text) = (file.text("path"), file.text("text"));
            let (path, text) = (file.needed("path", path), file.needed("text", text));
            let path = path?;
            if let Err(wrong) = below(&path) {
                file.wrong("path", wrong);
            } else if !paths.insert(path.clone()) {
                file.wrong("path", "another file has the same path");
            }
            Some(SourceFile { path, text: text? })
        });
        if files.len() > MOST_FILES {
            given.wrong("files", format!("it is a list of {MOST_FILES} at most"));
        }
        given.needed("files", Some(()).filter(|()| given.value("files").is_some()));
        Some(Self { files })
    }
}

/// Whether a path is one of a file below a workspace.
fn below(path: &str) -> Result<(), &'static str> {
    let plain = |name: &str| !name.is_empty() && name != "." && name != "..";
    if path.len() > MAX_PATH {
        Err("it has 200 bytes at most")
    } else if path.chars().any(|c| c.is_control() || c == '\\' || c == ':') || !path.split('/').all(plain) {
        Err("it is a path below the workspace, with `/` between its names")
    } else {
        Ok(())
    }
}

pub(super) async fn check(management: Arc<Management>, call: Call) -> Answer {
    let workspace = Arc::clone(&management.served(&call)?.workspace);
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let read = WorkspaceCheckRequest::read(&mut given);
    let WorkspaceCheckRequest { files } = given.finish(read)?;
    Reply::of(&apart(&workspace, move |workspace| workspace.check(files)).await?)
}

const TAG: &str = "Workspace";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let mut all = whole();
    all.extend(plans());
    for (list, get, kind) in LISTS {
        all.push(Described::new(list, TAG, kind[0]).answers(200, Shape::of::<Vec<Item>>(), json!([item()])));
        let one = Described::new(get, TAG, kind[1]);
        let one = if get == "Definitions_get" { one.path::<String>("crm", "The CRM.") } else { one };
        let one = one.path::<String>("id", "Its id.");
        let detail = json!({"item": item(), "source": "pattern …", "model": {"kind": "EntityPattern"}});
        all.push(one.answers(200, Shape::of::<ItemDetail>(), detail));
    }
    all
}

const LISTS: [(&str, &str, [&str; 2]); 6] = [
    ("Definitions_list", "Definitions_get", ["List entity definitions", "Read an entity definition of a CRM"]),
    ("Patterns_list", "Patterns_get", ["List entity patterns", "Read an entity pattern"]),
    ("Playbooks_list", "Playbooks_get", ["List playbooks", "Read a playbook"]),
    ("WorkspaceTemplates_list", "WorkspaceTemplates_get", ["List templates of texts", "Read a template of texts"]),
    ("Capabilities_list", "Capabilities_get", ["List AI capabilities", "Read an AI capability"]),
    ("Mappers_list", "Mappers_get", ["List mappers", "Read the mapper of a use case"]),
];

fn whole() -> Vec<Described> {
    let overview = json!({
        "name": "starter", "crm": "dataverse", "crms": ["dataverse", "salesforce"], "definitions": 24, "patterns": 25, "playbooks": 10,
        "startedByEvents": 10, "templates": 4, "capabilities": 3, "mappers": 4, "packages": 0, "warnings": 0,
    });
    let (findings, packages) = (Shape::of::<Vec<Finding>>(), Shape::of::<Vec<Package>>());
    let package = json!({"name": "starter", "version": "1.0.0", "visibility": "open", "forks": []});
    let target = json!({"crm": "dataverse", "connected": true, "definitions": 12, "capabilities": null});
    let checked = json!({
        "passed": true, "definitions": 1, "patterns": 0, "playbooks": 0, "errors": 0, "warnings": 0, "problems": [],
    });
    let file = json!({"path": "contact.engage", "text": "entity contact \"Contact\" on dataverse contact {}\n"});
    vec![
        Described::new("Workspace_get", TAG, "Read what the workspace has, in figures")
            .says("It is loaded when a server starts, from files and packages; here it is read.")
            .answers(200, Shape::of::<Overview>(), overview),
        Described::new("WorkspaceProblems_list", TAG, "List what is wrong with the workspace")
            .says("Of a workspace that is served: warnings.")
            .answers(200, findings, json!([])),
        Described::new("Workspace_check", TAG, "Check other sources")
            .says("In either spelling. What is wrong is an answer: see `passed`. Nothing of it is kept.")
            .takes(Shape::of::<WorkspaceCheckRequest>(), json!({"files": [file]}))
            .answers(200, Shape::of::<Checked>(), checked),
        Described::new("Packages_list", TAG, "List packages, and copies of their playbooks").answers(
            200,
            packages,
            json!([package]),
        ),
        Described::new("Targets_list", TAG, "List CRMs, and what each can do").answers(
            200,
            Shape::of::<Vec<Target>>(),
            json!([target]),
        ),
    ]
}

fn plans() -> [Described; 2] {
    let plan = json!({"crm": "dataverse", "text": "create internal-meeting on dataverse, as employee\n", "plan": {}});
    [
        Described::new("Patterns_plan", TAG, "Plan an operation on a pattern")
            .says("What would be sent, in how many requests. Nothing is.")
            .path::<String>("id", "Its id.")
            .takes(Shape::of::<PatternPlan>(), json!({"operation": "Create", "crm": null, "input": null}))
            .answers(200, Shape::of::<Planned>(), plan.clone()),
        Described::new("Playbooks_plan", TAG, "Plan a playbook")
            .says("In what order its blocks would run, and what that takes. Nothing is done.")
            .path::<String>("id", "Its id.")
            .body(Body {
                media: "application/json",
                shape: Shape::of::<PlaybookPlanRequest>(),
                required: false,
                example: Some(json!({"crm": "salesforce"})),
            })
            .answers(200, Shape::of::<Planned>(), plan),
    ]
}

fn item() -> Value {
    json!({
        "kind": "Pattern", "id": "internal-meeting", "name": "Internal meeting", "description": "", "crm": null,
        "crms": ["dataverse", "salesforce"], "package": null, "shown": true, "file": "patterns/internal-meeting.engage", "line": 6,
        "playbook": null, "mapper": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_workspace() {
        for right in ["engage.toml", "crm/contact.engage", "a b/ü.yaml", ".hidden"] {
            assert!(below(right).is_ok(), "{right}");
        }
        let long = "a".repeat(201);
        for wrong in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "C:x", "a\nb", long.as_str()] {
            assert!(below(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pointer_has_its_letters_escaped() {
        assert_eq!(pointer(&["input".to_owned(), "a/b~c".to_owned()]), "/input/a~1b~0c");
        assert_eq!(pointer(&[]), "");
    }
}
