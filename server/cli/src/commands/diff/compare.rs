//! The changes between two workspaces on one CRM.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::access::{Access, Holder, access};
use engage_engine::catalog::Pattern;
use engage_engine::plan::{Answer, InputShape, Plan, plan};
use engage_engine::{Capabilities, CrmName, Operation, SemanticId};
use engage_playbooks::Compiled;
use engage_playbooks::access::access as playbook_access;
use engage_playbooks::outlook::{Outlook, Step};
use serde_json::json;

use crate::target::Switch;
use crate::workspace::Loaded;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) crm: String,
    /// What changed: `pattern lead create`, `playbook portal-lead`, `the application`.
    pub(super) subject: String,
    /// In what: `atomic`, `round trips`, `new`, `gone`, `privilege`.
    pub(super) what: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) worse: bool,
}

/// Collects changes on one CRM.
struct Changes<'c> {
    crm: &'c CrmName,
    all: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, subject: &str, what: &'static str, (before, after): (String, String), worse: bool) {
        self.all.push(Change { crm: self.crm.to_string(), subject: subject.to_owned(), what, before, after, worse });
    }

    /// A figure of which more is worse.
    fn figure(&mut self, subject: &str, what: &'static str, before: usize, after: usize) {
        if before != after {
            self.add(subject, what, (before.to_string(), after.to_string()), after > before);
        }
    }

    /// An answer that had better be yes.
    fn answer(&mut self, subject: &str, what: &'static str, before: Answer, after: Answer) {
        if before != after {
            self.add(subject, what, (word(before), word(after)), after == Answer::No);
        }
    }

    fn gone_or_new(&mut self, subject: &str, gone: bool) {
        let what = if gone { "gone" } else { "new" };
        self.add(subject, what, (String::new(), String::new()), gone);
    }
}

fn word(answer: Answer) -> String {
    json!(answer).as_str().unwrap_or_default().to_owned()
}

/// The changes on one CRM: patterns by operation, then playbooks, then privileges.
pub(super) fn changes(crm: &CrmName, old: &Loaded, new: &Loaded) -> Vec<Change> {
    let capabilities = Switch::Target.of(crm);
    let mut changes = Changes { crm, all: Vec::new() };
    patterns(old, new, &capabilities, &mut changes);
    playbooks(old, new, &capabilities, &mut changes);
    privileges(old, new, &capabilities, &mut changes);
    changes.all
}

/// What stands under each name in either.
fn paired<'l, T: ?Sized>(
    old: impl Iterator<Item = (&'l str, &'l T)>,
    new: impl Iterator<Item = (&'l str, &'l T)>,
) -> BTreeMap<&'l str, (Option<&'l T>, Option<&'l T>)> {
    let mut all: BTreeMap<&str, (Option<&T>, Option<&T>)> = BTreeMap::new();
    old.for_each(|(name, one)| all.entry(name).or_default().0 = Some(one));
    new.for_each(|(name, one)| all.entry(name).or_default().1 = Some(one));
    all
}

fn patterns(old: &Loaded, new: &Loaded, can: &Capabilities, changes: &mut Changes<'_>) {
    let crm = changes.crm.as_str();
    let pairs = paired(
        old.catalog.patterns(crm).map(|pattern| (pattern.id.as_str(), &**pattern)),
        new.catalog.patterns(crm).map(|pattern| (pattern.id.as_str(), &**pattern)),
    );
    for (id, pair) in pairs {
        match pair {
            (Some(before), Some(after)) => {
                for operation in Operation::ALL {
                    operated(&format!("pattern {id} {operation}"), (before, after), operation, can, changes);
                }
            }
            (before, _) => changes.gone_or_new(&format!("pattern {id}"), before.is_some()),
        }
    }
}

/// Compares the plans of an operation for the smallest input that each takes.
fn operated(
    subject: &str,
    (before, after): (&Pattern, &Pattern),
    operation: Operation,
    can: &Capabilities,
    changes: &mut Changes<'_>,
) {
    let made = |pattern: &Pattern| plan(pattern, operation, &InputShape::minimal(pattern, operation), can).ok();
    match (made(before), made(after)) {
        (Some(before), Some(after)) => planned(subject, &before, &after, changes),
        (Some(_), None) => changes.gone_or_new(subject, true),
        (None, Some(_)) => changes.gone_or_new(subject, false),
        (None, None) => {}
    }
}

fn planned(subject: &str, before: &Plan, after: &Plan, changes: &mut Changes<'_>) {
    let (was, is) = (&before.figures, &after.figures);
    let known = changes.all.len();
    changes.answer(subject, "atomic", was.atomic, is.atomic);
    changes.answer(subject, "once", was.once, is.once);
    changes.figure(subject, "round trips", was.round_trips, is.round_trips);
    changes.figure(subject, "depth", was.depth, is.depth);
    if was.guard != is.guard {
        let word = |guard| json!(guard).as_str().unwrap_or_default().to_owned();
        changes.add(subject, "guard", (word(was.guard), word(is.guard)), is.guard == engage_engine::plan::Guard::None);
    }
    if was.race != is.race {
        changes.add(subject, "race", (was.race.to_string(), is.race.to_string()), is.race);
    }
    if changes.all.len() == known && before.explain() != after.explain() {
        changes.add(subject, "plan", (String::new(), String::new()), false);
    }
}

