//! Runs a case of a playbook: a simulated CRM in the state it describes, answers of an AI, the event, and how the run ends.
//! The same every time: the clock stands still but where somebody waits for it.

use std::sync::Arc;

use engage_adapters::ai::local::{Fixture, Local};
use engage_adapters::memory::MemoryCrm;
use engage_dsl::Workspace;
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{Span, Spanned};
use engage_dsl::value;
use engage_engine::catalog::Pattern;
use engage_engine::nearest::nearest;
use engage_engine::{Catalog, CrmName};
use engage_playbooks::model::BlockKind;
use engage_playbooks::outlook::Outlook;
use engage_playbooks::ports::{Since, Standing, Time};
use engage_playbooks::run::{Facts, Machine, RetryRule, Run, RunKey, RunOutcome, Tenant};
use engage_playbooks::{Compiled, Playbooks};
use jiff::Timestamp;
use serde_json::json;

use super::run::{beside, known, told};
use super::state::{self, seed, unknown};
use super::{Acting, Actual, PlaybookCase, Told, codes};
use crate::execution::wait;
use crate::failure::Failure;
use crate::playbook::drive::Means;
use crate::playbook::ended;
use crate::playbook::event::{self, Place, Started};
use crate::playbook::journal::TENANT;
use crate::simulated;
use crate::workspace::Loaded;

/// The event of every case that gives no id, so that the ids of a case never change.
const EVENT: &str = "case";
/// When every case runs: the first second of 2026.
const NOW: i64 = 1_767_225_600;

/// Runs a case on one of its CRMs.
///
/// # Errors
/// What is wrong with the case itself: a name that the workspace does not have, an event that does not fit, a state that
/// the CRM refuses.
pub fn execute(loaded: &Loaded, case: &PlaybookCase, crm: &Spanned<CrmName>) -> Result<Actual, Vec<Diagnostic>> {
    let compiled = find(&loaded.workspace, (&loaded.catalog, &loaded.compiled), case, crm)?;
    let started = started(&loaded.workspace, case, compiled)?;
    let fixtures = fixtures(&loaded.workspace, case)?;
    let wrong = |failure: Failure| vec![told(failure, crm.span)];
    let capabilities = case.capabilities.of(&crm.value);
    let adapter = Arc::new(simulated::empty(loaded, &crm.value, capabilities.clone()).map_err(wrong)?);
    seed(&loaded.catalog, &adapter, &case.state)?;
    let schedule = Outlook::of(compiled, &capabilities).map(|outlook| outlook.explain());
    let schedule = schedule.map_err(|unplanned| wrong(Failure::problem(unplanned.to_string())))?;
    let machine = wait(run(compiled, &started, &adapter, fixtures)).and_then(|machine| machine).map_err(wrong)?;
    Ok(actual(loaded, &machine, &adapter, schedule))
}

async fn run(
    compiled: &Arc<Compiled>,
    started: &Started,
    adapter: &Arc<MemoryCrm>,
    fixtures: Vec<Fixture>,
) -> Result<Machine, Failure> {
    let now = Timestamp::from_second(NOW).unwrap_or(Timestamp::UNIX_EPOCH);
    let ai = Arc::new(Local::new(fixtures));
    let clock = Arc::new(Standing::default());
    let time = Since::new(Arc::<Standing>::clone(&clock), now);
    let means = Means::at(Arc::<MemoryCrm>::clone(adapter), ai, time);
    let id = started.id.as_deref().unwrap_or(EVENT);
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let key = RunKey::of_event(&tenant, &compiled.id, id);
    let begins = started.begins(id, &tenant, compiled, means.time.timestamp());
    let begins = begins.ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
    let run = Run::new(Arc::clone(compiled), key, begins).retry(RetryRule::NEVER);
    let done = clock.pass(run.execute(&means.blocks, &means.time, &Facts::default())).await;
    done.map_err(|error| Failure::outside(format!("the run was left where it is: {error}")))
}

