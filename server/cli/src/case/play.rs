//! Runs a case of a playbook: a simulated CRM in the state it describes, answers of an AI, the event, and how the run ends.
//! The same every time: the clock stands still but where somebody waits for it.

use std::path::Path;
use std::sync::Arc;

use engage_adapters::ai::local::{Fixture, Local};
use engage_adapters::memory::MemoryCrm;
use engage_dsl::Workspace;
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{Span, Spanned};
use engage_dsl::value;
use engage_dsl::yaml::Node;
use engage_engine::catalog::Pattern;
use engage_engine::nearest::nearest;
use engage_engine::{Catalog, CrmName};
use engage_playbooks::model::{BlockKind, TriggerKind};
use engage_playbooks::outlook::Outlook;
use engage_playbooks::ports::{Since, Standing, Time};
use engage_playbooks::run::{Facts, Machine, RetryRule, Run, RunKey, RunOutcome, Tenant};
use engage_playbooks::{Compiled, Playbooks};
use jiff::Timestamp;
use serde_json::json;

use super::run::{beside, known, path_beside, told};
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
    let begun = begun(&loaded.workspace, (&loaded.catalog, &loaded.compiled), case, crm)?;
    let fixtures = fixtures(&loaded.workspace, case)?;
    let wrong = |failure: Failure| vec![told(failure, crm.span)];
    let capabilities = case.capabilities.of(&crm.value);
    let adapter = Arc::new(simulated::empty(loaded, &crm.value, capabilities.clone()).map_err(wrong)?);
    seed(&loaded.catalog, &adapter, &case.state)?;
    let files = case.files.as_ref().map(|files| path_beside(&loaded.workspace, case.file, &files.value));
    let mut ended = Vec::new();
    for (compiled, started) in &begun {
        let done =
            wait(run(compiled, started, &adapter, (fixtures.clone(), files.as_deref()))).and_then(|machine| machine);
        ended.push(done.map_err(wrong)?);
    }
    let schedule = match &case.playbook {
        None => None,
        Some(_) => {
            let outlooks = begun.first().map(|(compiled, _)| Outlook::of(compiled, &capabilities)).transpose();
            let outlook = outlooks.map_err(|unplanned| wrong(Failure::problem(unplanned.to_string())))?;
            let closed = begun.first().is_some_and(|(compiled, _)| compiled.closed);
            outlook.filter(|_| !closed).map(|outlook| outlook.explain())
        }
    };
    Ok(actual(case, crm, &ended, simulated::records(loaded, &adapter), schedule))
}

async fn run(
    compiled: &Arc<Compiled>,
    started: &Started,
    adapter: &Arc<MemoryCrm>,
    (fixtures, files): (Vec<Fixture>, Option<&Path>),
) -> Result<Machine, Failure> {
    let now = Timestamp::from_second(NOW).unwrap_or(Timestamp::UNIX_EPOCH);
    let ai = Arc::new(Local::new(fixtures));
    let clock = Arc::new(Standing::default());
    let time = Since::new(Arc::<Standing>::clone(&clock), now);
    let means = Means::at(Arc::<MemoryCrm>::clone(adapter), ai, time).files(files)?;
    let id = started.id.as_deref().unwrap_or(EVENT);
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let key = RunKey::of_event(&tenant, &compiled.id, id);
    let begins = started.begins(id, &tenant, compiled, means.time.timestamp());
    let begins = begins.ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
    let run = Run::new(Arc::clone(compiled), key, begins).retry(RetryRule::NEVER);
    let done = clock.pass(run.execute(&means.blocks, &means.time, &Facts::default())).await;
    done.map_err(|error| Failure::outside(format!("the run was left where it is: {error}")))
}

/// What happened in all runs of a case: what they gave, unless one failed, and the first failure.
fn actual(
    case: &PlaybookCase,
    crm: &Spanned<CrmName>,
    ended: &[Machine],
    state: serde_json::Map<String, serde_json::Value>,
    plan: Option<String>,
) -> Actual {
    let mut written: Vec<String> = ended.iter().flat_map(|machine| self::written(machine.compiled())).collect();
    written.sort();
    written.dedup();
    let stopped = ended.iter().find_map(|machine| Some((machine, failed(machine)?)));
    let failed_block = stopped.as_ref().and_then(|(machine, (_, block))| {
        let block = block.as_deref()?;
        Some(if case.playbook.is_some() { block.to_owned() } else { format!("{}.{block}", machine.compiled().id) })
    });
    let problems: Vec<Told> = stopped.into_iter().map(|(_, (told, _))| told).collect();
    let given = match case.playbook {
        Some(_) => ended.first().map(ended::outputs),
        None => {
            Some(ended.iter().map(|of| json!({"playbook": of.compiled().id, "outputs": ended::outputs(of)})).collect())
        }
    };
    let trips: u32 = ended.iter().flat_map(Machine::view).map(|block| block.trips).sum();
    Actual {
        crm: crm.value.clone(),
        plan,
        round_trips: usize::try_from(trips).ok(),
        result: given.filter(|_| problems.is_empty()),
        state,
        written,
        problems,
        failed_block,
        audit: Vec::new(),
    }
}

/// The entities that the blocks of a playbook write.
fn written(compiled: &Compiled) -> Vec<String> {
    let writes = compiled
        .blocks
        .iter()
        .filter(|node| matches!(node.block.kind, BlockKind::Create { .. } | BlockKind::Update { .. }));
    let parts = writes.filter_map(|node| node.pattern.as_deref()).flat_map(|pattern: &Pattern| &pattern.parts);
    parts.filter(|part| !part.read_only).map(|part| part.entity.id.to_string()).collect()
}