fn playbooks(old: &Loaded, new: &Loaded, can: &Capabilities, changes: &mut Changes<'_>) {
    let crm = changes.crm.as_str();
    let pairs = paired(
        old.compiled.on(crm).map(|compiled| (compiled.id.as_str(), &**compiled)),
        new.compiled.on(crm).map(|compiled| (compiled.id.as_str(), &**compiled)),
    );
    for (id, pair) in pairs {
        let subject = format!("playbook {id}");
        match pair {
            (Some(before), Some(after)) if before.digest != after.digest => {
                scheduled(&subject, before, after, can, changes);
            }
            (Some(_), Some(_)) => {}
            (before, _) => changes.gone_or_new(&subject, before.is_some()),
        }
    }
}

fn scheduled(subject: &str, before: &Compiled, after: &Compiled, can: &Capabilities, changes: &mut Changes<'_>) {
    let kind =
        |compiled: &Compiled| compiled.trigger().map(|trigger| trigger.kind.name()).unwrap_or_default().to_owned();
    if kind(before) != kind(after) {
        changes.add(subject, "trigger", (kind(before), kind(after)), true);
    }
    let (Ok(was), Ok(is)) = (Outlook::of(before, can), Outlook::of(after, can)) else {
        changes.add(subject, "plan", (String::new(), String::new()), true);
        return;
    };
    let known = changes.all.len();
    changes.figure(subject, "depth", was.depth, is.depth);
    changes.figure(subject, "round trips", was.round_trips, is.round_trips);
    changes.figure(subject, "ai calls", was.ai_calls, is.ai_calls);
    let shown = |outlook| if before.closed || after.closed { Vec::new() } else { named(outlook) };
    let steps = paired(shown(&was).into_iter(), shown(&is).into_iter());
    for (block, pair) in steps {
        let subject = format!("{subject} block {block}");
        match pair {
            (Some(was), Some(is)) => changes.answer(&subject, "once", was.once, is.once),
            (was, _) => {
                let what = if was.is_some() { "gone" } else { "new" };
                changes.add(&subject, what, (String::new(), String::new()), false);
            }
        }
    }
    if changes.all.len() == known {
        changes.add(subject, "does something else", (String::new(), String::new()), false);
    }
}

fn named(outlook: &Outlook) -> Vec<(&str, &Step)> {
    outlook.stages.iter().flat_map(|stage| &stage.blocks).map(|step| (step.block.as_str(), step)).collect()
}

fn privileges(old: &Loaded, new: &Loaded, can: &Capabilities, changes: &mut Changes<'_>) {
    let (before, after) = (needed(old, changes.crm, can), needed(new, changes.crm, can));
    for (holder, privilege) in after.difference(&before) {
        changes.add(title(*holder), "new privilege", (String::new(), privilege.clone()), true);
    }
    for (holder, privilege) in before.difference(&after) {
        changes.add(title(*holder), "privilege no longer needed", (privilege.clone(), String::new()), false);
    }
}

fn title(holder: Holder) -> &'static str {
    match holder {
        Holder::Employee => "the employees",
        Holder::Application => "the application",
    }
}

/// What everything in a workspace needs to be allowed: playbooks by the fields that their blocks use, and patterns that no block
/// runs, or that a use case points at, as they are.
fn needed(loaded: &Loaded, crm: &CrmName, can: &Capabilities) -> BTreeSet<(Holder, String)> {
    let (mut needed, mut run) = (BTreeSet::new(), BTreeSet::new());
    for compiled in loaded.compiled.on(crm.as_str()) {
        playbook_access(compiled, can).iter().for_each(|need| privileges_of(need, &mut needed));
        let called = compiled.blocks.iter().filter(|node| node.operation().is_some());
        run.extend(called.filter_map(|node| node.pattern.as_ref()).map(|pattern| &pattern.id));
    }
    let mapped: BTreeSet<&SemanticId> = loaded.workspace.library.mappers.iter().map(|mapper| &mapper.pattern).collect();
    let patterns = loaded.catalog.patterns(crm.as_str());
    for pattern in patterns.filter(|pattern| !run.contains(&pattern.id) || mapped.contains(&pattern.id)) {
        access([&**pattern], &Operation::ALL, can).iter().for_each(|need| privileges_of(need, &mut needed));
    }
    needed
}

fn privileges_of(need: &Access, all: &mut BTreeSet<(Holder, String)>) {
    let entity = &need.crm_type;
    for right in &need.rights {
        all.insert((need.holder, format!("{} {entity}", json!(right).as_str().unwrap_or_default())));
    }
    for (verb, columns) in [("read", &need.read), ("create", &need.create), ("write", &need.write)] {
        all.extend(columns.iter().map(|column| (need.holder, format!("{verb} {entity}.{column}"))));
    }
}
