//! A past run as the outside of a new version: what the CRM and the AI answered then, and what was written then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engage_dsl::templates::Liquid;
use engage_engine::ids::RefId;
use engage_playbooks::Compiled;
use engage_playbooks::model::BlockKind;
use engage_playbooks::ports::{BlockCall, BlockDone, BlockExecutor, Templates};
use engage_playbooks::run::{Attempt, BlockFailure, Command, Fact, FactKind, FailureKind, Machine};
use serde_json::{Map, Value as Json, json};

/// What would be different now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Difference {
    /// A value that is written.
    Value {
        block: String,
        /// `part[position].Field`.
        place: String,
        before: Option<Json>,
        after: Option<Json>,
    },
    /// A block writes that did not write then.
    Writes { block: String, after: Json },
    /// A block does not write that wrote then.
    Silent { block: String, before: Json },
    /// A block asks what nobody asked then: what comes of it is not known.
    Asks { block: String },
}

/// A past run.
pub(super) struct Past {
    outputs: BTreeMap<RefId, Json>,
    prepared: BTreeMap<RefId, Json>,
    /// What blocks were given then, where the old version is known.
    inputs: Option<BTreeMap<RefId, Json>>,
    /// The kinds of the blocks then, by name, where the old version is known.
    old: Option<Arc<Compiled>>,
    liquid: Liquid,
    differences: Mutex<Vec<Difference>>,
}

impl Past {
    /// A past run by its facts, and the version that it ran in where there is one.
    pub(super) fn new(facts: &[Fact], old: Option<&Arc<Compiled>>) -> Self {
        let (mut outputs, mut prepared) = (BTreeMap::new(), BTreeMap::new());
        for fact in facts {
            match &fact.kind {
                FactKind::Done { block, output, .. } => drop(outputs.insert(block.clone(), output.clone())),
                FactKind::Prepared { block, input } => drop(prepared.insert(block.clone(), input.clone())),
                _ => {}
            }
        }
        Self {
            outputs,
            prepared,
            inputs: old.map(|compiled| inputs(compiled, facts)),
            old: old.cloned(),
            liquid: Liquid::default(),
            differences: Mutex::default(),
        }
    }

    /// What would be different, the writes that are gone included.
    pub(super) fn differences(&self, machine: &Machine) -> Vec<Difference> {
        let mut all = std::mem::take(&mut *self.differences.lock().unwrap_or_else(PoisonError::into_inner));
        let stopped = all.iter().any(|found| matches!(found, Difference::Asks { .. }));
        for (block, before) in self.prepared.iter().filter(|_| !stopped) {
            // What was prepared and not done had not been written for certain.
            let wrote = self.outputs.contains_key(block);
            if wrote && machine.output_of(block).is_none() {
                all.push(Difference::Silent { block: block.to_string(), before: before.clone() });
            }
        }
        all
    }

    fn found(&self, difference: Difference) {
        self.differences.lock().unwrap_or_else(PoisonError::into_inner).push(difference);
    }

    /// What the outside answered then to the same question; `None` where nobody asked it.
    fn answered(&self, call: &BlockCall<'_>) -> Option<&Json> {
        let block = &call.attempt.block;
        let answer = self.outputs.get(block)?;
        if let Some(old) = &self.old {
            let same = old.node(block).is_some_and(|node| asks(&node.block.kind) == asks(&call.node.block.kind));
            let given = self.inputs.as_ref().and_then(|inputs| inputs.get(block));
            if !same || given != Some(&call.attempt.input) {
                return None;
            }
        }
        Some(answer)
    }

    /// Holds what a block would write against what it wrote, and answers as the CRM did then.
    fn write(&self, call: &BlockCall<'_>) -> BlockDone {
        let (block, after) = (&call.attempt.block, &call.attempt.input);
        let output = match (self.prepared.get(block), self.outputs.get(block)) {
            (Some(before), Some(output)) => {
                compare(block.as_str(), before, after).into_iter().for_each(|found| self.found(found));
                output.clone()
            }
            _ => {
                self.found(Difference::Writes { block: block.to_string(), after: after.clone() });
                made_up(after)
            }
        };
        BlockDone { output, trips: 0 }
    }
}

