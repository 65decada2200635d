//! From read steps to queries. Values come from what is known; long lists become several queries.

use std::collections::HashSet;

use super::state::{Known, State};
use crate::adapter::{Join, Query};
use crate::catalog::{Part, Pattern};
use crate::ids::FieldName;
use crate::model::{Condition, Operator, Test};
use crate::plan::{By, JoinWire, Operation, Plan, ReadStep, Step, StepAction};
use crate::value::{Value, fold};

/// What a value is compared by: equal keys mean that a CRM calls the values the same. Null has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Text(String),
    Whole(i64),
    Bits(u64),
    Flag(bool),
    Names(Vec<String>),
}

impl Key {
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::String(text) | Value::Choice(text) => Self::Text(fold(text)),
            Value::Id(text) => Self::Text(text.clone()),
            Value::Boolean(flag) => Self::Flag(*flag),
            Value::Int(number) => Self::Whole(*number),
            // Zero has two spellings.
            Value::Double(number) => Self::Bits((number + 0.0).to_bits()),
            Value::Decimal(number) => Self::Text(number.normalize().to_string()),
            Value::Date(day) => Self::Text(day.to_string()),
            Value::DateTime(instant) => Self::Text(instant.to_string()),
            Value::MultiChoice(names) => Self::Names(names.clone()),
        })
    }
}

/// Values without nulls and repeats, in the order of their first appearance.
pub(super) fn distinct<'v>(values: impl Iterator<Item = &'v Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    values.filter(|value| Key::of(value).is_some_and(|key| seen.insert(key))).cloned().collect()
}

pub(super) fn read_of(step: &Step) -> Option<&ReadStep> {
    match &step.action {
        StepAction::Read(read) => Some(read),
        _ => None,
    }
}

/// Whether the step travels inside another step's query.
pub(super) fn nested_in(step: &Step) -> Option<usize> {
    match &read_of(step)?.by {
        By::Join { step, wire: JoinWire::Nested | JoinWire::ByValue, .. } => Some(*step),
        _ => None,
    }
}

/// What a query asks for beside the part's own restrictions.
#[derive(Debug, Default)]
pub(super) struct Restriction {
    /// Fields and the values of which each must have one. No value at all: no record.
    pub(super) lists: Vec<(FieldName, Vec<Value>)>,
    /// Of these conditions one must hold.
    pub(super) any: Option<Vec<Condition<Value>>>,
    /// A list comes from several records of another part, to each of which the part's limit applies.
    pub(super) per_parent: bool,
}

/// Makes the queries of a plan.
pub(super) struct Queries<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) plan: &'a Plan,
    pub(super) state: &'a State,
    /// The most values of a list.
    pub(super) in_list: usize,
    /// The extra fields that the engine needs of each step, by field position.
    pub(super) extra: &'a [Vec<usize>],
    /// Which parts the engine joins to others.
    pub(super) joined: &'a [bool],
    /// Which parts a further anchor narrows.
    pub(super) narrowed: &'a [bool],
    /// Nested steps by the step that carries them.
    pub(super) nested: &'a [Vec<usize>],
    /// The part that makes the matches of a read.
    pub(super) root: Option<usize>,
}

