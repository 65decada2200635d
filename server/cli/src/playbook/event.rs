//! The event that starts a run: from a file, or put together from values on the command line.

use std::collections::BTreeSet;
use std::path::Path;

use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::value::{self, InputFile};
use engage_engine::input::InputProblem;
use engage_engine::nearest::nearest;
use engage_playbooks::Compiled;
use engage_playbooks::model::{BlockKind, InputValue, Trigger, TriggerKind};
use engage_playbooks::ports::Event;
use engage_playbooks::run::{Beginning, Tenant};
use engage_playbooks::triggers::{TriggerActing, acting};
use engage_playbooks::types::{Misfit, Type, declared, take_in};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::case::codes;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::io::Io;
use crate::simulated::LOCAL;
use crate::workspace;

/// What stands around the data of an event.
const KEYS: [&str; 6] = ["kind", "id", "subject", "employee", "data", "given"];

/// What starts a run. `Debug` shows no value.
#[derive(Clone, Default)]
pub struct Started {
    /// Makes it the same as one before.
    pub id: Option<String>,
    /// Runs of one subject go one after the other.
    pub subject: Option<String>,
    /// The employee who acts.
    pub employee: Option<String>,
    /// The data, of the type that the trigger gives.
    pub data: Json,
    /// What `Input` blocks are given, by block.
    pub given: Map<String, Json>,
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Started {
    /// How the run begins that an event with this id starts; `None` of a playbook without a trigger.
    pub fn begins(&self, id: &str, tenant: &Tenant, compiled: &Compiled, now: Timestamp) -> Option<Beginning> {
        let event = self.event(id, tenant, compiled, now)?;
        Some(Beginning::of(&event, compiled, compiled.deadline_from(now, None)))
    }

    /// The event for one playbook; `None` of a playbook without a trigger.
    pub fn event(&self, id: &str, tenant: &Tenant, compiled: &Compiled, now: Timestamp) -> Option<Event> {
        Some(Event {
            tenant: tenant.clone(),
            id: id.to_owned(),
            kind: compiled.trigger()?.kind,
            subject: self.subject.clone(),
            playbook: Some(compiled.id.clone()),
            employee: self.employee.clone(),
            data: self.data.clone(),
            given: Json::Object(self.given.clone()),
            at: now,
        })
    }

    /// Settles who acts: whoever is named, else the employee of the event; `local` where the trigger always has one.
    pub fn act(&mut self, named: Option<&str>, trigger: &Trigger) {
        let always = acting(trigger.kind) == TriggerActing::Employee;
        let event = self.employee.take().or_else(|| always.then(|| LOCAL.to_owned()));
        self.employee = named.map(str::to_owned).or(event);
    }
}

/// Reads an event from a file (`-`: standard input) and values from the command line, and holds both against the playbook.
///
/// # Errors
/// When the file cannot be read, or a value does not fit: told at its line, and not shown.
pub fn read(path: Option<&Path>, inputs: &[String], compiled: &Compiled, io: &mut Io<'_>) -> Result<Started, Failure> {
    let trigger = compiled.trigger().ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
    let file = path.map(|path| open(path, io)).transpose()?;
    if file.is_none() && !matches!(trigger.kind, TriggerKind::Manual) {
        let message = format!("`{}` is started by {}: say by which event", compiled.id, trigger.kind);
        let help = format!(
            "`--event FILE` names YAML or JSON with what {} gives; `engage describe {}` tells it",
            trigger.kind, compiled.id
        );
        return Err(Failure::usage(message).help(help));
    }
    let mut started = match &file {
        Some(file) => envelope(&file.value, trigger).map_err(|problems| refused(file, &problems))?,
        None => Started { data: json!({}), ..Started::default() },
    };
    once(inputs)?;
    for input in inputs {
        add(input, compiled, trigger, &mut started)?;
    }
    let wrong = check(&started, compiled, trigger);
    if wrong.is_empty() {
        return Ok(started);
    }
    let Some(file) = &file else { return Err(absent(&wrong)) };
    let prefix = if is_envelope(&file.value, trigger) { "data" } else { "" };
    let placed = wrong.into_iter().map(|(at, problem)| match at {
        Place::Data => under(prefix, problem),
        Place::Given => under("given", problem),
    });
    Err(refused(file, &placed.collect::<Vec<_>>()))
}

fn open(path: &Path, io: &mut Io<'_>) -> Result<InputFile, Failure> {
    let (name, text) = input::named(path, io)?;
    value::read(&name, &text).map_err(|rejected| workspace::refused(&rejected, Exit::Problems))
}

fn refused(file: &InputFile, problems: &[InputProblem]) -> Failure {
    workspace::refused(&file.rejected(problems), Exit::Problems)
}

/// Values that nobody gave.
fn absent(problems: &[(Place, InputProblem)]) -> Failure {
    let all: Vec<&str> = problems.iter().map(|(_, problem)| problem.message.as_str()).collect();
    let failure = Failure::problem(all.join("; "));
    failure.help("give it with `--input NAME=VALUE`, or all of them in a file with `--event`")
}

/// Whether something stands around the data: it says its `kind`. Where data may have a `kind` of its own, as an input of that
/// name or the body of a webhook, it does so by the name of its trigger, and has `data`.
pub fn is_envelope(value: &Json, trigger: &Trigger) -> bool {
    let own = match trigger.kind {
        TriggerKind::Manual => trigger.inputs.iter().any(|input| input.name == "kind"),
        TriggerKind::Webhook => true,
        _ => false,
    };
    match value.get("kind") {
        None => false,
        Some(kind) => !own || (kind.as_str() == Some(trigger.kind.name()) && value.get("data").is_some()),
    }
}

/// Takes an event apart. What is none is data as a whole.
///
/// # Errors
/// All that is wrong with what stands around the data.
pub fn envelope(value: &Json, trigger: &Trigger) -> Result<Started, Vec<InputProblem>> {
    if !is_envelope(value, trigger) {
        return Ok(Started { data: value.clone(), ..Started::default() });
    }
    let mut wrong = around(value, trigger);
    let mut text = |key: &str| match value.get(key) {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) => Some(text.clone()),
        Some(Json::Number(number)) => Some(number.to_string()),
        Some(_) => {
            wrong.push(problem(key, format!("`{key}` is text"), None));
            None
        }
    };
    let (id, subject, employee) = (text("id"), text("subject"), text("employee"));
    let given = match value.get("given") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(given)) => given.clone(),
        Some(_) => {
            wrong.push(problem("given", "`given` is a mapping from blocks to values".to_owned(), None));
            Map::new()
        }
    };
    let data = value.get("data").cloned().unwrap_or_default();
    if wrong.is_empty() { Ok(Started { id, subject, employee, data, given }) } else { Err(wrong) }
}

