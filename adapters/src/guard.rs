//! Holds a call against capabilities. An adapter that is handed more than it declares answers `Unsupported` and sends
//! nothing; this is that check, shared by every adapter.

use std::collections::BTreeSet;

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, AtomicGroup, Back, Capabilities, Join, JoinSort, Query, Record, Write, WriteAction,
    WriteGroup, WriteValue,
};
use engage_engine::condition::shallow;
use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Operator};
use engage_engine::{FieldType, Value};

/// The answer of an adapter that cannot do something.
///
/// ```
/// let error = engage_adapters::guard::unsupported("join tables", "memory");
/// assert_eq!(error.to_string(), "memory cannot join tables");
/// ```
pub fn unsupported(operation: &'static str, adapter: &str) -> AdapterError {
    AdapterError::new(AdapterErrorKind::Unsupported { operation, adapter: adapter.to_owned() })
}

/// Holds the queries of one read against capabilities.
///
/// # Errors
/// [`AdapterErrorKind::Unsupported`] for the first thing that is too much.
pub fn queries(can: &Capabilities, queries: &[Query]) -> Result<(), AdapterError> {
    let refuse = |what| Err(unsupported(what, &can.name));
    if queries.len() > can.read_batch.max {
        return refuse("run so many queries in one request");
    }
    for query in queries {
        let mut joins = Joins::default();
        joins.count(query, Way::default(), can)?;
        let limits = &can.join;
        let by_value = limits.by_value.as_ref().filter(|_| joins.by_value);
        if let Some(by_value) = by_value {
            if joins.to_many != joins.deepest || query.limit.is_some() {
                return refuse("join by value beside other lists, or to a limited list");
            }
            if joins.to_one + joins.to_many > by_value.max_total {
                return refuse("join so many tables");
            }
        }
        if joins.to_one > limits.max_to_one
            || joins.to_many > limits.max_to_many
            || joins.to_one + joins.to_many > limits.max_total
        {
            return refuse("join so many tables");
        }
        let sorts = match limits.sorted {
            _ if by_value.is_some() => false,
            JoinSort::Wire => true,
            JoinSort::WireWhenFlat => !joins.nested,
            JoinSort::Local => false,
        };
        if joins.sorted && !sorts {
            return refuse("sort or limit joined records");
        }
    }
    Ok(())
}

#[derive(Default)]
struct Joins {
    to_one: usize,
    to_many: usize,
    nested: bool,
    sorted: bool,
    /// One of them follows no relationship.
    by_value: bool,
    /// The most joins to many on one way.
    deepest: usize,
}

impl Joins {
    /// Recursion is bounded: a query deeper than the capabilities allow is refused before going down.
    fn count(&mut self, query: &Query, way: Way, can: &Capabilities) -> Result<(), AdapterError> {
        if let Some(filter) = &query.filter {
            in_lists(filter, can)?;
        }
        let mut followed = BTreeSet::new();
        for join in &query.joins {
            if way.depth >= can.join.depth {
                return Err(unsupported("join so deep", &can.name));
            }
            let to_many = match kind(query, join) {
                Kind::ToOne => false,
                Kind::ToMany => true,
                Kind::AnyField if can.join.any_field => true,
                Kind::AnyField if can.join.by_value.is_some() && texts(query, join) => {
                    self.by_value = true;
                    true
                }
                Kind::AnyField => return Err(unsupported("join on fields that are not references", &can.name)),
            };
            if to_many {
                if way.many >= can.join.many_depth || way.up && !can.join.many_below_one {
                    return Err(unsupported("join to many records there", &can.name));
                }
                let column = join.query.entity.fields.get(join.child_field).map(|field| &field.read_column);
                let new = followed.insert((join.query.entity.crm_type.as_str(), column, join.parent_field));
                if !new && !can.join.repeats {
                    return Err(unsupported("join twice by one reference", &can.name));
                }
                self.to_many += 1;
                self.sorted |= join.query.sort.is_some() || join.query.limit.is_some();
            } else {
                self.to_one += 1;
            }
            self.nested |= way.depth > 0;
            let (many, up) = (way.many + usize::from(to_many), way.up || !to_many);
            self.deepest = self.deepest.max(many);
            self.count(&join.query, Way { depth: way.depth + 1, many, up }, can)?;
        }
        Ok(())
    }
}