impl Queries<'_> {
    /// The queries of one step with everything nested in it. Several where a list is longer than the CRM takes.
    pub(super) fn of(&self, step: usize, restriction: Restriction) -> Vec<Query> {
        let Some(found) = self.plan.steps.get(step) else { return Vec::new() };
        let (Some(part), Some(read)) = (self.pattern.parts.get(found.position), read_of(found)) else {
            return Vec::new();
        };
        let by_records = matches!(read.by, By::Match { .. } | By::Children { .. });
        let mut conditions = Conditions::new(self.in_list);
        conditions.fixed.extend(part.filter.clone());
        if !by_records {
            self.given(found.position, &mut conditions);
        }
        for (field, values) in restriction.lists {
            conditions.list(field, values);
        }
        if let Some(any) = restriction.any {
            conditions.any(any);
        }
        let variants = conditions.variants();
        let mut query = self.plain(step, part, read, found.position);
        // Which record matches is no question of how many are wanted; a limit per parent cannot travel in a list.
        if by_records || restriction.per_parent {
            (query.sort, query.limit) = (None, None);
        }
        query.joins = self.joins(step);
        variants.into_iter().map(|filter| Query { filter, ..query.clone() }).collect()
    }

    fn plain(&self, step: usize, part: &Part, read: &ReadStep, position: usize) -> Query {
        let named = read.select.iter().filter_map(|name| part.entity.position(name.as_str()));
        let mut select: Vec<usize> = named.chain(self.extra.get(step).into_iter().flatten().copied()).collect();
        let id = part.entity.position(FieldName::ID);
        select.retain(|field| Some(*field) != id);
        select.sort_unstable();
        select.dedup();
        let (mut sort, mut limit) = if read.over_fetch { (None, None) } else { (part.sort, part.limit) };
        // A single part takes the first by its sort: the rest need not come.
        let reads = self.plan.operation == Operation::Read;
        if reads && sort.is_some() && !part.multiple && self.root != Some(position) {
            limit = Some(1);
        }
        // Before a write two hits of a single part are an error: its limit hides the second only where the author
        // asked for the first of an order.
        let first = part.limit == Some(1) && part.sort.is_some();
        if !reads && !part.multiple && !first {
            (sort, limit) = (None, None);
        }
        // Of records that are found by themselves and joined here, any may turn out to be among the first.
        let alone = self.root == Some(position) || self.joined.get(position) != Some(&true);
        let cut = matches!(read.by, By::Filter | By::Own) && !alone;
        // Conditions come before limits: where a further anchor narrows a part, the limit has to wait for it.
        let narrowed = self.narrowed.get(position) == Some(&true);
        if cut || narrowed || matches!(self.state.parts.get(position), Some(Known::Records(..))) {
            limit = None;
        }
        Query { entity: part.entity.clone(), select, filter: None, sort, limit, joins: Vec::new() }
    }

    /// What the input says of a part: its condition, or the records it names.
    fn given(&self, part: usize, conditions: &mut Conditions) {
        match self.state.parts.get(part) {
            Some(Known::Filter(condition)) => conditions.split(condition),
            Some(Known::Records(records, _)) => {
                let ids = records.iter().filter_map(|record| record.id.clone()).map(Value::Id).collect::<Vec<_>>();
                if !ids.is_empty() {
                    conditions.list(FieldName::id(), distinct(ids.iter()));
                }
            }
            _ => {}
        }
    }

    /// The joins of a step with all below them, from the innermost out: a chain may be long, so nothing recurses.
    fn joins(&self, step: usize) -> Vec<Join> {
        if self.nested.get(step).is_none_or(Vec::is_empty) {
            return Vec::new();
        }
        let mut order = vec![step];
        let mut next = 0;
        while let Some(found) = order.get(next) {
            order.extend(self.nested.get(*found).into_iter().flatten());
            next += 1;
        }
        let mut made: Vec<Vec<Join>> = vec![Vec::new(); self.plan.steps.len()];
        // From the innermost out, so that children come last first.
        let take = |step: usize, made: &mut Vec<Vec<Join>>| {
            let mut joins = made.get_mut(step).map(std::mem::take).unwrap_or_default();
            joins.reverse();
            joins
        };
        for child in order.into_iter().skip(1).rev() {
            let joins = take(child, &mut made);
            let Some((parent, join)) = self.join(child, joins) else { continue };
            if let Some(list) = made.get_mut(parent) {
                list.push(join);
            }
        }
        take(step, &mut made)
    }

    fn join(&self, step: usize, joins: Vec<Join>) -> Option<(usize, Join)> {
        let found = self.plan.steps.get(step)?;
        let read = read_of(found)?;
        let By::Join { step: parent, field, other, .. } = &read.by else { return None };
        let part = self.pattern.parts.get(found.position)?;
        let above = self.pattern.parts.get(self.plan.steps.get(*parent)?.position)?;
        let mut conditions = Conditions::new(usize::MAX);
        conditions.fixed.extend(part.filter.clone());
        self.given(found.position, &mut conditions);
        let query = Query {
            filter: conditions.variants().pop().flatten(),
            joins,
            ..self.plain(step, part, read, found.position)
        };
        let parent_field = above.entity.position(other.as_str())?;
        Some((*parent, Join { parent_field, child_field: part.entity.position(field.as_str())?, query }))
    }
}

/// Conditions that must all hold, with the lists among them kept apart so that they can be cut.
struct Conditions {
    most: usize,
    fixed: Vec<Condition<Value>>,
    /// Each is cut on its own.
    cut: Vec<Vec<Condition<Value>>>,
}

impl Conditions {
    fn new(most: usize) -> Self {
        Self { most: most.max(1), fixed: Vec::new(), cut: Vec::new() }
    }

    fn list(&mut self, field: FieldName, values: Vec<Value>) {
        let most = self.most;
        let chunks: Vec<_> = values.chunks(most).map(|values| one_of(field.clone(), values.to_vec())).collect();
        self.add(chunks);
    }

    fn any(&mut self, any: Vec<Condition<Value>>) {
        let group = |any: &[Condition<Value>]| match any {
            [one] => one.clone(),
            several => Condition::Or(several.to_vec()),
        };
        let chunks = any.chunks(self.most).map(group).collect();
        self.add(chunks);
    }

    fn add(&mut self, mut chunks: Vec<Condition<Value>>) {
        match chunks.len() {
            1 => self.fixed.append(&mut chunks),
            _ => self.cut.push(chunks),
        }
    }

    /// A caller's condition; a list that stands in it by itself, or beside others, can be cut.
    fn split(&mut self, condition: &Condition<Value>) {
        let parts = match condition {
            Condition::And(inner) => inner.as_slice(),
            other => std::slice::from_ref(other),
        };
        for condition in parts {
            match condition {
                Condition::Test(test) if test.operator == Operator::In && test.operands.len() > self.most => {
                    self.list(test.field.clone(), distinct(test.operands.iter()));
                }
                other => self.fixed.push(other.clone()),
            }
        }
    }

    /// The condition of each query; none when a list is empty.
    fn variants(self) -> Vec<Option<Condition<Value>>> {
        let mut variants = vec![self.fixed];
        for chunks in self.cut {
            let with = |variant: &Vec<Condition<Value>>, chunk: &Condition<Value>| {
                variant.iter().cloned().chain([chunk.clone()]).collect()
            };
            variants =
                variants.iter().flat_map(|variant| chunks.iter().map(move |chunk| with(variant, chunk))).collect();
        }
        let all = |mut variant: Vec<Condition<Value>>| match variant.len() {
            0 => None,
            1 => variant.pop(),
            _ => Some(Condition::And(variant)),
        };
        variants.into_iter().map(all).collect()
    }
}

/// A field has one of the values.
pub(super) fn one_of(field: FieldName, operands: Vec<Value>) -> Condition<Value> {
    let operator = if operands.len() == 1 { Operator::Equals } else { Operator::In };
    Condition::Test(Test { field, operator, operands })
}