/// What is wrong with the kind of an event and with its keys.
fn around(value: &Json, trigger: &Trigger) -> Vec<InputProblem> {
    let mut wrong = Vec::new();
    let unknown = value.as_object().into_iter().flat_map(Map::keys).filter(|key| !KEYS.contains(&key.as_str()));
    for key in unknown {
        let suggestion = nearest(key, KEYS);
        wrong.push(InputProblem { suggestion, ..problem(key, format!("an event has no `{key}`"), None) });
    }
    match value.get("kind").and_then(Json::as_str) {
        Some(kind) if kind == trigger.kind.name() => {}
        Some(kind) => {
            let message = format!("the playbook is started by {}, this is `{kind}`", trigger.kind);
            wrong.push(problem("kind", message, Some(format!("write `kind: {}`", trigger.kind))));
        }
        None => wrong.push(problem("kind", "`kind` is text".to_owned(), None)),
    }
    if value.get("data").is_none() {
        let help = "what the trigger gives stands below `data`".to_owned();
        wrong.push(problem("data", "an event has `data`".to_owned(), Some(help)));
    }
    wrong
}

/// Where a value stands that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the data of the event.
    Data,
    /// Among what `Input` blocks are given.
    Given,
}

/// Holds what starts a run against the playbook: all that does not fit, and where each stands.
pub fn check(started: &Started, compiled: &Compiled, trigger: &Trigger) -> Vec<(Place, InputProblem)> {
    let data = compiled.blocks.first().map_or_else(Type::any, |node| node.output.clone());
    let mut wrong: Vec<_> = misfits(&started.data, &data, "").map(|problem| (Place::Data, problem)).collect();
    let portal = started.data.get("PortalId").and_then(Json::as_str);
    if wrong.is_empty() && !trigger.portals.is_empty() && !trigger.portals.iter().any(|id| portal == Some(id)) {
        let message = "the playbook is not for this portal".to_owned();
        let help = format!("it is for {}", trigger.portals.join(", "));
        wrong.push((Place::Data, problem("PortalId", message, Some(help))));
    }
    let wanted = given(compiled);
    for (block, of) in &wanted {
        let value = started.given.get(*block).filter(|value| !value.is_null());
        match value {
            Some(value) => wrong.extend(misfits(value, of, block).map(|problem| (Place::Given, problem))),
            None if of.optional => {}
            None => wrong.push((Place::Given, problem("", format!("the input `{block}` is not given"), None))),
        }
    }
    for name in started.given.keys().filter(|name| wanted.iter().all(|(block, _)| block != name)) {
        let suggestion = nearest(name, wanted.iter().map(|(block, _)| *block));
        let unknown = problem(name, format!("the playbook has no input `{name}`"), None);
        wrong.push((Place::Given, InputProblem { suggestion, ..unknown }));
    }
    wrong
}

