//! Write groups as requests inside one: nodes of a graph where all or nothing is asked for, subrequests of a
//! composite elsewhere. They have the same form ("Using Composite Graphs", "Send Multiple Requests Using Composite").

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, Back, Find, Record, Write, WriteAction, WriteGroup, WriteValue,
};
use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use engage_engine::{FieldType, Value};
use serde_json::{Map, Number, Value as Json, json};

use super::id::canonical;
use super::literal::{segment, stored, text, wire};
use super::metadata::{Column, ID, Metadata, Object};
use crate::guard::{method, unsupported};

/// The one graph of a group.
const GRAPH: &str = "g";

/// The body that carries a group, and the resource that it is sent to.
///
/// # Errors
/// `NotFound` for what this organisation does not have, `Unsupported` for what no request can say, `Rejected` for a
/// text that Salesforce would take for a reference.
pub(super) fn lower(metadata: &Metadata, root: &str, group: &WriteGroup) -> Result<(&'static str, Json), AdapterError> {
    let lowering = Lowering { metadata, root, group };
    let nodes: Result<Vec<Json>, _> =
        group.writes.iter().enumerate().map(|(position, write)| lowering.node(position, write)).collect();
    let nodes = nodes?;
    Ok(if group.atomic {
        ("composite/graph", json!({"graphs": [{"graphId": GRAPH, "compositeRequest": nodes}]}))
    } else {
        ("composite", json!({"allOrNone": false, "compositeRequest": nodes}))
    })
}

/// The reference id of a write: letters, digits, underscores.
pub(super) fn reference(position: usize) -> String {
    format!("w{position}")
}

/// The write that a reference id names.
pub(super) fn position(reference: &str) -> Option<usize> {
    reference.strip_prefix('w')?.parse().ok()
}

struct Lowering<'a> {
    metadata: &'a Metadata,
    /// The path of the version.
    root: &'a str,
    group: &'a WriteGroup,
}

impl Lowering<'_> {
    fn node(&self, position: usize, write: &Write) -> Result<Json, AdapterError> {
        if !write.embedded.is_empty() {
            return Err(unsupported("write records inside their parent", super::NAME));
        }
        let object = self.metadata.of(&write.entity)?;
        let (target, body) = match &write.action {
            WriteAction::Create { .. } => (String::new(), Some(self.body(object, write, &[], true)?)),
            WriteAction::Update { record, .. } => {
                (format!("/{}", self.record(record)?), Some(self.body(object, write, &[], false)?))
            }
            WriteAction::Upsert { key, update_only } => {
                let only = if *update_only { "?updateOnly=true" } else { "" };
                (format!("/{}{only}", keyed(object, write, key)?), Some(self.body(object, write, key, false)?))
            }
            WriteAction::Delete { record, .. } => (format!("/{}", self.record(record)?), None),
            WriteAction::Find(Find { key }) => (format!("/{}?fields={ID}", keyed(object, write, key)?), None),
        };
        let mut node = json!({
            "method": method(&write.action),
            "url": format!("{}sobjects/{}{target}", self.root, object.name),
            "referenceId": reference(position),
        });
        if let (Some(node), Some(body)) = (node.as_object_mut(), body) {
            node.insert("body".to_owned(), Json::Object(body));
        }
        Ok(node)
    }

    fn body(
        &self,
        object: &Object,
        write: &Write,
        key: &[usize],
        new: bool,
    ) -> Result<Map<String, Json>, AdapterError> {
        let mut body = Map::new();
        // The key stands in the address; in the body too it is an error ("sObject Rows by External ID").
        let fields = write.fields.iter().filter(|(position, _)| !key.contains(position));
        let fields = fields.filter_map(|(position, value)| Some((write.entity.fields.get(*position)?, value)));
        for (field, value) in fields {
            let (name, column) = object.write_column(field)?;
            let value = self.value(column, field, value)?;
            // Of a polymorphic column, the target that is set wins over those that are cleared.
            let set = body.get(name).is_some_and(|set| !set.is_null());
            if value.is_null() && (new || set) {
                continue;
            }
            body.insert(name.to_owned(), value);
        }
        Ok(body)
    }

    fn value(&self, column: &Column, field: &EntityField, value: &WriteValue) -> Result<Json, AdapterError> {
        match (value, &field.field_type) {
            (WriteValue::Back(back), FieldType::Ref(_)) => Ok(json!(self.back(*back)?)),
            (WriteValue::Back(_), _) => {
                Err(unsupported("write the id of a new record into a column that is no reference", super::NAME))
            }
            (WriteValue::Value(Value::Id(id)), _) => Ok(json!(own(id)?)),
            (WriteValue::Value(value), _) => {
                let stored = store(column, field, value).ok_or_else(|| unsupported("store such a value", super::NAME));
                plain(field, stored?)
            }
        }
    }

    /// The id of an earlier write's record, or the reference to it. What is made answers with `id`, what is found is
    /// a record and has an `Id`.
    fn back(&self, back: Back) -> Result<String, AdapterError> {
        let earlier = self.group.writes.get(back.0);
        let Some(write) = earlier else { return Err(unsupported("refer to a write that is not there", super::NAME)) };
        Ok(match &write.action {
            WriteAction::Create { .. } | WriteAction::Upsert { .. } => format!("@{{{}.id}}", reference(back.0)),
            WriteAction::Find(_) => format!("@{{{}.{ID}}}", reference(back.0)),
            WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
                own(id)?
            }
            WriteAction::Update { record: Record::Back(earlier), .. }
            | WriteAction::Delete { record: Record::Back(earlier), .. }
                if earlier.0 < back.0 =>
            {
                return self.back(*earlier);
            }
            _ => return Err(unsupported("refer to a later write", super::NAME)),
        })
    }

    fn record(&self, record: &Record) -> Result<String, AdapterError> {
        match record {
            Record::Id(id) => own(id),
            Record::Back(back) => self.back(*back),
        }
    }
}

