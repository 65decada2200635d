//! Patterns and their entities, written out.

use engage_engine::catalog::{Entity, EntityField, Part, Pattern, Slot};
use engage_engine::model::{Choice, Condition, Direction, Embedded, WireValue};
use engage_engine::value::Value;
use serde_json::{Value as Json, json};

pub(super) fn pattern(pattern: &Pattern) -> Json {
    let Pattern { id, name: _, crm, escalation, parts, requirements, order: _ } = pattern;
    let requirements = requirements.iter().map(|of| {
        json!([slot(of.dependent), of.sources.iter().copied().map(slot).collect::<Vec<_>>(), of.optional, of.deferred])
    });
    json!({
        "id": id,
        "crm": crm,
        "escalated": escalation.is_some(),
        "parts": parts.iter().map(part).collect::<Vec<_>>(),
        "requirements": requirements.collect::<Vec<_>>(),
    })
}

fn slot(slot: Slot) -> Json {
    json!([slot.part, slot.field])
}

fn part(part: &Part) -> Json {
    let Part {
        ref_id,
        entity: of,
        read_only,
        multiple,
        optional,
        root,
        replace,
        match_on,
        defaults,
        fixed,
        filter,
        sort,
        limit,
        incoming: _,
        outgoing: _,
    } = part;
    let values =
        |values: &[(usize, Value)]| -> Json { values.iter().map(|(field, of)| json!([field, value(of)])).collect() };
    json!({
        "ref": ref_id,
        "entity": entity(of),
        "flags": [read_only, multiple, optional, root, replace],
        "match": match_on,
        "defaults": values(defaults),
        "fixed": values(fixed),
        "filter": filter.as_ref().map(condition),
        "sort": sort.map(|(field, direction)| json!([field, matches!(direction, Direction::Descending)])),
        "limit": limit,
    })
}

fn value(value: &Value) -> Json {
    json!([value.type_name(), value.to_json()])
}

fn condition(of: &Condition<Value>) -> Json {
    match of {
        Condition::And(inner) => json!({ "and": inner.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Or(inner) => json!({ "or": inner.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Not(inner) => json!({ "not": condition(inner) }),
        Condition::Test(test) => {
            json!([test.field, test.operator.name(), test.operands.iter().map(value).collect::<Vec<_>>()])
        }
    }
}

fn entity(entity: &Entity) -> Json {
    let Entity { id, name: _, crm: _, crm_type, fields, keys, idempotency, embedded } = entity;
    json!({
        "id": id,
        "type": crm_type,
        "fields": fields.iter().map(field).collect::<Vec<_>>(),
        "keys": keys,
        "idempotency": idempotency,
        "embedded": embedded.as_ref().map(|Embedded { parent, collection }| json!([parent, collection])),
    })
}

fn field(field: &EntityField) -> Json {
    let EntityField {
        name,
        read_column,
        write_column,
        field_type,
        choices,
        allowed,
        via,
        required,
        max_length,
        public: _,
        sensitive,
    } = field;
    json!({
        "name": name,
        "columns": [read_column, write_column],
        "type": field_type.to_string(),
        "choices": choices.iter().map(choice).collect::<Vec<_>>(),
        "allowed": allowed,
        "via": via,
        "required": required,
        "max": max_length,
        "sensitive": sensitive,
    })
}

fn choice(choice: &Choice) -> Json {
    json!([choice.name, choice.wire.as_ref().map(wire)])
}

fn wire(wire: &WireValue) -> Json {
    match wire {
        WireValue::Int(number) => json!({ "int": number }),
        WireValue::Text(text) => json!({ "text": text }),
        WireValue::Boolean(value) => json!({ "boolean": value }),
    }
}