/// What is wrong with a value that goes to a place.
fn misfits<'v>(value: &'v Json, of: &Type, at: &'v str) -> impl Iterator<Item = InputProblem> + use<'v> {
    let all = take_in(value, of).err().map(|wrong| wrong.0).unwrap_or_default();
    all.into_iter().map(move |misfit| misfit_at(at, &misfit))
}

/// A key that was meant stands where the key is that was written for it.
fn misfit_at(at: &str, misfit: &Misfit) -> InputProblem {
    let (parent, key) = misfit.path.rsplit_once('.').unwrap_or(("", &misfit.path));
    let (path, suggestion) = match &misfit.instead {
        Some(written) if parent.is_empty() => (written.clone(), Some(key.to_owned())),
        Some(written) => (format!("{parent}.{written}"), Some(key.to_owned())),
        None => (misfit.path.clone(), None),
    };
    let joint = if at.is_empty() || path.is_empty() || path.starts_with('[') { "" } else { "." };
    InputProblem { suggestion, ..problem(&format!("{at}{joint}{path}"), misfit.to_string(), None) }
}

fn problem(path: &str, message: String, help: Option<String>) -> InputProblem {
    InputProblem { code: codes::BAD_EVENT.code, path: path.to_owned(), message, help, suggestion: None }
}

fn under(prefix: &str, problem: InputProblem) -> InputProblem {
    let joint = if prefix.is_empty() || problem.path.is_empty() { "" } else { "." };
    InputProblem { path: format!("{prefix}{joint}{}", problem.path), ..problem }
}

/// The `Input` blocks that are given their values, with their types.
fn given(compiled: &Compiled) -> Vec<(&str, Type)> {
    let blocks = compiled.blocks.iter().filter_map(|node| match &node.block.kind {
        BlockKind::Input(InputValue::Given(of)) => Some((node.block.name.as_str(), declared(of))),
        _ => None,
    });
    blocks.collect()
}

/// Refuses a value that is given twice: one of the two was meant otherwise.
fn once(inputs: &[String]) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    let name = |input: &'_ String| input.split_once('=').map(|(name, _)| name.to_owned());
    match inputs.iter().filter_map(name).find(|name| !names.insert(name.clone())) {
        Some(name) => {
            let failure = Failure::usage(format!("`--input {name}=…` is given twice"));
            Err(failure.help("give each value once; a list is one value, as JSON: `NAME=[1, 2]`"))
        }
        None => Ok(()),
    }
}

/// Adds `NAME=VALUE`: an input of a manual start, or the value of an `Input` block.
fn add(input: &str, compiled: &Compiled, trigger: &Trigger, started: &mut Started) -> Result<(), Failure> {
    let Some((name, text)) = input.split_once('=') else {
        return Err(
            Failure::usage(format!("`--input {input}` is no input of a playbook")).help("write `--input NAME=VALUE`")
        );
    };
    let manual = trigger.inputs.iter().find(|one| one.name == name).map(declared);
    let blocks = given(compiled);
    let block = blocks.iter().find(|(block, _)| *block == name).map(|(_, of)| of.clone());
    let Some(of) = manual.as_ref().or(block.as_ref()) else {
        let names = trigger.inputs.iter().map(|one| one.name.as_str()).chain(blocks.iter().map(|(block, _)| *block));
        let names: Vec<&str> = names.collect();
        let help = if names.is_empty() { "it takes none".to_owned() } else { format!("it takes {}", names.join(", ")) };
        let failure = Failure::usage(format!("`{}` has no input `{name}`", compiled.id));
        return Err(failure.suggest(nearest(name, names.iter().copied())).help(help));
    };
    let value = typed(text, of).map_err(|why| Failure::problem(format!("`--input {name}=…`: {why}")))?;
    match (manual.is_some(), started.data.as_object_mut()) {
        (true, Some(data)) => drop(data.insert(name.to_owned(), value)),
        (true, None) => {
            return Err(Failure::problem("the data of the event is no mapping that an input could be put in"));
        }
        (false, _) => drop(started.given.insert(name.to_owned(), value)),
    }
    Ok(())
}