/// An id that somebody gives; what is no id is no record's.
fn own(id: &str) -> Result<String, AdapterError> {
    canonical(id).ok_or_else(|| AdapterError {
        kind: AdapterErrorKind::NotFound,
        details: Some("no record has such an id".to_owned()),
    })
}

/// The address of a record by a key: a column and its value ("sObject Rows by External ID").
fn keyed(object: &Object, write: &Write, key: &[usize]) -> Result<String, AdapterError> {
    let [position] = key else { return Err(unsupported("address a record by several columns", super::NAME)) };
    let field = write.entity.fields.get(*position);
    let value = write.fields.iter().find(|(field, _)| field == position).map(|(_, value)| value);
    let (Some(field), Some(WriteValue::Value(value))) = (field, value) else {
        return Err(unsupported("use a key without its value", super::NAME));
    };
    let (name, column) = object.write_column(field)?;
    if !column.key {
        return Err(unsupported("address a record by a column that is no external id", super::NAME));
    }
    let stored = store(column, field, value).filter(|value| !value.is_null());
    let text = stored.and_then(|stored| match stored {
        Json::String(text) => segment(&text),
        other => segment(&other.to_string()),
    });
    let text = text.ok_or_else(|| unsupported("use such a value in a key", super::NAME))?;
    Ok(format!("{name}/{text}"))
}

/// Inside a composite request `@{` begins a reference, and nothing can be written for it ("Send Multiple Requests
/// Using Composite"): such a text would be replaced by something else.
fn plain(field: &EntityField, value: Json) -> Result<Json, AdapterError> {
    if value.as_str().is_some_and(|text| text.contains("@{")) {
        return Err(AdapterError {
            kind: AdapterErrorKind::Rejected { field: Some(field.name.to_string()) },
            details: Some("a text with `@{` would be taken for a reference".to_owned()),
        });
    }
    Ok(value)
}

/// A value as the column stores it; `None` where it stores no such value.
fn store(column: &Column, field: &EntityField, value: &Value) -> Option<Json> {
    let option = |name: &str| Some(stored(column, &wire(field, name)?));
    Some(match value {
        Value::Choice(name) => match option(name)? {
            WireValue::Int(number) => json!(number),
            WireValue::Text(text) => json!(text),
            WireValue::Boolean(flag) => json!(flag),
        },
        Value::MultiChoice(names) if names.is_empty() => Json::Null,
        Value::MultiChoice(names) => {
            let options: Option<Vec<String>> = names.iter().map(|name| Some(text(&option(name)?))).collect();
            json!(options?.join(";"))
        }
        // A decimal keeps its digits: a float would round them.
        Value::Decimal(number) => Json::Number(serde_json::from_str::<Number>(&number.to_string()).ok()?),
        other => other.to_json(),
    })
}
