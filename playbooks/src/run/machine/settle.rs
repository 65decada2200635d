//! What follows from what is there: which blocks are ready, which are skipped, and what those give that ask nobody.

use engage_engine::ids::RefId;
use engage_engine::model::{Condition, Test};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::node::Stage;
use super::{Machine, failure};
use crate::compiled::Node;
use crate::model::{BlockKind, InputValue, Operand, Origin, Segment};
use crate::ports::limits::MAX_BLOB;
use crate::run::operand::{Outputs, operands};
use crate::run::{BlockFailure, length, when};
use crate::transform;
use crate::types::{declared as declared_type, take_in};

/// How deeply groups of a filter may stand in each other.
const MAX_DEPTH: usize = 64;

/// The longest value that a block is given, in bytes of JSON: with the ids of the records that are found for it a journal still
/// keeps it.
const MAX_INPUT: usize = MAX_BLOB - (1 << 20);
/// What a run gives at most, all `Output` blocks together, in bytes of JSON.
const MAX_GIVEN: usize = MAX_BLOB;

/// What became of a block whose needs are settled.
enum Settled {
    Ready(Value),
    Done(Option<Value>),
    /// What an `Output` block gives, and how long it is.
    Given(Option<Value>, usize),
    Skipped,
}

impl Machine {
    /// Works out everything that follows. What a block needs stands before it, so one pass finds all.
    pub(super) fn settle(&mut self, at: Timestamp) {
        if self.phase != super::Phase::Going {
            return;
        }
        for position in 0..self.nodes.len() {
            if !self.has_what_it_needs(position) {
                continue;
            }
            let settled = self.settled(position);
            let Some(node) = self.nodes.get_mut(position) else { continue };
            node.times.ready.get_or_insert(at);
            match settled {
                Ok(Settled::Ready(input)) => (node.stage, node.input) = (Stage::Ready, Some(input)),
                Ok(Settled::Given(output, bytes)) => {
                    node.end(Stage::Done, at);
                    (node.output, node.given) = (output.map(Into::into), bytes);
                }
                Ok(Settled::Skipped) => node.end(Stage::Skipped, at),
                Ok(Settled::Done(output)) => {
                    node.end(Stage::Done, at);
                    node.output = output.map(Into::into);
                }
                Err(failure) => {
                    node.end(Stage::Failed, at);
                    node.failure = Some(failure);
                }
            }
        }
    }

    fn has_what_it_needs(&self, position: usize) -> bool {
        let waits = self.nodes.get(position).is_some_and(|node| node.stage == Stage::Waiting);
        let is_there = |need: &usize| self.nodes.get(*need).is_some_and(|node| node.stage.settled());
        waits && self.compiled.blocks.get(position).is_some_and(|node| node.needs.iter().all(is_there))
    }

    fn settled(&self, position: usize) -> Result<Settled, BlockFailure> {
        let node = self.compiled.blocks.get(position).ok_or_else(|| failure("internal", "the block is not there"))?;
        let outputs = |name: &RefId| self.output(name);
        if let Some(condition) = &node.block.when {
            let holds = when::holds(condition, &outputs).map_err(|error| failure("condition", &error.to_string()))?;
            if !holds {
                return Ok(Settled::Skipped);
            }
        }
        if let BlockKind::Output { .. } = node.block.kind {
            return self.given(input(node, &outputs)?);
        }
        match self.pure(node, &outputs)? {
            Some(output) => Ok(Settled::Done(output)),
            None => self.input_of(position).map(Settled::Ready),
        }
    }

    /// What an `Output` block gives: it is the end of the run, so that with what the others gave it has to be what a journal
    /// keeps.
    fn given(&self, output: Option<Value>) -> Result<Settled, BlockFailure> {
        let bytes = output.as_ref().map_or(0, length);
        let before: usize = self.nodes.iter().map(|node| node.given).sum();
        hold(before.saturating_add(bytes), MAX_GIVEN, "what the run gives")?;
        Ok(Settled::Given(output, bytes))
    }

    /// What a block gives that asks nobody; `None` for one that runs outside.
    fn pure(&self, node: &Node, outputs: Outputs<'_, '_>) -> Result<Option<Option<Value>>, BlockFailure> {
        let beginning = self.beginning.as_deref();
        let output = match &node.block.kind {
            BlockKind::Trigger(_) => {
                let data =
                    beginning.map(|beginning| &beginning.data).ok_or_else(|| failure("type", "there is no event"))?;
                let taken =
                    take_in(data, &node.output).map_err(|wrong| failure("type", &format!("the event: {wrong}")))?;
                Some(taken.into_owned())
            }
            BlockKind::Input(InputValue::Constant(value)) => Some(value.clone()),
            // The checker's proof holds of what it was made for: what comes from outside is looked at here, whoever took it in.
            BlockKind::Input(InputValue::Given(declared)) => {
                let given = beginning.and_then(|beginning| beginning.given.get(node.block.name.as_str()).cloned());
                let Some(given) = given.filter(|value| !value.is_null()) else {
                    let absent = || failure("absent", "the run was not given this value");
                    return if declared.optional { Ok(Some(None)) } else { Err(absent()) };
                };
                let taken = take_in(&given, &declared_type(declared))
                    .map_err(|wrong| failure("type", &format!("what the run was given: {wrong}")))?;
                Some(taken.into_owned())
            }
            BlockKind::Filter { condition, .. } => Some(json!({ "$filter": filter(condition, outputs, 1)? })),
            BlockKind::Output { .. }
            | BlockKind::Read { .. }
            | BlockKind::Create { .. }
            | BlockKind::Update { .. }
            | BlockKind::Template { .. }
            | BlockKind::Ai { .. }
            | BlockKind::File { .. } => return Ok(None),
        };
        Ok(Some(output))
    }