/// A value as it was typed: JSON, and text also without its quotes where text is wanted.
fn typed(text: &str, of: &Type) -> Result<Json, String> {
    let read = serde_json::from_str::<Json>(text).ok();
    let value = match read {
        Some(read) if !of.is_text() || read.is_string() => read,
        _ if of.is_text() => Json::String(text.to_owned()),
        Some(read) => read,
        None => return Err(format!("expected {of}, written as JSON")),
    };
    match take_in(&value, of) {
        Ok(_) => Ok(value),
        Err(wrong) => Err(wrong.to_string()),
    }
}

/// A problem of an event that stands in a case, at its place there.
pub fn diagnostic(problem: &InputProblem, at: engage_dsl::source::Span) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(problem.code, at, problem.message.clone());
    diagnostic.help.clone_from(&problem.help);
    diagnostic.suggestion.clone_from(&problem.suggestion);
    diagnostic
}

#[cfg(test)]
mod tests {
    use engage_playbooks::model::{Declared, DeclaredType};
    use engage_playbooks::types::Shape;

    use super::*;

    #[test]
    fn text_needs_no_quotes_and_everything_else_is_json() {
        let text = |written: &str| typed(written, &Type::text()).unwrap();
        assert_eq!((text("0150"), text("Kari N"), text("\"5\"")), (json!("0150"), json!("Kari N"), json!("5")));
        let number = Type::of(Shape::Int);
        assert_eq!(typed("5", &number).unwrap(), json!(5));
        assert_eq!(typed("five", &number).unwrap_err(), "expected int, written as JSON");
        assert_eq!(typed("true", &number).unwrap_err(), "the value: expected int, found a boolean");
        assert_eq!(typed("[\"a\"]", &Type::list(Type::text())).unwrap(), json!(["a"]));
    }

    #[test]
    fn what_stands_around_the_data_is_taken_apart() {
        let trigger = Trigger::new(TriggerKind::CustomerOverview);
        let whole = envelope(&json!({"AccountId": "a"}), &trigger).unwrap();
        assert_eq!((whole.id, whole.data), (None, json!({"AccountId": "a"})));
        let event = json!({"kind": "CustomerOverview", "id": 7, "employee": "kim", "data": {"AccountId": "a"}});
        let apart = envelope(&event, &trigger).unwrap();
        assert_eq!((apart.id.as_deref(), apart.employee.as_deref()), (Some("7"), Some("kim")));
        let wrong = |event: Json| envelope(&event, &trigger).unwrap_err();
        let slips = wrong(json!({"kind": "Manual", "date": {}, "id": [], "given": 1}));
        let told: Vec<_> = slips.iter().map(|slip| (slip.path.as_str(), slip.suggestion.as_deref())).collect();
        assert_eq!(told, [("date", Some("data")), ("kind", None), ("data", None), ("id", None), ("given", None)]);
    }

    #[test]
    fn data_may_have_a_kind_of_its_own() {
        let mut trigger = Trigger::new(TriggerKind::Manual);
        assert!(is_envelope(&json!({"kind": "a", "data": "b"}), &trigger));
        trigger.inputs.push(Declared { name: "kind".to_owned(), of: DeclaredType::String, optional: false });
        assert!(!is_envelope(&json!({"kind": "a", "data": "b"}), &trigger));
        assert!(!is_envelope(&json!({"kind": "Manual"}), &trigger));
        assert!(is_envelope(&json!({"kind": "Manual", "data": {"kind": "Manual"}}), &trigger));
    }
}