/// The joins between a query and the root.
#[derive(Clone, Copy, Default)]
struct Way {
    depth: usize,
    many: usize,
    /// One of them is to one record.
    up: bool,
}

enum Kind {
    ToOne,
    ToMany,
    AnyField,
}

/// A join to `Id` goes to one record, one from `Id` to many; anything else does not follow a relationship.
fn kind(parent: &Query, join: &Join) -> Kind {
    let is_id = |query: &Query, position| query.entity.position(FieldName::ID) == Some(position);
    let refers = |query: &Query, position: usize| {
        let field = query.entity.fields.get(position);
        field.is_some_and(|field| field.via.is_some())
    };
    let (from, to) = (is_id(parent, join.parent_field), is_id(&join.query, join.child_field));
    if to && refers(parent, join.parent_field) {
        Kind::ToOne
    } else if from && refers(&join.query, join.child_field) {
        Kind::ToMany
    } else {
        Kind::AnyField
    }
}

/// Whether a query joins anything by values.
#[cfg(feature = "dataverse")]
pub(crate) fn joins_by_value(query: &Query) -> bool {
    let mut open = vec![query];
    while let Some(query) = open.pop() {
        if query.joins.iter().any(|join| matches!(kind(query, join), Kind::AnyField)) {
            return true;
        }
        open.extend(query.joins.iter().map(|join| &join.query));
    }
    false
}

/// Whether a join is of two columns of text.
fn texts(parent: &Query, join: &Join) -> bool {
    let is_text = |query: &Query, position: usize| {
        let field = query.entity.fields.get(position);
        field.is_some_and(|field| field.field_type == FieldType::String)
    };
    is_text(parent, join.parent_field) && is_text(&join.query, join.child_field)
}

fn in_lists(filter: &Condition<Value>, can: &Capabilities) -> Result<(), AdapterError> {
    if !shallow(filter) {
        return Err(unsupported("evaluate so deep a condition", &can.name));
    }
    let mut open = vec![filter];
    while let Some(condition) = open.pop() {
        match condition {
            Condition::Test(test) => {
                let list = matches!(test.operator, Operator::In | Operator::NotIn);
                if list && test.operands.len() > can.in_list {
                    return Err(unsupported("compare with so long a list", &can.name));
                }
            }
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner),
            Condition::Not(inner) => open.push(inner),
        }
    }
    Ok(())
}

/// Holds a write group against capabilities.
///
/// # Errors
/// [`AdapterErrorKind::Unsupported`] for the first thing that is too much.
pub fn group(can: &Capabilities, group: &WriteGroup) -> Result<(), AdapterError> {
    let refuse = |what| Err(unsupported(what, &can.name));
    let most = match group.atomic {
        true => can.atomic_groups().map(|limits| limits.max_writes).max(),
        false => Some(can.write_batch.max),
    };
    let Some(most) = most else { return refuse("write all or nothing") };
    if group.writes.len() > most {
        return refuse("write so much in one request");
    }
    let mut sizes = Sizes::default();
    for (own, write) in group.writes.iter().enumerate() {
        one(can, write)?;
        if !sizes.add(own, write) {
            return refuse("refer to a later write");
        }
    }
    if sizes.depth > 1 && !can.back_references {
        return refuse("refer to an earlier write");
    }
    if group.atomic && !can.atomic_groups().any(|limits| sizes.within(limits)) {
        let deep = can.atomic_groups().all(|limits| limits.max_depth.is_some_and(|most| sizes.depth > most));
        return refuse(if deep { "chain so many references" } else { "write so many kinds of records at once" });
    }
    Ok(())
}

/// The form of atomic group that takes a group: the preferred one, if it does; none, where the group is not atomic.
pub(crate) fn form<'c>(can: &'c Capabilities, group: &WriteGroup) -> Option<&'c AtomicGroup> {
    let mut sizes = Sizes::default();
    for (own, write) in group.writes.iter().enumerate() {
        sizes.add(own, write);
    }
    can.atomic_groups().filter(|_| group.atomic).find(|limits| sizes.within(limits))
}