/// What a block asks of the outside: its kind with what it names.
fn asks(kind: &BlockKind) -> Option<(&'static str, String)> {
    match kind {
        BlockKind::Read { pattern } => Some(("read", pattern.to_string())),
        BlockKind::Ai { capability, .. } => Some(("ai", capability.to_string())),
        BlockKind::File { file } => Some(("file", file.clone())),
        _ => None,
    }
}

/// What each block of a run was given at last: its version says what it makes of the facts.
fn inputs(compiled: &Arc<Compiled>, facts: &[Fact]) -> BTreeMap<RefId, Json> {
    let mut machine = Machine::new(Arc::clone(compiled));
    let mut inputs = BTreeMap::new();
    for fact in facts {
        let Ok(commands) = machine.step(fact) else { break };
        for command in commands {
            if let Command::Run(Attempt { block, input, .. }) = command {
                inputs.insert(block, input);
            }
        }
    }
    inputs
}

/// An answer to a write that never was: an id for each instance.
fn made_up(input: &Json) -> Json {
    let parts = input.as_object().into_iter().flatten().filter(|(_, value)| !is_filter(value));
    let parts = parts.map(|(part, value)| {
        let count = value.as_array().map_or(1, Vec::len);
        let made = (0..count).map(|position| json!({"Id": format!("{part}-{position}"), "outcome": "created"}));
        (part.clone(), Json::Array(made.collect()))
    });
    Json::Object(parts.collect())
}

fn is_filter(value: &Json) -> bool {
    value.get("$filter").is_some()
}

/// What is written otherwise. What the CRM found by a condition is its own affair.
fn compare(block: &str, before: &Json, after: &Json) -> Vec<Difference> {
    let empty = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let parts = old.keys().chain(new.keys().filter(|part| !old.contains_key(*part)));
    let mut found = Vec::new();
    for part in parts {
        let new_part = new.get(part);
        if new_part.is_some_and(is_filter) {
            continue;
        }
        let (was, is) = (instances(old.get(part)), instances(new_part));
        for position in 0..was.len().max(is.len()) {
            fields(block, &format!("{part}[{position}]"), was.get(position), is.get(position), &mut found);
        }
    }
    found
}

fn instances(part: Option<&Json>) -> Vec<&Json> {
    match part {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
    }
}

fn fields(block: &str, place: &str, was: Option<&&Json>, is: Option<&&Json>, found: &mut Vec<Difference>) {
    let empty = Map::new();
    let of = |instance: Option<&&Json>| instance.and_then(|instance| instance.as_object()).cloned();
    let (old, new) = (of(was).unwrap_or_else(|| empty.clone()), of(is).unwrap_or_else(|| empty.clone()));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        // An Id that the CRM found then is not given again.
        let resolved = name == "Id" && after.is_none() && is.is_some();
        if !resolved && before != after {
            let (block, place) = (block.to_owned(), format!("{place}.{name}"));
            found.push(Difference::Value { block, place, before: before.cloned(), after: after.cloned() });
        }
    }
}

#[async_trait]
impl BlockExecutor for Past {
    async fn run(&self, call: BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
        match &call.node.block.kind {
            BlockKind::Create { .. } | BlockKind::Update { .. } => Ok(self.write(&call)),
            BlockKind::Template { .. } => {
                let source = call.node.template.as_ref().map(|template| template.source.as_str()).unwrap_or_default();
                let text = self.liquid.render(source, &call.attempt.input, call.started_at);
                let text = text.map_err(|error| failure("template", &error.to_string()))?;
                Ok(BlockDone { output: Json::String(text), trips: 0 })
            }
            _ => match self.answered(&call) {
                Some(answer) => Ok(BlockDone { output: answer.clone(), trips: 0 }),
                None => {
                    self.found(Difference::Asks { block: call.attempt.block.to_string() });
                    Err(failure("not-asked", "nobody asked this then"))
                }
            },
        }
    }
}

fn failure(reason: &str, message: &str) -> BlockFailure {
    let (reason, message) = (reason.to_owned(), message.to_owned());
    BlockFailure { kind: FailureKind::Permanent, reason, message, wait_ms: None, trips: 0 }
}