/// Why a run came to no good end, and at which block.
fn failed(machine: &Machine) -> Option<(Told, Option<String>)> {
    let closed = machine.compiled().closed;
    let outcome = machine.outcome().map(|outcome| if closed { outcome.closed() } else { outcome.clone() });
    match &outcome {
        Some(RunOutcome::Failed { block, failure }) => {
            let told = Told { code: failure.reason.clone(), message: failure.message.clone() };
            Some((told, block.as_ref().map(ToString::to_string)))
        }
        Some(RunOutcome::Succeeded { .. }) => None,
        _ => {
            let message = "the run waits for its employee to sign in".to_owned();
            Some((Told { code: "needs-identity".to_owned(), message }, None))
        }
    }
}

/// What is wrong with the names and values of a case; nothing is run.
pub fn check(workspace: &Workspace, resolved: (&Catalog, &Playbooks), case: &PlaybookCase) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = fixtures(workspace, case).err().unwrap_or_default();
    for crm in &case.crms {
        let mut found = begun(workspace, resolved, case, crm).err().unwrap_or_default();
        found.extend(state::typed(resolved.0, &crm.value, &case.state).err().unwrap_or_default());
        // What is wrong on one CRM is mostly wrong on the next in the same place.
        found.retain(|found| problems.iter().all(|told| told.span != found.span));
        problems.extend(found);
    }
    problems
}

/// A playbook, and what starts a run of it.
type Begun<'l> = (&'l Arc<Compiled>, Started);

/// The runs of a case, in their order.
fn begun<'l>(
    workspace: &Workspace,
    (catalog, compiled): (&Catalog, &'l Playbooks),
    case: &PlaybookCase,
    crm: &Spanned<CrmName>,
) -> Result<Vec<Begun<'l>>, Vec<Diagnostic>> {
    known(catalog, crm)?;
    let Some(playbook) = &case.playbook else {
        let mut all = Vec::new();
        for (position, event) in case.events.iter().enumerate() {
            all.extend(started_by(workspace, compiled.on(crm.value.as_str()), case, (position, event))?);
        }
        return Ok(all);
    };
    let name = &playbook.value;
    let compiled = compiled.get(crm.value.as_str(), name).ok_or_else(|| {
        let all = workspace.library.playbooks.iter().map(|playbook| playbook.id.as_str());
        let near = nearest(name, all).filter(|near| near != name);
        vec![unknown(playbook.span, format!("there is no playbook `{name}` on {}", crm.value), near)]
    })?;
    Ok(vec![(compiled, started(workspace, case, compiled, case.event.as_ref().ok_or(playbook.span))?)])
}

/// The runs that one of several events starts: of every playbook that is for it, by id, as on the platform.
fn started_by<'l>(
    workspace: &Workspace,
    playbooks: impl Iterator<Item = &'l Arc<Compiled>>,
    case: &PlaybookCase,
    (position, event): (usize, &Node),
) -> Result<Vec<Begun<'l>>, Vec<Diagnostic>> {
    let written = beside(workspace, case.file, event)?;
    let kind = written.get("kind").and_then(serde_json::Value::as_str);
    let Some(kind) = TriggerKind::ALL.into_iter().find(|one| Some(one.name()) == kind) else {
        let wrong = Diagnostic::error(codes::BAD_EVENT.code, event.span, "an event says its `kind`");
        return Err(vec![wrong.help("write `kind: MeetingBooked`, and what it gives below `data`")]);
    };
    let portal = written.pointer("/data/PortalId").and_then(serde_json::Value::as_str);
    let mut all = Vec::new();
    for compiled in playbooks {
        let library = &workspace.library;
        let replaced = library.playbooks.iter().any(|one| one.id == compiled.id && !library.runs(one));
        let Some(trigger) = compiled.trigger().filter(|trigger| trigger.kind == kind && !replaced) else { continue };
        if trigger.portals.is_empty() || trigger.portals.iter().any(|one| portal == Some(one)) {
            let mut started = started(workspace, case, compiled, Ok(event))?;
            started.id.get_or_insert_with(|| format!("{EVENT}-{}", position + 1));
            all.push((compiled, started));
        }
    }
    Ok(all)
}

/// What starts the run, held against the playbook. Without an event it is the playbook that stands there.
fn started(
    workspace: &Workspace,
    case: &PlaybookCase,
    compiled: &Compiled,
    event: Result<&Node, Span>,
) -> Result<Started, Vec<Diagnostic>> {
    let span = event.map_or_else(|span| span, |node| node.span);
    let trigger = compiled
        .trigger()
        .ok_or_else(|| vec![Diagnostic::error(codes::UNKNOWN_NAME.code, span, "the playbook has no trigger")])?;
    let written = event.map_or_else(|_| Ok(json!({})), |node| beside(workspace, case.file, node))?;
    let placed = |path: &str| -> Span { event.map_or(span, |node| value::locate(node, path)) };
    let mut started = event::envelope(&written, trigger)
        .map_err(|wrong| wrong.iter().map(|one| event::diagnostic(one, placed(&one.path))).collect::<Vec<_>>())?;
    let wrong = event::check(&started, compiled, trigger).into_iter().map(|(place, problem)| {
        let prefix = match place {
            Place::Data if event::is_envelope(&written, trigger) => "data.",
            Place::Data => "",
            Place::Given => "given.",
        };
        event::diagnostic(&problem, placed(&format!("{prefix}{}", problem.path)))
    });
    let wrong: Vec<Diagnostic> = wrong.collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
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