fn actual(loaded: &Loaded, machine: &Machine, adapter: &MemoryCrm, schedule: String) -> Actual {
    let compiled = machine.compiled();
    let writes = compiled
        .blocks
        .iter()
        .filter(|node| matches!(node.block.kind, BlockKind::Create { .. } | BlockKind::Update { .. }));
    let parts = writes.filter_map(|node| node.pattern.as_deref()).flat_map(|pattern: &Pattern| &pattern.parts);
    let mut written: Vec<String> =
        parts.filter(|part| !part.read_only).map(|part| part.entity.id.to_string()).collect();
    written.sort();
    written.dedup();
    let outcome = machine.outcome().map(|outcome| if compiled.closed { outcome.closed() } else { outcome.clone() });
    let (problems, failed_block) = match &outcome {
        Some(RunOutcome::Failed { block, failure }) => {
            let told = Told { code: failure.reason.clone(), message: failure.message.clone() };
            (vec![told], block.as_ref().map(ToString::to_string))
        }
        Some(RunOutcome::Succeeded { .. }) => (Vec::new(), None),
        _ => {
            let message = "the run waits for its employee to sign in".to_owned();
            (vec![Told { code: "needs-identity".to_owned(), message }], None)
        }
    };
    let trips: u32 = machine.view().iter().map(|block| block.trips).sum();
    Actual {
        crm: compiled.crm.clone(),
        plan: Some(schedule).filter(|_| !compiled.closed),
        round_trips: usize::try_from(trips).ok(),
        result: problems.is_empty().then(|| ended::outputs(machine)),
        state: simulated::records(loaded, adapter),
        written,
        problems,
        failed_block,
        audit: Vec::new(),
    }
}

/// What is wrong with the names and values of a case; nothing is run.
pub fn check(workspace: &Workspace, resolved: (&Catalog, &Playbooks), case: &PlaybookCase) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = fixtures(workspace, case).err().unwrap_or_default();
    for crm in &case.crms {
        let mut found = match find(workspace, resolved, case, crm) {
            Ok(compiled) => started(workspace, case, compiled).err().unwrap_or_default(),
            Err(found) => found,
        };
        found.extend(state::typed(resolved.0, &crm.value, &case.state).err().unwrap_or_default());
        // What is wrong on one CRM is mostly wrong on the next in the same place.
        found.retain(|found| problems.iter().all(|told| told.span != found.span));
        problems.extend(found);
    }
    problems
}

fn find<'l>(
    workspace: &Workspace,
    (catalog, compiled): (&Catalog, &'l Playbooks),
    case: &PlaybookCase,
    crm: &Spanned<CrmName>,
) -> Result<&'l Arc<Compiled>, Vec<Diagnostic>> {
    known(catalog, crm)?;
    let name = &case.playbook.value;
    compiled.get(crm.value.as_str(), name).ok_or_else(|| {
        let all = workspace.library.playbooks.iter().map(|playbook| playbook.id.as_str());
        let near = nearest(name, all).filter(|near| near != name);
        vec![unknown(case.playbook.span, format!("there is no playbook `{name}` on {}", crm.value), near)]
    })
}

/// What starts the run, held against the playbook.
fn started(workspace: &Workspace, case: &PlaybookCase, compiled: &Compiled) -> Result<Started, Vec<Diagnostic>> {
    let trigger = compiled.trigger().ok_or_else(|| {
        vec![Diagnostic::error(codes::UNKNOWN_NAME.code, case.playbook.span, "the playbook has no trigger")]
    })?;
    let (written, span) = match &case.event {
        Some(node) => (beside(workspace, case.file, node)?, node.span),
        None => (json!({}), case.playbook.span),
    };
    let placed = |path: &str| -> Span { case.event.as_ref().map_or(span, |node| value::locate(node, path)) };
    let mut started = event::envelope(&written, trigger)
        .map_err(|problem| vec![event::diagnostic(&problem, placed(&problem.path))])?;
    event::check(&started, compiled, trigger).map_err(|(place, problem)| {
        let prefix = match place {
            Place::Data if event::is_envelope(&written) => "data.",
            Place::Data => "",
            Place::Given => "given.",
        };
        vec![event::diagnostic(&problem, placed(&format!("{prefix}{}", problem.path)))]
    })?;
    match &case.acting {
        Acting::Employee(name) => started.act(Some(name), trigger),
        Acting::Default => started.act(None, trigger),
        Acting::Application => started.employee = None,
    }
    Ok(started)
}

/// What the AI answers.
fn fixtures(workspace: &Workspace, case: &PlaybookCase) -> Result<Vec<Fixture>, Vec<Diagnostic>> {
    let Some(node) = &case.ai else { return Ok(Vec::new()) };
    let answers = beside(workspace, case.file, node)?;
    serde_json::from_value(answers).map_err(|error| {
        let message = format!("this is no list of answers of an AI: {error}");
        vec![
            Diagnostic::error(codes::WRONG_VALUE.code, node.span, message)
                .help("write `- {capability: …, output: {…}}`"),
        ]
    })
}