    /// What a block that runs outside is given: an empty object where nothing is.
    pub(super) fn input_of(&self, position: usize) -> Result<Value, BlockFailure> {
        let node = self.compiled.blocks.get(position).ok_or_else(|| failure("internal", "the block is not there"))?;
        let input = input(node, &|name| self.output(name))?.unwrap_or_else(|| Value::Object(Map::new()));
        hold(length(&input), MAX_INPUT, "what the block is given")?;
        self.narrowed(node, &input)?;
        Ok(input)
    }

    /// That everything is there which says what is read, whatever the checker let through: without it, more would be found.
    fn narrowed(&self, node: &Node, input: &Value) -> Result<(), BlockFailure> {
        let pattern = node.pattern.as_deref().filter(|_| matches!(node.block.kind, BlockKind::Read { .. }));
        for mapping in &node.block.mappings {
            let Some((Segment::Key(part), _)) =
                mapping.destination.as_ref().and_then(|path| path.segments().split_first())
            else {
                continue;
            };
            let reads = |part: &str| pattern.is_some_and(|pattern| pattern.part(part).is_some());
            let condition = || matches!(&mapping.source.origin, Origin::Block { block, .. } if self.is_filter(block));
            if input.get(part).is_none_or(Value::is_null) && (reads(part) || condition()) {
                let source = mapping.source.written();
                return Err(failure(
                    "absent",
                    &format!("`{part}`: {source} is absent, and says which records are meant"),
                ));
            }
        }
        Ok(())
    }

    fn is_filter(&self, block: &RefId) -> bool {
        self.compiled.node(block).is_some_and(|node| matches!(node.block.kind, BlockKind::Filter { .. }))
    }

    fn output(&self, name: &RefId) -> Option<&Value> {
        self.nodes.get(self.compiled.position(name)?)?.output.as_deref()
    }
}

/// Refuses what is longer than a journal keeps.
fn hold(bytes: usize, most: usize, what: &str) -> Result<(), BlockFailure> {
    if bytes <= most {
        return Ok(());
    }
    Err(failure("too-large", &format!("{what} comes to {bytes} bytes, at most {most} are kept")))
}

fn input(node: &Node, outputs: Outputs<'_, '_>) -> Result<Option<Value>, BlockFailure> {
    transform::input(&node.block.mappings, outputs).map_err(|wrong| {
        let target = node.block.mappings.get(wrong.mapping).and_then(|mapping| mapping.destination.as_ref());
        let place = target.map(|path| format!("`{path}`: ")).unwrap_or_default();
        failure(wrong.error.kind.name(), &format!("{place}{}", wrong.error))
    })
}

/// A condition in the form that an engine's input takes.
fn filter(condition: &Condition<Operand>, outputs: Outputs<'_, '_>, depth: usize) -> Result<Value, BlockFailure> {
    if depth > MAX_DEPTH {
        return Err(failure("depth", &format!("the condition has groups more than {MAX_DEPTH} deep")));
    }
    let group = |inner: &[Condition<Operand>]| -> Result<Value, BlockFailure> {
        inner.iter().map(|condition| filter(condition, outputs, depth + 1)).collect()
    };
    match condition {
        Condition::And(inner) => Ok(json!({ "and": group(inner)? })),
        Condition::Or(inner) => Ok(json!({ "or": group(inner)? })),
        Condition::Not(inner) => Ok(json!({ "not": filter(inner, outputs, depth + 1)? })),
        Condition::Test(test) => comparison(test, outputs),
    }
}

fn comparison(test: &Test<Operand>, outputs: Outputs<'_, '_>) -> Result<Value, BlockFailure> {
    use engage_engine::model::Operator;
    let absent = || failure("absent", &format!("what `{}` is compared with is absent", test.field));
    let found = operands(test.operator, &test.operands, outputs)
        .map_err(|error| failure(error.kind.name(), &format!("`{}`: {error}", test.field)))?;
    let values = found.into_iter().map(|value| value.filter(|value| !value.is_null()).ok_or_else(absent));
    let mut values = values.collect::<Result<Vec<_>, _>>()?;
    let (field, operator) = (test.field.as_str(), test.operator.name());
    Ok(match test.operator {
        Operator::IsNull | Operator::IsNotNull => json!({ "field": field, "operator": operator }),
        Operator::In | Operator::NotIn => json!({ "field": field, "operator": operator, "values": values }),
        _ => json!({ "field": field, "operator": operator, "value": values.pop().ok_or_else(absent)? }),
    })
}