/// What the limits of an atomic group are about.
#[derive(Default)]
struct Sizes<'w> {
    depths: Vec<usize>,
    /// The longest chain of references.
    depth: usize,
    kinds: BTreeSet<(&'static str, &'w str)>,
}

impl<'w> Sizes<'w> {
    /// Whether everything that the write refers to comes before it.
    fn add(&mut self, own: usize, write: &'w Write) -> bool {
        let (mut depth, mut known) = (1, true);
        for Back(back) in backs(write, own) {
            let earlier = self.depths.get(back).copied();
            known &= earlier.is_some();
            depth = depth.max(earlier.unwrap_or(0) + 1);
        }
        self.depths.push(depth);
        self.depth = self.depth.max(depth);
        self.kinds.insert((method(&write.action), write.entity.crm_type.as_str()));
        known
    }

    fn within(&self, limits: &AtomicGroup) -> bool {
        self.depths.len() <= limits.max_writes
            && limits.max_depth.is_none_or(|most| self.depth <= most)
            && limits.max_kinds.is_none_or(|most| self.kinds.len() <= most)
    }
}

fn one(can: &Capabilities, write: &Write) -> Result<(), AdapterError> {
    let refuse = |what| Err(unsupported(what, &can.name));
    let entity = &write.entity;
    if entity.embedded.is_some() {
        return refuse("write an embedded record by itself");
    }
    let declared = |key: &[usize]| entity.is_key(key) || entity.idempotency.is_some_and(|field| key == [field]);
    let given = |key: &[usize]| {
        key.iter().all(|position| {
            let value = write.fields.iter().find(|(field, _)| field == position);
            value.is_some_and(|(_, value)| *value != WriteValue::Value(Value::Null))
        })
    };
    match &write.action {
        WriteAction::Create { id: Some(_) } if !can.caller_ids => refuse("take the caller's ids"),
        WriteAction::Update { etag: Some(_), .. } | WriteAction::Delete { etag: Some(_), .. } if !can.etags => {
            refuse("compare versions")
        }
        WriteAction::Upsert { .. } if !can.upsert => refuse("create or update in one go"),
        WriteAction::Find(_) if !can.find_in_group => refuse("find a record inside a write group"),
        WriteAction::Upsert { key, .. } | WriteAction::Find(engage_engine::adapter::Find { key })
            if !can.takes_key(key.len()) =>
        {
            refuse("find a record by a key of several fields")
        }
        WriteAction::Upsert { key, .. } | WriteAction::Find(engage_engine::adapter::Find { key })
            if !declared(key) || !given(key) =>
        {
            refuse("find a record by anything but the values of a declared key")
        }
        WriteAction::Delete { .. } | WriteAction::Find(_) if !write.embedded.is_empty() => {
            refuse("write embedded records without their parent")
        }
        _ => Ok(()),
    }
}

/// The method that a write would have over HTTP; Salesforce counts kinds of nodes by it.
pub(crate) fn method(action: &WriteAction) -> &'static str {
    match action {
        WriteAction::Create { .. } => "POST",
        WriteAction::Update { .. } | WriteAction::Upsert { .. } => "PATCH",
        WriteAction::Delete { .. } => "DELETE",
        WriteAction::Find(_) => "GET",
    }
}

/// The other writes that a write refers to; an embedded record may name its own parent.
fn backs(write: &Write, own: usize) -> impl Iterator<Item = Back> {
    let record = match &write.action {
        WriteAction::Update { record: Record::Back(back), .. }
        | WriteAction::Delete { record: Record::Back(back), .. } => Some(*back),
        _ => None,
    };
    let back = |(_, value): &(usize, WriteValue)| match value {
        WriteValue::Back(back) => Some(*back),
        WriteValue::Value(_) => None,
    };
    let embedded = write.embedded.iter().flat_map(|embedded| embedded.rows.iter().flatten());
    let embedded = embedded.filter_map(back).filter(move |back| back.0 != own);
    record.into_iter().chain(write.fields.iter().filter_map(back)).chain(embedded)
}
