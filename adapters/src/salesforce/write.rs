//! Write groups as requests inside one: nodes of a graph where all or nothing is asked for, subrequests of a
//! composite elsewhere. They have the same form ("Using Composite Graphs", "Send Multiple Requests Using Composite").

mod value;

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, Back, EmbeddedWrite, Find, GroupError, Record, Write, WriteAction, WriteGroup,
    WriteValue,
};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::{FieldType, Value};
use serde_json::{Map, Value as Json, json};

use super::before::{Before, parent_field};
use super::metadata::{Column, ID, Metadata, Object};

use crate::guard::{method, unsupported};
use value::{keyed, own, plain, store};

/// The most nodes of a graph ("Composite Graph Limits").
const MAX_NODES: usize = 500;
/// The most requests in a composite ("Send Multiple Requests Using Composite").
const MAX_SUBREQUESTS: usize = 25;
/// The one graph of a group.
const GRAPH: &str = "g";

/// A group as it travels.
#[derive(Debug)]
pub(super) struct Lowered {
    /// The resource that it is sent to.
    pub(super) resource: &'static str,
    /// The body that carries it; absent where no write is left to send.
    pub(super) body: Option<Json>,
    /// Writes that stand alone and certainly fail, each with its error.
    pub(super) refused: Vec<(usize, AdapterError)>,
}

/// Lowers a group; `before` is what it has to know of what is there.
///
/// # Errors
/// `NotFound` for what this organisation does not have, `Unsupported` for what no request can say, `Rejected` for a
/// text that Salesforce would take for a reference.
pub(super) fn lower(
    metadata: &Metadata,
    root: &str,
    group: &WriteGroup,
    before: &Before,
) -> Result<Lowered, GroupError> {
    let lowering = Lowering { metadata, root, group, before };
    let (mut nodes, mut refused) = (Vec::with_capacity(group.writes.len()), Vec::new());
    for (position, write) in group.writes.iter().enumerate() {
        match lowering.nodes(position, write) {
            Ok(more) => nodes.extend(more),
            Err(error) if !group.atomic && !matches!(error.kind, AdapterErrorKind::Unsupported { .. }) => {
                refused.push((position, error));
            }
            Err(error) => return Err(GroupError { error, culprit: Some(position) }),
        }
    }
    let most = if group.atomic { MAX_NODES } else { MAX_SUBREQUESTS };
    if nodes.len() > most {
        return Err(unsupported("write so much in one request", super::NAME).into());
    }
    let some = !nodes.is_empty();
    let (resource, body) = if group.atomic {
        ("composite/graph", json!({"graphs": [{"graphId": GRAPH, "compositeRequest": nodes}]}))
    } else {
        ("composite", json!({"allOrNone": false, "compositeRequest": nodes}))
    };
    Ok(Lowered { resource, body: some.then_some(body), refused })
}

/// The reference id of a write: letters, digits, underscores.
fn reference(position: usize) -> String {
    format!("w{position}")
}

/// The write that a reference id names.
pub(super) fn position(reference: &str) -> Option<usize> {
    reference.strip_prefix('w')?.parse().ok()
}

/// The write that a reference id belongs to, if only as one of its embedded records.
pub(super) fn owner(reference: &str) -> Option<usize> {
    position(reference.split('_').next()?)
}

struct Lowering<'a> {
    metadata: &'a Metadata,
    /// The path of the version.
    root: &'a str,
    group: &'a WriteGroup,
    before: &'a Before,
}

impl Lowering<'_> {
    /// The write itself and its embedded records.
    fn nodes(&self, position: usize, write: &Write) -> Result<Vec<Json>, AdapterError> {
        if !self.group.atomic && !write.embedded.is_empty() {
            // A parent that is there without its records could not be told from one that is whole.
            return Err(unsupported("write embedded records but all or nothing", super::NAME));
        }
        let mut nodes = vec![self.write(position, write)?];
        for (number, embedded) in write.embedded.iter().enumerate() {
            let parent = match &write.action {
                WriteAction::Create { .. } => self.back(Back(position))?,
                WriteAction::Update { record: Record::Id(id), .. } => own(id)?,
                _ => return Err(unsupported("replace records of a parent whose id is not known", super::NAME)),
            };
            let old = self.before.embedded.get(&(position, number)).map(Vec::as_slice).unwrap_or_default();
            nodes.extend(self.collection(&format!("{}_{number}", reference(position)), embedded, &parent, old)?);
        }
        Ok(nodes)
    }

    /// Salesforce has no records inside others: they are removed and made beside their parent.
    fn collection(
        &self,
        name: &str,
        embedded: &EmbeddedWrite,
        parent: &str,
        old: &[String],
    ) -> Result<Vec<Json>, AdapterError> {
        let object = self.metadata.of(&embedded.entity)?;
        let field = parent_field(&embedded.entity)?;
        let (column, _) = object.write_column(field)?;
        let url = format!("{}sobjects/{}", self.root, object.name);
        let mut nodes: Vec<Json> = old
            .iter()
            .enumerate()
            .map(|(at, id)| node("DELETE", &format!("{url}/{id}"), &format!("{name}_d{at}"), None))
            .collect();
        for (at, row) in embedded.rows.iter().enumerate() {
            let mut body = self.body(object, &embedded.entity, row, &[], true)?;
            body.insert(column.to_owned(), json!(parent));
            nodes.push(node("POST", &url, &format!("{name}_r{at}"), Some(body)));
        }
        Ok(nodes)
    }

    fn write(&self, position: usize, write: &Write) -> Result<Json, AdapterError> {
        let elsewhere = |field: usize| self.before.elsewhere.contains(&(position, field));
        let fields: Vec<_> = write.fields.iter().filter(|(field, _)| !elsewhere(*field)).cloned().collect();
        let body = |object, key: &[usize], new| self.body(object, &write.entity, &fields, key, new).map(Some);
        let object = self.metadata.of(&write.entity)?;
        let (target, body) = match &write.action {
            WriteAction::Create { .. } => (String::new(), body(object, &[], true)?),
            WriteAction::Update { record, .. } => (format!("/{}", self.record(record)?), body(object, &[], false)?),
            WriteAction::Upsert { key, update_only } => {
                let only = if *update_only { "?updateOnly=true" } else { "" };
                (format!("/{}{only}", keyed(object, write, key)?), body(object, key, false)?)
            }
            WriteAction::Delete { record, .. } => (format!("/{}", self.record(record)?), None),
            // "Composite Subrequest" names the addresses that a graph takes: one that selects fields is not among them.
            WriteAction::Find(Find { key }) => (format!("/{}", keyed(object, write, key)?), None),
        };
        let url = format!("{}sobjects/{}{target}", self.root, object.name);
        Ok(node(method(&write.action), &url, &reference(position), body))
    }

    fn body(
        &self,
        object: &Object,
        entity: &Entity,
        fields: &[(usize, WriteValue)],
        key: &[usize],
        new: bool,
    ) -> Result<Map<String, Json>, AdapterError> {
        let mut body = Map::new();
        // The key stands in the address; in the body too it is an error ("sObject Rows by External ID").
        let fields = fields.iter().filter(|(position, _)| !key.contains(position));
        let fields = fields.filter_map(|(position, value)| Some((entity.fields.get(*position)?, value)));
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

/// One request inside the group's.
fn node(method: &str, url: &str, reference: &str, body: Option<Map<String, Json>>) -> Json {
    let mut node = json!({"method": method, "url": url, "referenceId": reference});
    if let (Some(node), Some(body)) = (node.as_object_mut(), body) {
        node.insert("body".to_owned(), Json::Object(body));
    }
    node
}
