//! The workspace that is served: what it says, what is planned of it, and the check of other sources. It is written as files and packages,
//! never here.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::Problems;
use schemars::JsonSchema;

use crate::api::Reason;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::http::Refusal;
use crate::management::Management;
use crate::management::ports::{ItemKind, PatternPlan, Planned, PlannedOperation, SourceFile, Unplanned, Workspace};

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
    Reply::of(&management.served(&call)?.workspace.overview())
}

pub(super) async fn problems(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&management.served(&call)?.workspace.problems())
}

pub(super) async fn packages(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&management.served(&call)?.workspace.packages())
}

pub(super) async fn targets(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    Reply::of(&management.served(&call)?.workspace.targets())
}

async fn list(management: &Management, mut call: Call, kind: ItemKind) -> Answer {
    call.query.finish()?;
    Reply::of(&management.served(&call)?.workspace.items(kind))
}

async fn get(management: &Management, call: &Call, kind: ItemKind) -> Answer {
    // Of several CRMs each has its own definition.
    let (crm, id) = match kind {
        ItemKind::Definition => (Some(named(call, 0)), named(call, 1)),
        _ => (None, named(call, 0)),
    };
    let found = management.served(call)?.workspace.item(kind, id, crm);
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
