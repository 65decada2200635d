//! What has to be known before a group is written. Most groups need nothing, and ask nothing.
//!
//! Salesforce has no collections that are replaced as a whole, and one column stands for all the targets of a
//! polymorphic reference, so that clearing one would clear the others: what is there is read before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engage_engine::adapter::{AdapterError, Page, Query, Record, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::ids::FieldName;
use engage_engine::model::{Condition, Operator, Test};
use engage_engine::{FieldType, Value};

use super::metadata::Metadata;
use super::read::Reader;
use crate::guard::unsupported;

/// What is there before a group is written.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Ids of embedded records, by write and collection.
    pub(super) embedded: HashMap<(usize, usize), Vec<String>>,
    /// Fields to be cleared whose column refers to something else, by write and field.
    pub(super) elsewhere: HashSet<(usize, usize)>,
}

/// Why a query is asked.
#[derive(Debug)]
enum Ask {
    Embedded(usize, usize),
    Cleared(usize, Vec<usize>),
}

/// The field of an embedded entity that says whose a record is.
///
/// # Errors
/// `Unsupported` for an entity that has none.
pub(super) fn parent_field(entity: &Entity) -> Result<&EntityField, AdapterError> {
    let parent = entity.embedded.as_ref().map(|embedded| &embedded.parent);
    let mut fields = entity.fields.iter();
    let field = fields.find(|field| matches!(&field.field_type, FieldType::Ref(target) if Some(target) == parent));
    field.ok_or_else(|| unsupported("embed records that do not name their parent", super::NAME))
}

/// What is asked before a group is written, and why.
#[derive(Debug, Default)]
pub(super) struct Asked {
    asks: Vec<Ask>,
    pub(super) queries: Vec<Query>,
}

/// What a group has to know.
///
/// # Errors
/// `NotFound` for what this organisation does not have, `Unsupported` for embedded records that do not name their parent.
pub(super) fn asked(metadata: &Metadata, group: &WriteGroup) -> Result<Asked, AdapterError> {
    let Asked { mut asks, mut queries } = Asked::default();
    for (position, write) in group.writes.iter().enumerate() {
        let WriteAction::Update { record: Record::Id(id), .. } = &write.action else { continue };
        for (number, embedded) in write.embedded.iter().enumerate() {
            asks.push(Ask::Embedded(position, number));
            let parent = parent_field(&embedded.entity)?.name.clone();
            queries.push(query(embedded.entity.clone(), Vec::new(), parent, id));
        }
        let cleared = cleared(metadata, write)?;
        if !cleared.is_empty() {
            queries.push(query(as_written(&write.entity), cleared.clone(), FieldName::id(), id));
            asks.push(Ask::Cleared(position, cleared));
        }
    }
    Ok(Asked { asks, queries })
}

/// Reads what a group has to know.
///
/// # Errors
/// As any read.
pub(super) async fn before(reader: &Reader<'_>, group: &WriteGroup) -> Result<Before, AdapterError> {
    let Asked { asks, queries } = asked(reader.metadata, group)?;
    let pages = reader.pages(&queries).await?;
    let mut before = Before::default();
    for ((ask, query), page) in asks.into_iter().zip(&queries).zip(pages) {
        before.learn(ask, query, page)?;
    }
    Ok(before)
}

impl Before {
    fn learn(&mut self, ask: Ask, query: &Query, page: Page) -> Result<(), AdapterError> {
        if page.truncated {
            return Err(unsupported("replace so large a collection", super::NAME));
        }
        match ask {
            Ask::Embedded(write, number) => {
                let ids = page.rows.into_iter().map(|row| row.id).collect();
                self.embedded.insert((write, number), ids);
            }
            Ask::Cleared(write, fields) => {
                let Some(row) = page.rows.first() else { return Ok(()) };
                let null = |field: &usize| {
                    let name = query.entity.fields.get(*field).map(|field| field.name.as_str());
                    name.and_then(|name| row.values.get(name)).is_none_or(Value::is_null)
                };
                self.elsewhere.extend(fields.into_iter().filter(null).map(|field| (write, field)));
            }
        }
        Ok(())
    }
}

/// The fields that a write clears though their column may refer to something else.
fn cleared(metadata: &Metadata, write: &Write) -> Result<Vec<usize>, AdapterError> {
    let object = metadata.of(&write.entity)?;
    let is_null = |value: &WriteValue| *value == WriteValue::Value(Value::Null);
    let field_of = |position: &usize| write.entity.fields.get(*position);
    let mut cleared = Vec::new();
    for (position, _) in write.fields.iter().filter(|(_, value)| is_null(value)) {
        let Some(field) = field_of(position).filter(|field| matches!(field.field_type, FieldType::Ref(_))) else {
            continue;
        };
        let (_, column) = object.write_column(field)?;
        let set = write.fields.iter().any(|(other, value)| {
            !is_null(value) && field_of(other).is_some_and(|other| other.write_column == field.write_column)
        });
        if column.polymorphic().is_some() && !set {
            cleared.push(*position);
        }
    }
    Ok(cleared)
}

/// The entity as what is written: its fields are read from the columns that they are written to.
fn as_written(entity: &Entity) -> Arc<Entity> {
    let mut entity = entity.clone();
    for field in &mut entity.fields {
        if field.write_column.is_some() {
            field.read_column.clone_from(&field.write_column);
        }
    }
    Arc::new(entity)
}

fn query(entity: Arc<Entity>, select: Vec<usize>, field: FieldName, id: &str) -> Query {
    let operands = vec![Value::Id(id.to_owned())];
    let filter = Some(Condition::Test(Test { field, operator: Operator::Equals, operands }));
    Query { entity, select, filter, sort: None, limit: None, joins: Vec::new() }
}
